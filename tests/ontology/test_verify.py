import json
from pathlib import Path

import pytest

from clinnote.errors import UsageError
from clinnote.model.codes import ICD10CM, LOINC, SNOMED
from clinnote.ontology.verify import (
    Claim,
    Outcome,
    Reference,
    VerifyReport,
    check_claim,
    read_reference,
    verify_codes,
)

ROOT = Path(__file__).parents[2] / "ontologies"
FULL = Reference("full names", {(SNOMED, "60046008"): frozenset({"Pleural effusion (disorder)"})})
SHORT = Reference("short names", {(SNOMED, "60046008"): frozenset({"Effusion"})}, aliases=True)
ICD = Reference("tabular", {(ICD10CM, "J90"): frozenset({"Pleural effusion"})}, frozenset({ICD10CM}))


@pytest.mark.parametrize(
    ("system", "code", "display", "outcome"),
    [
        (SNOMED, "60046008", "Pleural effusion (disorder)", Outcome.VERIFIED),
        (SNOMED, "60046008", "pleural  effusion", Outcome.VERIFIED),
        (SNOMED, "60046009", "Pleural effusion (disorder)", Outcome.WRONG),
        (SNOMED, "60046008", "Pneumothorax (disorder)", Outcome.WRONG),
        (SNOMED, "60046008", "Pleural effusion (finding)", Outcome.WRONG),
        (SNOMED, "36118008", "Pneumothorax (disorder)", Outcome.UNVERIFIABLE),
        (ICD10CM, "J90", "Pleural effusion", Outcome.VERIFIED),
        (ICD10CM, "J91", "Pleural effusion", Outcome.WRONG),
        (ICD10CM, "90", "Pleural effusion", Outcome.WRONG),
        (LOINC, "718-7", "Hemoglobin", Outcome.UNVERIFIABLE),
        (LOINC, "718-8", "Hemoglobin", Outcome.WRONG),
    ],
)
def test_what_the_references_say_about_a_code(system: str, code: str, display: str, outcome: Outcome) -> None:
    found, reason = check_claim(Claim("codes.tsv:2", system, code, display), [FULL, ICD])
    assert found is outcome
    assert bool(reason) == (outcome is not Outcome.VERIFIED)


@pytest.mark.parametrize(
    ("display", "outcome"),
    [
        ("Effusion", Outcome.VERIFIED),
        ("Pleural effusion (disorder)", Outcome.UNVERIFIABLE),
        ("Pneumothorax", Outcome.WRONG),
    ],
)
def test_short_names_prove_nothing_against_a_fully_specified_one(display: str, outcome: Outcome) -> None:
    assert check_claim(Claim("codes.tsv:2", SNOMED, "60046008", display), [SHORT])[0] is outcome


def ontologies(folder: Path, *codes: str) -> Path:
    terms = folder / "terms"
    terms.mkdir()
    header = "concept\tsystem\tcode\tdisplay\trelation\tsource"
    (terms / "codes.tsv").write_text("\n".join([header, *codes]) + "\n", encoding="utf-8")
    return folder


def test_wrong_codes_are_listed_with_file_line_and_reason(tmp_path: Path) -> None:
    report = verify_codes(
        ontologies(
            tmp_path,
            "effusion\tsnomed\t60046008\tPleural effusion\texact\tpydicom",
            "effusion\tsnomed\t60046009\tPleural effusion\texact\tmistyped",
            "effusion\ticd10cm\tJ90\tPleural effusion, not elsewhere classified\texact\ticd",
            "effusion\ticd10cm\tJ92\tPleurisy\texact\tanother name",
            "effusion\ticd10cm\tJ93.7\tPneumothorax\texact\tno such code",
        )
    )
    assert report.total(Outcome.VERIFIED) == 2
    assert report.counts["icd10cm"][Outcome.WRONG] == 2
    assert [str(found).split(": ")[0] for found in report.wrong] == ["codes.tsv:3", "codes.tsv:5", "codes.tsv:6"]
    assert "check digit" in report.wrong[0].reason
    assert "Pleural plaque" in report.wrong[1].reason
    assert "complete reference" in report.wrong[2].reason


def test_a_reference_file_makes_a_code_verifiable(tmp_path: Path) -> None:
    folder = ontologies(tmp_path, "metformin\trxnorm\t860975\tMetformin tablet\texact\tlist")
    assert verify_codes(folder).total(Outcome.UNVERIFIABLE) == 1
    table = tmp_path / "list.tsv"
    table.write_text("code\tdisplay\n860975\tMetformin tablet\n", encoding="utf-8")
    report = verify_codes(folder, [table])
    assert report.total(Outcome.VERIFIED) == 1
    assert "list.tsv" in report.references


@pytest.mark.parametrize(
    "resource",
    [
        {
            "resourceType": "ValueSet",
            "compose": {
                "include": [{"system": SNOMED, "concept": [{"code": "60046008", "display": "Pleural effusion"}]}]
            },
        },
        {
            "resourceType": "Bundle",
            "entry": [
                {
                    "resource": {
                        "code": {"coding": [{"system": SNOMED, "code": "60046008", "display": "Pleural effusion"}]}
                    }
                }
            ],
        },
        {
            "resourceType": "CodeSystem",
            "url": SNOMED,
            "concept": [{"code": "1", "concept": [{"code": "60046008", "display": "Pleural effusion"}]}],
        },
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_codes_are_read_from_fhir_resources(tmp_path: Path, resource: dict[str, object]) -> None:
    path = tmp_path / "reference.json"
    path.write_text(json.dumps(resource), encoding="utf-8")
    assert read_reference(path).names == {(SNOMED, "60046008"): frozenset({"Pleural effusion"})}


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.json", b"{", "not JSON"),
        ("a.json", b"{}", "no code with a display"),
        ("a.tsv", b"term\tmeaning\n", "neither JSON nor a table with the columns code and display"),
        ("a.tsv", b"", "neither JSON nor a table"),
        ("a.tsv", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_an_unreadable_reference_is_named(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        read_reference(path)


def test_a_missing_reference_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_reference(tmp_path / "gone.json")


@pytest.fixture(scope="module")
def shipped() -> VerifyReport:
    return verify_codes(ROOT)


def test_no_shipped_code_is_wrong(shipped: VerifyReport) -> None:
    assert [str(found) for found in shipped.wrong] == []


def test_shipped_codes_are_proven_by_the_built_in_references(shipped: VerifyReport) -> None:
    assert shipped.counts["icd10cm"][Outcome.UNVERIFIABLE] == 0
    assert shipped.counts["icd10cm"][Outcome.VERIFIED] >= 700
    assert shipped.counts["snomed"][Outcome.VERIFIED] >= 600
