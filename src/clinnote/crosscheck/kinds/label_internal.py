"""A label against itself: its code says one side, its own words, place, geometry or header the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from clinnote.crosscheck.explain import BASIS_WORDS, Claim
from clinnote.crosscheck.facts import LabelFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.image_label import BASES
from clinnote.model.laterality import LEFT, RIGHT, Sides

SIDES_SEEN: Final = "sides_seen"
"""Where the readers of image labels keep every side that a source states: [{values, basis, where}, ...]."""
SHAPE_SIDE: Final = "shape_side"
"""Where they keep the side on which a box or polygon lies, if the label states the other one."""
_LIMBS: Final = ("upper_limb", "lower_limb")
_DEAD_BAND_MM: Final = 10.0
"""A point nearer to the midline has no side."""
PLACE: Final = "place"
"""What a place says by being on one side only: the middle lobe is right."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a label says about its side; ``name`` is a basis or ``place``."""

    sides: Sides
    name: str

    @property
    def words(self) -> str:
        """What a reviewer reads."""
        return "its place" if self.name == PLACE else BASIS_WORDS[self.name]


def check_label_internal(study: Study) -> Iterator[Claim]:
    """``image_internal``: wrong whatever the report says; the weaker of the two bases caps the severity.

    Outvoting decides what is blamed: the statement that the report and the label's other statements contradict.
    """
    for label in study.marks:
        stated = statements(label, study)
        clash = next((two for two in combinations(stated, 2) if laterality.opposite(two[0].sides, two[1].sides)), None)
        if clash is not None:
            yield _claim(label, stated, clash, study)


def statements(label: LabelFact, study: Study) -> list[Statement]:
    """What the label says about its side: as its reader saw it, else by its own fields; and what its place implies."""
    record = label.label
    seen = [item for item in _seen(record.metadata) if item.get("basis") not in study.sideless]
    found = [Statement(said, str(item.get("basis"))) for item in seen if (said := _sides(item))]
    if not found:
        sides = laterality.from_values(record.sides.values)
        if sides and record.sides.basis in BASES and record.sides.basis not in study.sideless:
            found.append(Statement(sides, str(record.sides.basis)))
        written = (record.finding.text, record.site.text if record.site else "")
        found += [Statement(said, "label_text") for words in written if (said := _spoken(words, study))]
        if found and (side := _where(label, study)):
            found.append(Statement(side, "oriented_geometry"))
    anatomy = study.knowledge.anatomy
    if found and len(label.places) == 1 and (implied := anatomy.implied_side(next(iter(label.places)))):
        found.append(Statement(implied, PLACE))
    return list(dict.fromkeys(found))


def _where(label: LabelFact, study: Study) -> Sides:
    """The side on which its shape lies, where that is the patient's: a paired part of the trunk or head.

    A point in millimetres (DICOM LPS) is measured from the midline; of a box or polygon its reader says the side.
    Images of one limb are centred on the limb.
    """
    shape, knowledge = label.label.geometry, study.knowledge
    if shape is None:
        return laterality.UNKNOWN
    places = label.places or {place for one in label.concepts for place in knowledge.concept_places.get(one, ())}
    limbs, inside = (*_LIMBS, *knowledge.inside.limbs), knowledge.anatomy.is_part_of
    if not any(map(knowledge.anatomy.paired, places)) or any(inside(x, limb) for x in places for limb in limbs):
        return laterality.UNKNOWN
    if shape.unit != "mm":
        return _sides({"values": [label.label.metadata.get(SHAPE_SIDE)]})
    if shape.kind not in ("centroid", "point") or shape.x is None or abs(shape.x) <= _DEAD_BAND_MM:
        return laterality.UNKNOWN
    return LEFT if shape.x > 0 else RIGHT


def _spoken(words: str, study: Study) -> Sides:
    """The side that words of a label state, unless it is part of a structure's name (left atrium, left lobe)."""
    node, sides = study.knowledge.anatomy.resolve(words)
    if node is not None and study.knowledge.anatomy.has(node, "side_in_name"):
        return laterality.UNKNOWN
    tokens = study.knowledge.normalise(words).split()
    return sides if {"left", "right", "l", "r", "lt", "rt"} & set(tokens) and sides in (LEFT, RIGHT) else frozenset()


def _claim(label: LabelFact, stated: list[Statement], clash: tuple[Statement, Statement], study: Study) -> Claim:
    one, other = clash
    report = _report(label, study)
    votes = {side: sum(s.sides == side for s in stated) + (report == side) for side in (LEFT, RIGHT)}
    blamed = [s for s in stated if votes[s.sides] < votes[laterality.mirror(s.sides)]] if stated else []
    metadata: dict[str, Any] = {"blames": " and ".join(sorted({s.words for s in blamed})) or "unclear"}
    line = (
        f"Label '{label.label.finding.text}' contradicts itself: {one.words} {_word(one.sides)}, "
        f"{other.words} {_word(other.sides)}"
    )
    if report:
        metadata["report"] = laterality.word(report)
        line += f"; the report says {_word(report)}"
    if blamed:
        line += f": {metadata['blames']} suspected"
    basis = max((s.name for s in clash if s.name in BASES), key=BASES.index)
    return Claim(
        "image_internal",
        line,
        None,
        label,
        (basis,) if basis in study.knowledge.rules.traps else (),
        study.knowledge.rules.severity_of("image_internal", basis),
        {**metadata, "statements": [one.name, other.name]},
    )


def _word(sides: Sides) -> str:
    return str(laterality.word(sides)).upper()


def _report(label: LabelFact, study: Study) -> Sides:
    """The one side on which the report has the label's finding; unknown when it has none, or both."""
    said = {pair.text.sides for pair in study.of_label(label) if pair.strong and pair.place != "near"} & {LEFT, RIGHT}
    return next(iter(said)) if len(said) == 1 else laterality.UNKNOWN


def _seen(metadata: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = metadata.get(SIDES_SEEN)
    known = items if isinstance(items, list | tuple) else ()
    return [item for item in known if isinstance(item, Mapping) and item.get("basis") in BASES]


def _sides(item: Mapping[str, Any]) -> Sides:
    values = item.get("values")
    words = values if isinstance(values, list | tuple) else ()
    return laterality.from_values(word for word in words if word in ("left", "right", "bilateral", "midline"))
