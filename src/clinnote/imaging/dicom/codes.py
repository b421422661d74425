"""Coded concepts of DICOM files, made canonical at the door: old SNOMED-RT style codes become SNOMED CT.

The mapping is pydicom's copy of PS3.16 Annex O. Side codes of other systems (FHIR R4, half of the body, RadLex) are
listed here because they occur in labels that were converted from those systems.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Final

from clinnote.imaging.dicom.concepts import DCM, NAMES, PRESENCE_WORDS, PRESENCES, SIDES, UCUM, UMLS, Key
from clinnote.imaging.dicom.elements import Elements, Layout, read_items
from clinnote.imaging.dicom.values import items, tag_of, text_of
from clinnote.imaging.sides.label_text import side_of_label, sides_of_letter
from clinnote.imaging.sides.labels import SeenSide
from clinnote.model.codes import LOINC, RADLEX, RXNORM, SNOMED, Code
from clinnote.model.laterality import UNKNOWN, Sides

_OLD_SCHEMES: Final = ("SRT", "SNM3", "99SDM", "SRT-OLD")
_SCHEMES: Final = {
    "SCT": SNOMED,
    "SNOMED-CT": SNOMED,
    "DCM": DCM,
    "LN": LOINC,
    "UCUM": UCUM,
    "RADLEX": RADLEX,
    "RXNORM": RXNORM,
    "UMLS": UMLS,
}


@functools.cache
def _old_codes() -> Mapping[str, str]:
    """SNOMED-RT style code -> SNOMED CT, read where a file has one of the old schemes."""
    from pydicom.sr._snomed_dict import mapping

    return mapping["SRT"]


def code_of(item: Elements) -> Code | None:
    """The coded concept of a code sequence item, or None when it has neither a value nor a meaning."""
    value = text_of(item, "CodeValue") or text_of(item, "LongCodeValue") or text_of(item, "URNCodeValue")
    meaning = text_of(item, "CodeMeaning") or None
    if not value and not meaning:
        return None
    return canonical(text_of(item, "CodingSchemeDesignator"), value, meaning, text_of(item, "CodingSchemeVersion"))


def canonical(scheme: str, value: str, meaning: str | None = None, version: str | None = None) -> Code:
    """A code under its canonical system; old SNOMED codes (``G-A101``, ``T-28000``) become SNOMED CT."""
    upper = scheme.strip().upper()
    if upper in _OLD_SCHEMES and value in _old_codes():
        return Code(SNOMED, _old_codes()[value], meaning)
    if upper in _OLD_SCHEMES and value.isdigit():
        return Code(SNOMED, value, meaning)
    return Code(_SCHEMES.get(upper, scheme), value, meaning, version or None)


def codes_in(dataset: Elements, keyword: str) -> Iterator[tuple[Code, Elements]]:
    """(code, its item) for each readable item of a code sequence."""
    for item in items(dataset, keyword):
        code = code_of(item)
        if code is not None:
            yield code, item


def first_code(elements: Elements, keyword: str) -> Code | None:
    """The first readable code of a sequence."""
    tag = tag_of(keyword)
    raw = elements.raw(tag)
    if raw:
        layout = elements.layout
        found, is_plain = _code_in(raw, layout.explicit and elements.vr(tag) != b"UN", layout.order)
        if is_plain:
            return found
    return next((code for code, _ in codes_in(elements, keyword)), None)


@functools.lru_cache(maxsize=1 << 14)
def _code_in(raw: bytes, explicit: bool, order: str) -> tuple[Code | None, bool]:
    """(first code of a sequence's bytes, whether it is undamaged and ASCII); the same codes recur in all reports."""
    layout = Layout(raw, len(raw), explicit, order)
    found, _ = read_items(layout, 0, len(raw), True, Elements(layout))
    plain = not layout.faults and all(
        (value := item.raw(tag)).isascii() and b"\x1b" not in value for item in found for tag in item.table
    )
    return next((code for item in found if (code := code_of(item)) is not None), None), plain


def concept_key(code: Code) -> Key:
    """What a concept name stands for: its own identity, or the standard concept that a private code means."""
    if not code.system.startswith("http"):
        return NAMES.get((code.display or "").strip().lower(), (code.system, code.code))
    return (code.system, code.code)


def sides_of_code(code: Code) -> Sides:
    """The sides that a laterality code stands for; empty when it is no laterality code ("unilateral" names none)."""
    return SIDES.get((code.system, code.code), UNKNOWN)


def sides_of_laterality(code: Code) -> Sides:
    """The sides of the value of a laterality, which may be a private code with a plain meaning ("Left")."""
    return sides_of_code(code) or sides_of_letter(code.display or code.code) or side_of_label(code.display or "")


def sides_stated(code: Code, where: str, basis: str = "code") -> tuple[SeenSide, ...]:
    """What a laterality states: its code, and its own meaning where that names another side than the code does."""
    sides = sides_of_laterality(code)
    if not sides:
        return ()
    words = side_of_label(code.display or "") if sides_of_code(code) else UNKNOWN
    stated = SeenSide(sides, basis, where)
    return (stated, SeenSide(words, "label_text", f"meaning of the {where}")) if words and words != sides else (stated,)


def presence_of_code(code: Code) -> str | None:
    """The presence that a value states, or None when it states none; other codes count by their meaning."""
    known = PRESENCES.get((code.system, code.code))
    return known or PRESENCE_WORDS.get((code.display or code.code).strip().lower())
