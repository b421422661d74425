"""FHIR resources as image labels: every way to say a side, both sides, R4 and R5."""

import json

import pytest

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel

SCT = "http://snomed.info/sct"
UID = "1.2.840.99.1"
SIDES = {
    "CID 244": ({"system": SCT, "code": "7771000"}, {"system": SCT, "code": "24028007"}),
    "R4 value set": ({"system": SCT, "code": "419161000"}, {"system": SCT, "code": "419465000"}),
    "half of the body": ({"system": SCT, "code": "31156008"}, {"system": SCT, "code": "85421007"}),
    "SNOMED by OID": (
        {"system": "urn:oid:2.16.840.1.113883.6.96", "code": "7771000"},
        {"system": "urn:oid:2.16.840.1.113883.6.96", "code": "24028007"},
    ),
    "SNOMED-RT": ({"system": "http://example.org/srt", "code": "G-A101"}, {"system": "x", "code": "G-A100"}),
    "RadLex": (
        {"system": "http://radlex.org", "code": "RID5824"},
        {"system": "http://www.radlex.org", "code": "RID5825"},
    ),
    "letters": ({"system": "http://example.org", "code": "L"}, {"system": "http://example.org", "code": "R"}),
    "display": ({"display": "Left"}, {"display": "Right (qualifier value)"}),
}
BOTH = [
    pytest.param(pair[at], side, id=f"{name} {side}")
    for name, pair in SIDES.items()
    for at, side in enumerate(("left", "right"))
]
LUNG = {"system": SCT, "code": "39607008", "display": "Lung structure"}
KNEE = {"system": SCT, "code": "72696002", "display": "Knee region structure"}


def concept(*codings, text=None):
    return {"coding": list(codings), **({"text": text} if text else {})}


def study(*series, **more):
    return {
        "resourceType": "ImagingStudy",
        "id": "st1",
        "status": "available",
        "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{UID}"}, {"value": "ACC7"}],
        "subject": {"reference": "Patient/p1"},
        "started": "2026-01-02T03:04:05Z",
        "series": list(series),
        **more,
    }


def observation(**more):
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": concept(text="Finding"),
        "valueCodeableConcept": concept(text="Nodule"),
        "subject": {"reference": "Patient/p1"},
        "derivedFrom": [{"reference": "ImagingStudy/st1"}],
        **more,
    }


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def read(read_file, data, name="f.json"):
    found = read_file(name, data if isinstance(data, str) else json.dumps(data))
    return [x for x in found if isinstance(x, ImageLabel)], [x for x in found if isinstance(x, Reject)]


@pytest.mark.parametrize(("coding", "side"), BOTH)
@pytest.mark.parametrize("release", ["R4", "R5"])
def test_side_of_a_series(read_file, coding, side, release):
    series = (
        {"uid": f"{UID}.1", "modality": {"code": "DX"}, "bodySite": KNEE, "laterality": coding}
        if release == "R4"
        else {
            "uid": f"{UID}.1",
            "modality": concept({"code": "DX"}),
            "bodySite": {"concept": concept(KNEE)},
            "laterality": concept(coding),
        }
    )
    (label,), rejects = read(read_file, study(series))
    assert (label.study_id, label.series_id, label.modality, label.date) == (UID, f"{UID}.1", "DX", "2026-01-02")
    assert (label.finding.text, label.site.site, label.sides.values) == ("image", "knee", (side,))
    assert label.sides.basis == ("code" if "code" in coding else "label_text")
    assert (label.metadata["patient_id"], label.metadata["accession"]) == ("p1", "ACC7")
    assert rejects == []


@pytest.mark.parametrize(("coding", "side"), BOTH[:8])
def test_side_of_an_observation_beside_its_site(read_file, coding, side):
    data = bundle(study(), observation(bodySite=concept(LUNG, coding)))
    (label,), _ = read(read_file, data)
    assert (label.study_id, label.finding.text) == (UID, "Nodule")
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lung", (side,), "code")
    assert label.source.pointer == "Observation/o1"


@pytest.mark.parametrize(("code", "side"), [("7771000", "left"), ("24028007", "right")])
def test_a_post_coordinated_site(read_file, code, side):
    site = concept({"system": SCT, "code": f"39607008:272741003={code}"}, text="Lung")
    (label,), _ = read(read_file, bundle(study(), observation(bodySite=site)))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lung", (side,), "code")


@pytest.mark.parametrize("side", ["left", "right"])
def test_side_in_the_words_of_a_site(read_file, side):
    (label,), _ = read(read_file, bundle(study(), observation(bodySite={"text": f"{side.title()} lower lobe of lung"})))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lower_lobe", (side,), "label_text")


@pytest.mark.parametrize(("coding", "side"), BOTH[:4])
@pytest.mark.parametrize("form", ["R4", "R5", "extension", "contained"])
def test_side_in_a_body_structure(read_file, coding, side, form):
    structure = {"resourceType": "BodyStructure", "id": "b1", "patient": {"reference": "Patient/p2"}}
    if form == "R4":
        structure |= {"location": concept(LUNG), "locationQualifier": [concept(coding)]}
    else:
        structure |= {"includedStructure": [{"structure": concept(LUNG), "laterality": concept(coding)}]}
    more = {"bodyStructure": {"reference": "BodyStructure/b1"}}
    others = [structure]
    if form == "extension":
        more = {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/bodySite",
                    "valueReference": {"reference": "BodyStructure/b1"},
                }
            ]
        }
    elif form == "contained":
        more, others = {"bodyStructure": {"reference": "#b1"}, "contained": [structure]}, []
    labels, _ = read(read_file, bundle(study(), *others, observation(**more)))
    (label,) = labels
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lung", (side,), "code")


def test_a_body_structure_of_a_patient_with_one_study(read_file):
    structure = {
        "resourceType": "BodyStructure",
        "id": "b1",
        "patient": {"reference": "Patient/p1"},
        "morphology": concept(text="Mass"),
        "location": concept(LUNG),
        "locationQualifier": [concept({"system": SCT, "code": "7771000"})],
    }
    (label,), _ = read(read_file, bundle(structure, study()))
    assert (label.study_id, label.finding.text, label.sides.values) == (UID, "Mass", ("left",))
    labels, (reject,) = read(read_file, structure)
    assert (labels, reject.reason, reject.skipped) == ([], "not_about_images", True)


def component(code, **value):
    return {"code": concept(code) if "code" in code else code, **value}


def test_components_say_site_side_presence_and_size(read_file):
    parts = [
        component({"system": SCT, "code": "363698007"}, valueCodeableConcept=concept(LUNG)),
        component(
            {"system": SCT, "code": "272741003"}, valueCodeableConcept=concept({"system": SCT, "code": "24028007"})
        ),
        component({"text": "Presence"}, valueCodeableConcept=concept(text="absent")),
        component({"text": "Diameter"}, valueQuantity={"value": 1.2, "unit": "cm", "code": "cm"}),
    ]
    (label,), _ = read(read_file, bundle(study(), observation(component=parts)))
    assert (label.site.site, label.sides.values, label.presence, label.size_mm) == (
        "lung",
        ("right",),
        "absent",
        (12.0,),
    )


def test_components_that_are_findings_of_their_own(read_file):
    parts = [
        {"code": {"text": "Pneumothorax"}, "valueBoolean": False},
        {"code": {"text": "Pleural effusion"}, "valueCodeableConcept": concept(text="present")},
        {"code": {"text": "Laterality"}, "valueString": "left"},
    ]
    chest = observation(code=concept(text="Chest X-ray findings"), valueCodeableConcept=None, component=parts)
    labels, _ = read(read_file, bundle(study(), chest))
    assert [(x.finding.text, x.presence, x.sides.values) for x in labels] == [
        ("Pneumothorax", "absent", ("left",)),
        ("Pleural effusion", "present", ("left",)),
    ]


@pytest.mark.parametrize(
    ("more", "finding", "presence"),
    [
        ({"code": concept(text="Pleural effusion"), "valueBoolean": True}, "Pleural effusion", "present"),
        ({"code": concept(text="Pleural effusion"), "valueBoolean": False}, "Pleural effusion", "absent"),
        ({"code": concept(text="Pneumothorax"), "valueString": "negative"}, "Pneumothorax", "absent"),
        (
            {
                "code": concept(text="Pneumothorax"),
                "valueCodeableConcept": concept({"system": SCT, "code": "52101004"}),
            },
            "Pneumothorax",
            "present",
        ),
        (
            {
                "code": concept(text="Pneumothorax"),
                "valueCodeableConcept": concept({"system": SCT, "code": "272519000"}),
            },
            "Pneumothorax",
            "absent",
        ),
        ({"interpretation": [concept({"code": "NEG"})]}, "Nodule", "absent"),
        ({"interpretation": concept({"code": "POS"})}, "Nodule", "present"),
        ({"interpretation": [concept({"code": "IND"})]}, "Nodule", "uncertain"),
        ({"code": concept(text="Finding"), "valueString": "Cavity"}, "Cavity", "present"),
    ],
)
def test_finding_and_presence(read_file, more, finding, presence):
    base = observation()
    if "code" in more:
        base.pop("valueCodeableConcept")
    (label,), _ = read(read_file, bundle(study(), {**base, **more}))
    assert (label.finding.text, label.presence) == (finding, presence)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_was_withdrawn_is_left_out(read_file, status):
    labels, rejects = read(read_file, bundle(study({"bodySite": KNEE}), observation(status=status)))
    assert [x.finding.text for x in labels] == ["image"]
    assert [(x.reason, x.skipped) for x in rejects] == [("entered_in_error", True)]
    labels, rejects = read(read_file, study({"bodySite": KNEE}, status="entered-in-error"))
    assert (labels, rejects[0].reason) == ([], "entered_in_error")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"derivedFrom": [{"reference": "ImagingStudy/st1"}]}, UID),
        ({"derivedFrom": [{"reference": "https://host/fhir/ImagingStudy/st1/_history/2"}]}, UID),
        ({"focus": [{"reference": "ImagingStudy/st1"}]}, UID),
        ({"partOf": [{"reference": "ImagingStudy/st1"}]}, UID),
        ({"derivedFrom": [{"reference": "urn:uuid:11"}]}, UID),
        ({"derivedFrom": [{"type": "ImagingStudy", "identifier": {"value": f"urn:oid:{UID}.5"}}]}, f"{UID}.5"),
        ({"derivedFrom": [{"identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{UID}.5"}}]}, f"{UID}.5"),
        ({"derivedFrom": [{"reference": "ImagingStudy/elsewhere"}]}, "elsewhere"),
        ({"derivedFrom": [{"reference": "#s"}], "contained": [{**study(), "id": "s"}]}, UID),
    ],
)
def test_the_study_of_an_observation(read_file, link, expected):
    data = bundle(study())
    data["entry"][0]["fullUrl"] = "urn:uuid:11"
    data["entry"].append({"resource": {**observation(derivedFrom=None), **link}})
    (label,), _ = read(read_file, data)
    assert label.study_id == expected


def test_a_report_links_its_results_to_its_study(read_file):
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "conclusion": "Nodule.",
        "result": [{"reference": "Observation/o1"}],
        "imagingStudy": [{"reference": "ImagingStudy/st1"}],
    }
    labels, (reject,) = read(read_file, bundle(report, observation(derivedFrom=None), study()))
    assert [x.study_id for x in labels] == [UID]
    assert reject.reason == "not_about_images"


def test_observations_about_no_image_are_passed_over(read_file):
    labels, (reject,) = read(read_file, bundle(observation(derivedFrom=None), {"resourceType": "Patient", "id": "p1"}))
    assert (labels, reject.reason, reject.skipped) == ([], "not_about_images", True)
    assert "2 resources" in reject.message


@pytest.mark.parametrize(
    ("status", "presence"), [("confirmed", "present"), ("refuted", "absent"), ("provisional", "uncertain")]
)
def test_conditions(read_file, status, presence):
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "code": concept(text="Fracture of radius"),
        "subject": {"reference": "Patient/p1"},
        "verificationStatus": concept({"code": status}),
        "evidence": [{"detail": [{"reference": "ImagingStudy/st1"}]}],
        "bodySite": [concept({"display": "Wrist"}), concept({"system": SCT, "code": "24028007"})],
    }
    (label,), _ = read(
        read_file, bundle(study(), condition, {"resourceType": "Patient", "id": "p1", "gender": "female"})
    )
    assert (label.presence, label.sides.values, label.metadata["patient_sex"]) == (presence, ("right",), "F")


def test_ndjson_may_refer_to_a_line_below(read_file):
    lines = [observation(), {"resourceType": "Patient", "id": "p1"}, study({"bodySite": KNEE})]
    text = "\n".join([json.dumps(lines[0]), "{broken", "[1]", *map(json.dumps, lines[1:])]) + "\n"
    labels, rejects = read(read_file, text, "Observation.ndjson")
    assert {x.study_id for x in labels} == {UID}
    assert len(labels) == 2
    assert [(x.line, x.reason) for x in rejects if not x.skipped] == [(2, "not_json"), (3, "not_an_object")]


def test_resources_against_the_profile_never_crash(read_file):
    odd = [
        {
            "resourceType": "ImagingStudy",
            "series": [{"bodySite": "knee", "laterality": 3}, 4, {"bodySite": {"coding": [7]}}],
        },
        {"resourceType": "ImagingStudy", "id": "x", "series": "no"},
        {
            "resourceType": "Observation",
            "code": "x",
            "derivedFrom": {"reference": "ImagingStudy/st1"},
            "component": [1, {}],
        },
        {"resourceType": "BodyStructure", "patient": "x", "includedStructure": [3]},
        {"resourceType": "Condition", "evidence": [{"detail": 3}], "bodySite": 3},
        {"resourceType": 3},
    ]
    labels, rejects = read(read_file, bundle(*odd, 3))
    assert labels == []
    assert {x.reason for x in rejects} <= {"missing_study_id", "missing_finding", "not_about_images", "bad_record"}


@pytest.mark.parametrize(("code", "side"), [("7771000", "left"), ("24028007", "right")])
@pytest.mark.parametrize("term", ["", " |Finding site (attribute)| "])
def test_a_side_nested_in_an_expression(read_file, code, side, term):
    value = concept(
        {"system": SCT, "code": f"60046008:{{363698007{term}=(39607008:272741003={code})}}"}, text="Effusion"
    )
    (label,), _ = read(read_file, bundle(study(), observation(valueCodeableConcept=value)))
    assert (label.sides.values, label.sides.basis) == ((side,), "code")


def test_a_series_that_refers_to_a_body_structure(read_file):
    left = {"structure": concept(LUNG), "laterality": concept({"system": SCT, "code": "7771000"})}
    place = {"resourceType": "BodyStructure", "id": "b1", "includedStructure": [left]}
    series = {"uid": "1.2.9", "bodySite": {"reference": {"reference": "BodyStructure/b1"}}}
    labels, _ = read(read_file, bundle(study(series), place))
    assert [(x.site.site, x.sides.values, x.sides.basis) for x in labels] == [("lung", ("left",), "code")]


def test_entries_that_are_no_resources_are_counted(read_file):
    made = bundle(study({"bodySite": KNEE}), None)
    labels, rejects = read(read_file, {**made, "entry": [*made["entry"], None]})
    assert [x.finding.text for x in labels] == ["image"]
    assert [(x.reason, x.message.split(" ", 1)[0]) for x in rejects] == [("bad_record", "2")]


def test_bundles_that_were_written_apart_may_use_the_same_ids(tmp_path, home):
    findings = {1: "Nodule", 2: "Mass", 3: "Cyst"}
    for number, finding in findings.items():
        study = {"resourceType": "ImagingStudy", "id": "s", "identifier": [{"value": f"urn:oid:1.2.{number}"}]}
        told = {
            "resourceType": "Observation", "id": "o", "status": "final", "valueBoolean": True,
            "code": {"text": finding}, "derivedFrom": [{"reference": "ImagingStudy/s"}],
        }  # fmt: skip
        (tmp_path / f"{number}.json").write_text(json.dumps(bundle(study, told)))
    labels = [x for x in read_image_labels([tmp_path], home) if isinstance(x, ImageLabel)]
    assert {x.finding.text: x.study_id for x in labels} == {finding: f"1.2.{n}" for n, finding in findings.items()}
