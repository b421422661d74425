"""How tables and archives are read: ``configs/images.toml`` (column names, published tables, limits)."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.ontology.label_maps import LabelMaps, load_label_maps
from clinnote.settings import Home

LAYOUTS: Final = ("long", "wide", "suffix", "sentences")
WIDE_FROM: Final = 3
"""So many columns must be named like findings of one label set before each is read as a finding."""
_IGNORED: Final = re.compile(r"[\s_.\-\ufeff]+")
_MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold, in bytes and counts; see the comments in the file."""

    max_members: int
    max_member: int
    max_total: int
    max_ratio: int
    ratio_from: int
    spool: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A table that people publish: how it is told (``needs``), and what its README says of all its rows.

    Attributes:
        name: what the comments of the file call it.
        needs: normalised columns that must be there.
        only: the table has no other column.
        layout: ``long`` (a cell names the finding), ``wide`` (a column for each finding), ``suffix`` (the finding ends
            the id), ``sentences`` (lists of labels and places by sentence).
        columns: field -> normalised column of this table.
        study: pattern whose group 1, found in the image's path or the study, is the study's id.
        patient: the same for the patient.
        classes: names by class id; "" for an id that is none.
        unknown_class: the name of class id -1.
        types: findings that end an id.
        views: what the values of the view column mean.
        drop: normalised columns that are never kept (report text).
    """

    name: str
    needs: frozenset[str] = frozenset()
    only: bool = False
    layout: str = "long"
    label_set: str | None = None
    finding: str = ""
    site: str = ""
    view: str | None = None
    modality: str | None = None
    unit: str = ""
    image_size: tuple[str, str] = ("", "")
    columns: Mapping[str, str] = field(default_factory=dict)
    study: re.Pattern[str] | None = None
    patient: re.Pattern[str] | None = None
    classes: tuple[str, ...] = ()
    unknown_class: str = ""
    types: tuple[str, ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()


GENERIC: Final = Shape("generic")


@dataclass(frozen=True, slots=True)
class TableRules:
    """The file as it stands, and the words of the label sets that may head a column."""

    limits: Limits
    columns: Mapping[str, tuple[str, ...]]
    shapes: tuple[Shape, ...]
    maps: LabelMaps

    def shape_of(self, header: Sequence[str]) -> Shape:
        """The first published table with this header, a wide one that no row names, or :data:`GENERIC`."""
        names = {column_key(name) for name in header} - {""}
        for shape in self.shapes:
            if shape.needs <= names and not (shape.only and names != shape.needs):
                return shape
        if any(name in names for name in (*self.columns["finding"], *self.columns["class_id"])):
            return GENERIC
        counts: dict[str, int] = {}
        for name in header:
            for label_set in {meaning.set for meaning in self.maps.find(name)}:
                counts[label_set] = counts.get(label_set, 0) + 1
        best = max(sorted(counts), key=lambda label_set: counts[label_set], default=None)
        if best is None or counts[best] < WIDE_FROM:
            return GENERIC
        return Shape(best, layout="wide", label_set=best)

    def finding_columns(self, header: Sequence[str], shape: Shape) -> dict[int, str]:
        """Column number -> finding, for a wide table."""
        return {
            place: " ".join(name.split())
            for place, name in enumerate(header)
            if any(meaning.set == shape.label_set for meaning in self.maps.find(name))
        }

    def is_absence(self, text: str, label_set: str | None) -> bool:
        """Whether a label says that nothing is there ("No Finding")."""
        return any(meaning.absence for meaning in self.maps.find(text, label_set))


def column_key(name: str) -> str:
    """The name of a column without case, blanks, hyphens, dots and underscores; brackets stay."""
    return _IGNORED.sub("", name.lower())


def load_table_rules(home: Home) -> TableRules:
    """Read ``configs/images.toml`` and the label sets.

    Raises:
        OntologyError: a file is missing or no TOML, or a key or value is not one that is known.
    """
    path = home.configs / "images.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return TableRules(
            _limits(data["archive"]),
            {key: tuple(map(column_key, names)) for key, names in data["columns"].items()},
            tuple(_shape(row) for row in data["table"]),
            load_label_maps(home.ontologies),
        )
    except OSError as error:
        raise OntologyError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, re.error, TypeError, ValueError, AttributeError) as error:
        raise OntologyError(f"{path}: {error}") from None
    except KeyError as error:
        raise OntologyError(f"{path}: {error} is missing") from None


def _limits(row: Mapping[str, int]) -> Limits:
    limits = Limits(
        row["max_members"],
        row["max_member_mb"] * _MEGABYTE,
        row["max_total_mb"] * _MEGABYTE,
        row["max_ratio"],
        row["ratio_from_mb"] * _MEGABYTE,
        row["spool_mb"] * _MEGABYTE,
    )
    if min(limits.max_members, limits.max_member, limits.max_total, limits.max_ratio) < 1:
        raise ValueError("the limits of archives must be 1 or more")
    return limits


def _shape(row: Mapping[str, Any]) -> Shape:
    known: dict[str, Any] = dict(row)
    for key in ("needs", "drop"):
        known[key] = frozenset(map(column_key, row.get(key, ())))
    for key in ("study", "patient"):
        known[key] = re.compile(row[key]) if key in row else None
    for key in ("classes", "types"):
        known[key] = tuple(row.get(key, ()))
    known["columns"] = {key: column_key(name) for key, name in row.get("columns", {}).items()}
    width, height = row.get("image_size", ("", ""))
    known["image_size"] = (str(width), str(height))
    shape = Shape(**known)
    if not shape.needs or shape.layout not in LAYOUTS:
        raise ValueError(f"table {shape.name} needs columns, and one of the layouts {', '.join(LAYOUTS)}")
    return shape
