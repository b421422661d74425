"""What a short typed note beside an image says: key object descriptions, texts drawn on an image.

Such a note is a few words, not a report. It names a finding only when it holds a word that is more than a side, a view
or a measurement, and a side only when it names one side and denies nothing.
"""

import re
from dataclasses import dataclass
from typing import Final

from clinnote.imaging.sides.label_text import side_of_label
from clinnote.imaging.sides.labels import SeenSide
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import LabelSite

MOST_WORDS: Final = 10
"""A longer note is prose, and its side words may belong to anything."""
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_NO_FINDING: Final = frozenset(
    ("left", "right", "bilateral", "both", "lft", "rght", "upright", "erect", "supine", "prone", "portable", "lateral",
     "decubitus", "frontal", "view", "post", "pre", "oblique", "standing", "sitting", "mobile", "inspiration", "insp",
     "expiration", "weight", "bearing", "repeat", "image", "series", "slice", "area", "mean", "min", "max", "std",
     "dev", "length", "angle", "perimeter")
)  # fmt: skip
_DENIES: Final = re.compile(r"\b(no|not|without|none|negative|normal|resolved|rule out|r/o|versus|vs|or)\b|\?", re.I)


@dataclass(frozen=True, slots=True)
class Note:
    """A typed note: the finding in its own words, its site, its sides, and its presence."""

    text: str
    site: LabelSite | None
    seen: tuple[SeenSide, ...]
    presence: str


def names_a_finding(text: str) -> bool:
    """Whether a note holds a word that may be a finding or a place."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words and text.isupper() and 2 <= len(text) <= 4:
        return text not in ("LT", "RT", "PA", "AP", "LAT", "LL", "RL", "CC", "MLO", "LLD", "RLD")
    return any(word not in _NO_FINDING for word in words)


def note_of(text: str, where: str, places: Places) -> Note:
    """What a note says; ``where`` names the attribute it stands in."""
    text = " ".join(text.split())
    denied = _DENIES.search(text) is not None
    if len(text.split()) > MOST_WORDS or denied:
        return Note(text, None, (), "uncertain" if denied else "present")
    site, sides = places.site_of(text)
    sides = sides or side_of_label(text)
    seen = (SeenSide(sides, "label_text", where),) if len(sides) == 1 else ()
    return Note(text, site if site is not None and site.site is not None else None, seen, "present")
