"""A label against itself: its code says one side, its own geometry or header the other."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

from clinnote.crosscheck.explain import BASIS_WORDS, Claim
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.image_label import BASES
from clinnote.model.laterality import Sides

SIDES_SEEN: Final = "sides_seen"
"""Where the readers of image labels keep every side that a source states: [{values, basis, where}, ...]."""


def check_label_internal(study: Study) -> Iterator[Claim]:
    """``image_internal``: wrong whatever the report says; the weaker of the two bases caps the severity."""
    for label in study.labels:
        seen = [(said, str(item.get("basis"))) for item in _seen(label.label.metadata) if (said := _sides(item))]
        for (one, strong), (other, weak) in combinations(seen, 2):
            if laterality.opposite(one, other):
                basis = max(strong, weak, key=BASES.index)
                yield Claim(
                    "image_internal",
                    f"Label '{label.label.finding.text}' contradicts itself: {BASIS_WORDS[strong]} "
                    f"{str(laterality.word(one)).upper()}, {BASIS_WORDS[weak]} {str(laterality.word(other)).upper()}",
                    None,
                    label,
                    (basis,) if basis in study.knowledge.rules.traps else (),
                    study.knowledge.rules.severity_of("image_internal", basis),
                )
                break


def _seen(metadata: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = metadata.get(SIDES_SEEN)
    known = items if isinstance(items, list | tuple) else ()
    return [item for item in known if isinstance(item, Mapping) and item.get("basis") in BASES]


def _sides(item: Mapping[str, Any]) -> Sides:
    values = item.get("values")
    words = values if isinstance(values, list | tuple) else ()
    return laterality.from_values(word for word in words if word in ("left", "right", "bilateral", "midline"))
