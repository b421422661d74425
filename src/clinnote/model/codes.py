"""Coded concepts: systems by their FHIR canonical URI, and the check digits that make a code plausible."""

import re
from dataclasses import dataclass
from typing import Final

SNOMED: Final = "http://snomed.info/sct"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
RADLEX: Final = "http://radlex.org"
CLINNOTE: Final = "urn:clinnote:concept"
"""The project's own concept id (first column of ``ontologies/terms``); always the last code of a mention."""

SHORT_NAMES: Final = {
    "snomed": SNOMED,
    "icd10cm": ICD10CM,
    "loinc": LOINC,
    "rxnorm": RXNORM,
    "radlex": RADLEX,
    "clinnote": CLINNOTE,
}


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one system. Equality is by system and code alone would lose the display, so compare ``key``."""

    system: str
    code: str
    display: str | None = None
    version: str | None = None
    score: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Identity of the concept: (canonical system URI, code)."""
        return (canonical_system(self.system), self.code)


def canonical_system(name: str) -> str:
    """FHIR canonical URI for a short name ("snomed") or a URI; an unknown name is returned unchanged."""
    return SHORT_NAMES.get(name.strip().lower(), name)


def short_system(uri: str) -> str:
    """Short name for a canonical URI; an unknown URI is returned unchanged."""
    return next((short for short, full in SHORT_NAMES.items() if full == uri), uri)


_VERHOEFF_D: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_VERHOEFF_P: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_ICD10CM_FORM: Final = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")


def _verhoeff_holds(digits: str) -> bool:
    check = 0
    for i, digit in enumerate(reversed(digits)):
        check = _VERHOEFF_D[check][_VERHOEFF_P[i % 8][int(digit)]]
    return check == 0


def _luhn_digit(digits: str) -> int:
    """Mod 10 check digit as LOINC uses it (LOINC Users' Guide, appendix C)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if i % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def well_formed(system: str, code: str) -> bool:
    """Whether ``code`` has the form and the check digit that its system demands.

    SNOMED CT: 6-18 digits with a Verhoeff check digit and a concept partition (00 or 10). LOINC: digits, hyphen,
    mod-10 check digit. ICD-10-CM: letter, two letters or digits (QA0 came in 2026), optional four after the point.
    RxNorm: digits. Other systems have no known form and always hold.
    """
    system = canonical_system(system)
    if system == SNOMED:
        return (
            code.isascii()
            and code.isdigit()
            and 6 <= len(code) <= 18
            and code[-3:-1] in ("00", "10")
            and _verhoeff_holds(code)
        )
    if system == LOINC:
        head, _, check = code.partition("-")
        return bool(
            re.fullmatch(r"[0-9]{1,7}", head) and re.fullmatch("[0-9]", check) and _luhn_digit(head) == int(check)
        )
    if system == ICD10CM:
        return _ICD10CM_FORM.fullmatch(code) is not None
    if system == RXNORM:
        return code.isascii() and code.isdigit()
    return True
