"""Concepts of FHIR resources: codes under their canonical system, their words, and the sides they state.

A concept is a Coding (R4 ImagingStudy), a CodeableConcept, or a CodeableReference with one (R5). A side can be a code
of its own beside the site's, a part of the site's name, or the laterality of a post-coordinated SNOMED CT expression
(``39607008:272741003=7771000``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.dicom.codes import canonical, sides_of_code, sides_stated
from clinnote.imaging.dicom.concepts import DCM, LATERALITY, PRESENCES
from clinnote.imaging.sides.labels import SeenSide
from clinnote.imaging.sides.statement import presence_in, side_in
from clinnote.model.codes import LOINC, RADLEX, SNOMED, Code
from clinnote.store.fhir_links import obj, objects, text

_SYSTEMS: Final = {
    "http://snomed.info/sct": SNOMED,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "http://dicom.nema.org/resources/ontology/dcm": DCM,
    "urn:oid:1.2.840.10008.2.16.4": DCM,
    "http://radlex.org": RADLEX,
    "http://www.radlex.org": RADLEX,
    "https://radlex.org": RADLEX,
    "http://loinc.org": LOINC,
}
_OLD: Final = re.compile(r"[A-Z]-[0-9A-F]{4,5}")
_EXPRESSION: Final = re.compile(r"^\s*(\d{6,18})[^:]*:(.*)$", re.S)
_REFINED: Final = re.compile(r"(\d{6,18})\s*(?:\|[^|]*\|)?\s*=\s*(\d{6,18})")
_INTERPRETED: Final = {
    **dict.fromkeys(("POS", "DET", "A", "AA"), "present"),
    **dict.fromkeys(("NEG", "ND", "N"), "absent"),
    **dict.fromkeys(("IND", "E"), "uncertain"),
}
"""HL7 v3 ObservationInterpretation: positive, detected, abnormal; negative, not detected, normal; indeterminate."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept: its words, its codes without those that only state a side, and the sides that codes state."""

    words: str
    codes: tuple[Code, ...] = ()
    sides: tuple[SeenSide, ...] = ()

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """System and code of every code."""
        return frozenset(code.key for code in self.codes)


EMPTY: Final = Concept("")


def concept_of(value: Any, where: str) -> Concept:
    """The concept of a Coding, CodeableConcept or CodeableReference; ``where`` names the element, for its sides."""
    holder = obj(value)
    holder = obj(holder.get("concept")) or holder
    codings = objects(holder.get("coding")) or ([holder] if holder.keys() & {"code", "display"} else [])
    codes: list[Code] = []
    sides: list[SeenSide] = []
    for coding in codings:
        for code in _codes_of(coding):
            if sides_of_code(code):
                sides.extend(sides_stated(code, where))
            else:
                codes.append(code)
    words = text(holder.get("text")) or next((c.display for c in codes if c.display), None)
    return Concept(words or next((c.code for c in codes), ""), tuple(codes), tuple(sides))


def _codes_of(coding: Mapping[str, Any]) -> Iterator[Code]:
    """The code of a coding; of a post-coordinated expression its focus, and its laterality."""
    value, display = text(coding.get("code")) or "", text(coding.get("display"))
    system = text(coding.get("system")) or ""
    system = _SYSTEMS.get(system.lower().rstrip("/"), system)
    expression = _EXPRESSION.match(value) if system == SNOMED else None
    if expression:
        yield Code(SNOMED, expression[1], display)
        for attribute, side in _REFINED.findall(expression[2]):
            if (SNOMED, attribute) == LATERALITY:
                yield Code(SNOMED, side)
    elif value or display:
        yield canonical("SRT", value, display) if _OLD.fullmatch(value) else Code(system, value, display)


def laterality_of(value: Any, where: str) -> tuple[SeenSide, ...]:
    """The sides of an element that is there to state one: by code, else by its words."""
    holder = obj(value)
    inner = obj(holder.get("concept")) or holder
    concept = concept_of(inner, where)
    if concept.sides:
        return concept.sides
    letters = [code.code for code in concept.codes if code.code]
    for words in (*letters, concept.words):
        if found := side_in(words):
            return (SeenSide(found, "code" if letters else "label_text", where),)
    return ()


def presence_of(concept: Concept) -> str | None:
    """``present``, ``absent`` or ``uncertain`` when a value says that (CID 240, 241, 230, 250, or its words)."""
    coded = next((PRESENCES[key] for key in sorted(concept.keys) if key in PRESENCES), None)
    return coded or presence_in(concept.words)


def interpretation_of(value: Any) -> str | None:
    """The presence that an interpretation states; None when there is none (high, low ...)."""
    for concept in objects(value if isinstance(value, list) else [value]):
        for coding in objects(concept.get("coding")):
            if found := _INTERPRETED.get(str(coding.get("code")).upper()):
                return found
        if found := presence_in(text(concept.get("text")) or ""):
            return found
    return None


def millimetres(quantity: Any) -> float | None:
    """A length in mm; None for another unit."""
    holder = obj(quantity)
    value, unit = holder.get("value"), text(holder.get("code")) or text(holder.get("unit"))
    factor = {"mm": 1.0, "cm": 10.0, "m": 1000.0}.get(unit or "")
    if factor is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) * factor if 0 < value < 10_000 else None
