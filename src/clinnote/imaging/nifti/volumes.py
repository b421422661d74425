"""The masks of one study together: only then is the midline known, and whether a mask fits its image.

The midline is that of the pairs, the spine or the body among the masks (``midline``); without any of them it is
assumed at x = 0, and said to be.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clinnote.errors import Reject
from clinnote.imaging.item import Item
from clinnote.imaging.nifti.names import MaskPlace, place_of
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.label_text import tokens
from clinnote.imaging.sides.labels import SeenSide, values_of
from clinnote.imaging.sides.midline import Region, midline_of, side_of_region
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from
from clinnote.model.image_label import Geometry, ImageLabel, Source
from clinnote.ontology.label_maps import LabelMaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOTALSEGMENTATOR: Final = "totalsegmentator"
_OUTLINES: Final = frozenset({"body", "skin", "external", "trunk"})

_TOLD: Final = re.compile(r"[_\-]|mentator")


@dataclass(frozen=True, slots=True)
class Voxels:
    """One value of a label map: name, centre (mm, LPS), voxels by x (mm, from ``low``), volume (ml), extent (mm)."""

    value: int
    name: str
    centre: tuple[float, float, float]
    low: int
    counts: "NDArray[Any]"
    volume: float
    extent: tuple[float, ...]

    def parts(self, midline: float) -> tuple[float, float]:
        """The parts of the voxels that lie left and right of the midline."""
        import numpy as np

        x = np.arange(self.low, self.low + self.counts.size)
        total = max(1, int(self.counts.sum()))
        return float(self.counts[x > midline].sum()) / total, float(self.counts[x < midline].sum()) / total


@dataclass(frozen=True, slots=True)
class Volume:
    """One file, read."""

    file: str
    place: MaskPlace
    shape: tuple[int, int, int]
    oriented: bool
    voxels: tuple[Voxels, ...]


@dataclass(frozen=True, slots=True)
class MaskNames:
    """What the name of a mask's file tells. ``known``: part of the name -> value -> name in the tool's label map."""

    places: Places
    known: Mapping[str, Mapping[int, str]]

    def place_of(self, item: Item) -> MaskPlace:
        """Study and structure that a file's name gives."""
        return place_of(item.name, self.places)

    def label_map(self, base: str) -> Mapping[int, str]:
        """Value -> name of the tool that a file's name gives; empty when it gives none."""
        plain = _TOLD.sub("", base)
        tools = [tool for tool in self.known if tool in plain]
        return self.known[max(tools, key=len)] if tools else {}


class Volumes:
    """Masks that wait for the others of their study. ``maps`` tells the names of known tools."""

    def __init__(self, places: Places, maps: LabelMaps) -> None:
        self._places = places
        self._maps = maps
        self._group: tuple[str, str] | None = None
        self._waiting: list[Volume] = []
        self._images: dict[str, tuple[int, int, int]] = {}

    def turn_to(self, group: tuple[str, str]) -> Iterator[ImageLabel | Reject]:
        """The labels of the masks so far, when ``group`` is another study."""
        if group != self._group:
            yield from self.finish()
            self._group = group

    def add(self, volume: Volume) -> None:
        """Keep a mask until its study is complete."""
        self._waiting.append(volume)

    def add_image(self, place: MaskPlace, shape: tuple[int, int, int]) -> None:
        """Remember the shape of an image, which the masks of its study must have."""
        self._images.setdefault(place.study, shape)

    def finish(self) -> Iterator[ImageLabel | Reject]:
        """The labels of all masks that wait."""
        whole = []
        for volume in self._waiting:
            shape = self._images.get(volume.place.study, volume.shape)
            if shape == volume.shape:
                whole.append(volume)
                continue
            message = f"is {_size(volume.shape)}, but the image of its study {_size(shape)}; resample it to the image"
            yield Reject(volume.file, None, "mask_shape_differs", message)
        self._waiting = []
        midline = self._midline(whole)
        for volume in whole:
            yield from (label_from(self._statement(volume, voxels, midline), self._places) for voxels in volume.voxels)

    def _midline(self, volumes: list[Volume]) -> float | None:
        regions = []
        outline = None
        for volume in volumes:
            for voxels in volume.voxels if volume.oriented else ():
                node, sides = self._places.node_of(voxels.name)
                regions.append(Region(voxels.name, node, values_of(sides), voxels.centre[0]))
                if set(tokens(voxels.name)) & _OUTLINES:
                    outline = voxels.low + (voxels.counts.size - 1) / 2
        return midline_of(regions, self._places, outline)

    def _statement(self, volume: Volume, voxels: Voxels, midline: float | None) -> Statement:
        places, place = self._places, volume.place
        node, sides = places.node_of(voxels.name)
        stated = [SeenSide(sides, "label_text", "name of the mask")]
        x, y, z = voxels.centre
        if volume.oriented:
            own = places.structure_of(voxels.name)
            parts = voxels.parts(midline or 0.0)
            shown = side_of_region(x, midline, parts, (own, node), stated, places)
        else:
            shown = GeometrySide(None, reason="orientation_missing")
        metadata: dict[str, Any] = {
            "volume_ml": round(voxels.volume, 3),
            "extent_mm": [round(length, 1) for length in voxels.extent],
            "label_value": voxels.value,
        }
        if midline is not None and volume.oriented:
            metadata["midline_mm"] = round(midline, 1)
        if any(meaning.set == TOTALSEGMENTATOR for meaning in self._maps.find(voxels.name)):
            metadata["label_set"] = TOTALSEGMENTATOR
        pointer = f"value {voxels.value} {voxels.name}"
        return Statement(
            place.study,
            voxels.name,
            Source("nifti", volume.file, pointer),
            ("nifti", place.study, volume.file.replace("\\", "/").rsplit("/", 1)[-1], pointer),
            geometry=Geometry("centroid", "mm", x=x, y=y, z=z) if volume.oriented else None,
            site=voxels.name if node is not None else "",
            shown=shown,
            metadata=metadata,
        )


def _size(shape: tuple[int, int, int]) -> str:
    return " x ".join(map(str, shape))
