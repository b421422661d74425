"""Coded concepts of DICOM files, made canonical at the door: old SNOMED-RT style codes become SNOMED CT.

The mapping is pydicom's copy of PS3.16 Annex O. Side codes of other systems (FHIR R4, half of the body, RadLex) are
listed here because they occur in labels that were converted from those systems.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pydicom.sr._snomed_dict import mapping

from clinnote.imaging.elements import Elements
from clinnote.imaging.values import items, text_of
from clinnote.model.codes import LOINC, RADLEX, RXNORM, SNOMED, Code
from clinnote.model.laterality import BILATERAL, LEFT, MIDLINE, RIGHT, UNKNOWN, Sides

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
UCUM: Final = "http://unitsofmeasure.org"

_OLD_SCHEMES: Final = ("SRT", "SNM3", "99SDM", "SRT-OLD")
_SCHEMES: Final = {
    "SCT": SNOMED,
    "SNOMED-CT": SNOMED,
    "DCM": DCM,
    "LN": LOINC,
    "UCUM": UCUM,
    "RADLEX": RADLEX,
    "RXNORM": RXNORM,
}
_OLD_CODES: Final[Mapping[str, str]] = mapping["SRT"]

FINDING: Final = (DCM, "121071")
SINGLE_IMAGE_FINDING: Final = (DCM, "111059")
FINDING_CATEGORY: Final = (SNOMED, "276214006")
FINDING_SITE: Final = (SNOMED, "363698007")
TARGET_REGION: Final = (DCM, "123014")
LATERALITY: Final = (SNOMED, "272741003")
IMAGE_LATERALITY: Final = (DCM, "111027")
TOPOGRAPHICAL_MODIFIER: Final = (SNOMED, "106233006")
MEASUREMENT_GROUP: Final = (DCM, "125007")
TRACKING_IDENTIFIER: Final = (DCM, "112039")
PERSON_OBSERVER: Final = (DCM, "121008")
DEVICE_OBSERVER: Final = (DCM, "121013")
MODALITY: Final = (DCM, "121139")
PRESENCE_OF_PROPERTY: Final = (DCM, "121052")
BACKGROUND: Final = (DCM, "125040")

LENGTHS: Final = frozenset(
    (SNOMED, code) for code in ("81827009", "103339001", "103340004", "410668003", "103355008", "131197000")
) | {(DCM, "121207")}
"""Diameter, long axis, short axis, length, width, depth, height (CID 7470)."""

GENERIC_TYPES: Final = frozenset((SNOMED, code) for code in ("85756007", "49755003", "123037004", "309825002"))
"""Segment types that name no finding: tissue, morphologically altered structure, anatomical structure, spatial
concept. The segment's own label says more."""

PRESENCES: Final[Mapping[tuple[str, str], str]] = {
    (SNOMED, "52101004"): "present",
    (DCM, "121053"): "present",
    (SNOMED, "10828004"): "present",
    (SNOMED, "373066001"): "present",
    (SNOMED, "272519000"): "absent",
    (DCM, "121054"): "absent",
    (SNOMED, "260385009"): "absent",
    (SNOMED, "373067005"): "absent",
    (SNOMED, "82334004"): "uncertain",
    (DCM, "121059"): "uncertain",
    (SNOMED, "64957009"): "uncertain",
    (SNOMED, "42425007"): "uncertain",
    (SNOMED, "373068000"): "uncertain",
}
"""Values of a presence (CID 240, 241, 230, 250): present, positive, yes, absent, negative, no, undetermined."""

_SIDES: Final[Mapping[tuple[str, str], Sides]] = {
    (SNOMED, "7771000"): LEFT,
    (SNOMED, "24028007"): RIGHT,
    (SNOMED, "51440002"): BILATERAL,
    (SNOMED, "419161000"): LEFT,
    (SNOMED, "419465000"): RIGHT,
    (SNOMED, "31156008"): LEFT,
    (SNOMED, "85421007"): RIGHT,
    (SNOMED, "80248007"): LEFT,
    (SNOMED, "73056007"): RIGHT,
    (SNOMED, "63762007"): BILATERAL,
    (SNOMED, "40638003"): BILATERAL,
    (SNOMED, "399488007"): MIDLINE,
    (SNOMED, "260528009"): MIDLINE,
    (RADLEX, "RID5824"): LEFT,
    (RADLEX, "RID5825"): RIGHT,
    (RADLEX, "RID5771"): BILATERAL,
}
"""DICOM CID 244, 245 and 6022; FHIR R4 bodysite-laterality; SNOMED CT halves of the body; RadLex."""

_LETTER_SIDES: Final = {
    "L": LEFT,
    "LEFT": LEFT,
    "R": RIGHT,
    "RIGHT": RIGHT,
    "B": BILATERAL,
    "BOTH": BILATERAL,
    "BILATERAL": BILATERAL,
    "BL": BILATERAL,
    "MIDLINE": MIDLINE,
}


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
    if upper in _OLD_SCHEMES and value in _OLD_CODES:
        return Code(SNOMED, _OLD_CODES[value], meaning)
    if upper in _OLD_SCHEMES and value.isdigit():
        return Code(SNOMED, value, meaning)
    return Code(_SCHEMES.get(upper, scheme), value, meaning, version or None)


def codes_in(dataset: Elements, keyword: str) -> Iterator[tuple[Code, Elements]]:
    """(code, its item) for each readable item of a code sequence."""
    for item in items(dataset, keyword):
        code = code_of(item)
        if code is not None:
            yield code, item


def first_code(dataset: Elements, keyword: str) -> Code | None:
    """The first readable code of a sequence."""
    return next((code for code, _ in codes_in(dataset, keyword)), None)


def sides_of_code(code: Code) -> Sides:
    """The sides that a laterality code stands for; empty when it is no laterality code ("unilateral" names none)."""
    return _SIDES.get(code.key, UNKNOWN)


def sides_of_letter(value: str) -> Sides:
    """The sides of a header value: ``L``, ``R``, ``B``; anything else (``U``, blank) is unknown."""
    return _LETTER_SIDES.get(value.strip().upper(), UNKNOWN)
