"""The quadrant of a lesion on mammograms, from two views and never from one.

The craniocaudal view shows outer and inner, the mediolateral oblique view upper and lower; each view alone leaves the
other open. Which edge is which comes from Patient Orientation (PS3.3 C.7.6.1.1.1) and the breast's side; without both
there is no quadrant. The middle is that of the image, or of the nipple where its place is given.
"""

import math
import re
from typing import Final

from clinnote.imaging.geometry import extent_of, size_of
from clinnote.model.image_label import Geometry

QUADRANT_DEAD_BAND: Final = 0.1
"""A centre nearer to the middle than this part of the image's length has no half."""
_ORIENTATION: Final = re.compile(r"[APLRHF]{1,3}")
_CC: Final = re.compile(r"\b(CC|XCCL|XCCM|XCC|FB|CRANIOCAUDAL|CRANIO CAUDAL)\b")
_MLO: Final = re.compile(r"\b(MLO|ML|LM|LMO|MEDIOLATERAL|LATEROMEDIAL)\b")


def quadrant_of(
    side: str,
    craniocaudal: Geometry,
    oblique: Geometry,
    nipple: tuple[float | None, float | None] = (None, None),
) -> str | None:
    """The node of the quadrant that a lesion lies in, or None where one of the views does not tell.

    Args:
        side: ``left`` or ``right`` breast.
        craniocaudal: the lesion on the CC view, with orientation and image size.
        oblique: the same lesion on the MLO, ML or LM view.
        nipple: the nipple's place on the two views along the axis that counts, as a part of the image, if known.
    """
    across = half_of(craniocaudal, "LR", nipple[0])
    height = half_of(oblique, "HF", nipple[1])
    if across is None or height is None or side not in ("left", "right"):
        return None
    outer = "outer" if across == side[0].upper() else "inner"
    return f"breast_{'upper' if height == 'H' else 'lower'}_{outer}_quadrant"


def half_of(geometry: Geometry, directions: str, middle: float | None = None) -> str | None:
    """Towards which of two opposite directions (``LR`` or ``HF``) a shape lies from the middle; None near it."""
    parts = [part.strip().upper() for part in (geometry.orientation or "").split("\\")]
    if len(parts) != 2 or not all(_ORIENTATION.fullmatch(part) for part in parts):
        return None
    for vertical, part in enumerate(parts):
        if part[0] in directions:
            extent, size = extent_of(geometry, bool(vertical)), size_of(geometry, bool(vertical))
            if extent is None or not size or size <= 0 or not all(map(math.isfinite, extent)):
                return None
            off = (extent[0] + extent[1]) / 2 / size - (0.5 if middle is None else middle)
            if abs(off) <= QUADRANT_DEAD_BAND or abs(off) > 1:
                return None
            other = directions[1 - directions.index(part[0])]
            return part[0] if off > 0 else other
    return None


def view_of(name: str) -> str | None:
    """``CC`` or ``MLO`` for the name of a mammographic view ("R CC", "MLO", "RIGHT_MLO"); None for another."""
    words = name.upper().replace("_", " ")
    if _CC.search(words):
        return "CC"
    return "MLO" if _MLO.search(words) else None
