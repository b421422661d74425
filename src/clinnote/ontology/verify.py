"""Proof of the shipped codes: well formed, present in a reference, and named as the reference names them.

Built-in references are the code dictionaries of pydicom (SNOMED CT and LOINC, incomplete) and the ICD-10-CM tabular of
simple_icd_10_cm (complete). Further references are files: a FHIR ValueSet, CodeSystem or Bundle, or a table with the
columns ``code`` and ``display``. What a complete reference does not hold is wrong; what only incomplete ones do not
hold can't be verified.
"""

import enum
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from clinnote.errors import OntologyError, UsageError
from clinnote.model.codes import ICD10CM, LOINC, SNOMED, canonical_system, short_system, well_formed
from clinnote.ontology.anatomy_tables import SITE_COLUMNS
from clinnote.ontology.concepts import read_codes
from clinnote.ontology.sections import SECTION_COLUMNS
from clinnote.ontology.tables import read_given, read_table

_TAG: Final = re.compile(r"\s*\([^()]*\)$")


class Outcome(enum.Enum):
    """What the references say about one code."""

    VERIFIED = "verified"
    UNVERIFIABLE = "unverifiable"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Claim:
    """One code as a table of ``ontologies/`` states it; ``place`` is file and line."""

    place: str
    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The codes of one source: names by (system URI, code).

    ``complete`` lists the systems that the source holds in full. ``aliases`` says that the source gives short names and
    not always the fully specified one, so that a display with a semantic tag may differ from them and still be right.
    """

    name: str
    names: Mapping[tuple[str, str], frozenset[str]]
    complete: frozenset[str] = frozenset()
    aliases: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that is wrong or can't be verified, and why."""

    claim: Claim
    outcome: Outcome
    reason: str

    def __str__(self) -> str:
        system = short_system(self.claim.system)
        return f"{self.claim.place}: {system} {self.claim.code} {self.claim.display!r}: {self.reason}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Counts per system (short name) and outcome, and every finding that is not verified."""

    references: tuple[str, ...]
    counts: Mapping[str, Mapping[Outcome, int]]
    wrong: tuple[Finding, ...]
    unverifiable: tuple[Finding, ...]

    def total(self, outcome: Outcome) -> int:
        """Number of codes with this outcome over all systems."""
        return sum(counts.get(outcome, 0) for counts in self.counts.values())


@dataclass(slots=True)
class _Names:
    """Names under construction."""

    found: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, system: str, code: object, display: object) -> None:
        if isinstance(code, str) and isinstance(display, str) and display.strip():
            self.found.setdefault((canonical_system(system), code), set()).add(display.strip())

    def reference(self, name: str, complete: Iterable[str] = (), *, aliases: bool = False) -> Reference:
        names = {key: frozenset(values) for key, values in self.found.items()}
        return Reference(name, names, frozenset(complete), aliases)


def verify_codes(ontologies: Path, references: Sequence[Path] = ()) -> VerifyReport:
    """Check every code of the terms, the sites and the sections against the built-in and the given references.

    Raises:
        UsageError: a reference file is missing or of no known form.
        OntologyError: a table breaks its contract.
    """
    sources = [*_built_in(), *(read_reference(path) for path in references)]
    counts: dict[str, Counter[Outcome]] = {}
    findings: list[Finding] = []
    for claim in _claims(ontologies):
        outcome, reason = check_claim(claim, sources)
        counts.setdefault(short_system(claim.system), Counter())[outcome] += 1
        if outcome is not Outcome.VERIFIED:
            findings.append(Finding(claim, outcome, reason))
    return VerifyReport(
        tuple(source.name for source in sources),
        counts,
        tuple(found for found in findings if found.outcome is Outcome.WRONG),
        tuple(found for found in findings if found.outcome is Outcome.UNVERIFIABLE),
    )


def check_claim(claim: Claim, sources: Sequence[Reference]) -> tuple[Outcome, str]:
    """What ``sources`` say about one code, and the reason when it is not verified."""
    if not well_formed(claim.system, claim.code):
        return Outcome.WRONG, "form or check digit does not hold"
    key = (claim.system, claim.code)
    holders = [source for source in sources if key in source.names]
    if not holders:
        if any(claim.system in source.complete for source in sources):
            return Outcome.WRONG, "not in the complete reference: retired, or never existed"
        return Outcome.UNVERIFIABLE, "in none of the references given"
    if any(_agrees(claim.display, name) for source in holders for name in source.names[key]):
        return Outcome.VERIFIED, ""
    if claim.system == SNOMED and _TAG.search(claim.display) and all(source.aliases for source in holders):
        return Outcome.UNVERIFIABLE, "the references given hold only short names of this code"
    known = sorted(name for source in holders for name in source.names[key])
    return Outcome.WRONG, f"display differs from the reference: {' | '.join(known)}"


def _agrees(one: str, other: str) -> bool:
    """Equal but for case and white space; the semantic tag of a fully specified name may be missing on one side."""
    a, b = (" ".join(text.casefold().split()) for text in (one, other))
    return a == b or _TAG.sub("", a) == b or a == _TAG.sub("", b)


def _claims(ontologies: Path) -> Iterator[Claim]:
    for code in read_codes(ontologies / "terms"):
        yield Claim(f"{code.row.file.name}:{code.row.line}", code.system, code.code, code.display)
    sections = ontologies / "sections" / "sections.tsv"
    for row in read_table(sections, SECTION_COLUMNS) if sections.exists() else ():
        if row["loinc"]:
            yield Claim(f"{row.file.name}:{row.line}", LOINC, row["loinc"], row["display"])
    sites = ontologies / "anatomy" / "sites.tsv"
    if not sites.exists():
        return
    for row in read_table(sites, SITE_COLUMNS):
        if row["snomed"]:
            yield Claim(f"{row.file.name}:{row.line}", SNOMED, row["snomed"], row["display"])
        elif row["display"]:
            raise row.error("display without a code")


def _built_in() -> Iterator[Reference]:
    yield _pydicom()
    yield _icd10cm()


def _pydicom() -> Reference:
    # Imported here: only this proof needs the code dictionaries, and they cost memory.
    from pydicom.sr import _concepts_dict

    concepts: Mapping[str, Any] = _concepts_dict.concepts
    names = _Names()
    for scheme, system in (("SCT", SNOMED), ("LN", LOINC)):
        for entries in concepts[scheme].values():
            for code, (display, _) in entries.items():
                names.add(system, code, display)
    return names.reference("pydicom.sr", aliases=True)


def _icd10cm() -> Reference:
    with warnings.catch_warnings():
        # It reads its data through an interface that Python 3.12 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm

    names = _Names()
    for code in simple_icd_10_cm.get_all_codes(with_dots=True):
        # Chapters ("9") and blocks ("C43-C44") have no code form; a block of one category ("C50") is that category.
        if well_formed(ICD10CM, code):
            names.add(ICD10CM, code, simple_icd_10_cm.get_description(code))
    return names.reference("simple_icd_10_cm", (ICD10CM,))


def read_reference(path: Path) -> Reference:
    """A reference from a FHIR JSON resource, or from a table whose header has ``code`` and ``display``.

    A table may have a column ``system``; without it the code speaks for SNOMED CT, LOINC and RxNorm alike, whose forms
    do not overlap by chance with the right check digit.

    Raises:
        UsageError: the file is missing, not UTF-8, or neither of the two.
    """
    try:
        text = read_given(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}") from None
    names = _Names()
    if path.suffix == ".json":
        try:
            resource = json.loads(text)
        except json.JSONDecodeError as error:
            raise UsageError(f"{path}:{error.lineno}: not JSON") from None
        _walk(resource, None, names)
    else:
        _table(path, text, names)
    if not names.found:
        raise UsageError(f"{path}: no code with a display in it")
    return names.reference(path.name)


def _walk(node: Any, system: str | None, names: _Names) -> None:
    """Every code with a display in a FHIR resource; ``system`` is inherited from the element above, as in ValueSet."""
    if isinstance(node, list):
        for item in node:
            _walk(item, system, names)
    elif isinstance(node, dict):
        own = node.get("system")
        if node.get("resourceType") == "CodeSystem":
            own = node.get("url")
        system = own if isinstance(own, str) else system
        if system is not None:
            names.add(system, node.get("code"), node.get("display"))
        for value in node.values():
            _walk(value, system, names)


def _table(path: Path, text: str, names: _Names) -> None:
    lines = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip() and not line.startswith("#")]
    header = [cell.strip().casefold() for cell in lines[0]] if lines else []
    if "code" not in header or "display" not in header:
        raise UsageError(f"{path}: neither JSON nor a table with the columns code and display")
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            raise OntologyError(f"{path.name}: row {number} has {len(cells)} cells, must be {len(header)}")
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        given = row.get("system")
        for system in (given,) if given else (SNOMED, LOINC, "rxnorm"):
            names.add(system, row["code"], row["display"])
