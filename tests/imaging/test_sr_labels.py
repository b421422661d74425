"""Structured reports, TID 1500 and what deviates from it."""

import highdicom as hd
import numpy as np
import pytest
from imaging_objects import (
    BOTH,
    FINDING,
    FINDING_SITE,
    KIDNEY,
    LATERALITY,
    LEFT,
    LUNG,
    NODULE,
    RIGHT,
    STUDY,
    ct_slice,
    group,
    item,
    number,
    site,
    sr,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as DicomCode

from clinnote.model.codes import SNOMED

FOUND = item("CODE", FINDING, NODULE)
LONG_AXIS = ("103339001", "SCT", "Long Axis")
SHORT_AXIS = ("G-A186", "SRT", "Short Axis")


def test_finding_site_and_laterality_of_a_measurement_group(labels_in):
    (label,) = labels_in(sr(group(FOUND, site(LUNG, LEFT), number(LONG_AXIS, 1.2, "cm"), number(SHORT_AXIS, 8, "mm"))))
    assert label.study_id == STUDY
    assert label.finding.text == "Nodule"
    assert label.finding.codes[0].key == (SNOMED, "27925004")
    assert (label.sides.values, label.sides.basis) == (("left",), "code")
    assert (label.site.text, label.site.site) == ("Lung", "lung")
    assert label.size_mm == (12.0, 8.0)
    assert (label.date, label.presence) == ("2024-03-17", "present")
    assert (label.source.format, label.source.pointer) == ("dicom-sr", "1.1.1")
    assert label.metadata["patient_id"] == "P-1"
    assert label.metadata["accession"] == "A-1"
    assert label.metadata["patient_sex"] == "F"


@pytest.mark.parametrize(
    ("side", "values"),
    [
        (LEFT, ("left",)),
        (RIGHT, ("right",)),
        (BOTH, ("left", "right")),
        (("G-A101", "SRT", "Left"), ("left",)),
        (("G-A100", "SNM3", "Right"), ("right",)),
        (("G-A102", "SRT", "Bilateral"), ("left", "right")),
        (("419161000", "SCT", "Unilateral left"), ("left",)),
        (("419465000", "SCT", "Unilateral right"), ("right",)),
        (("31156008", "SCT", "Structure of left half of body"), ("left",)),
        (("85421007", "SCT", "Structure of right half of body"), ("right",)),
        (("RID5824", "RADLEX", "left"), ("left",)),
        (("RID5825", "RadLex", "right"), ("right",)),
        (("399488007", "SCT", "Midline"), ("midline",)),
        (("66459002", "SCT", "Unilateral"), ()),
    ],
)
def test_every_code_for_a_side_that_occurs_in_the_wild(labels_in, side, values):
    (label,) = labels_in(sr(group(FOUND, site(LUNG, side))))
    assert label.sides.values == values


def test_old_snomed_codes_become_snomed_ct(labels_in):
    old_site = site(
        ("T-28000", "SRT", "Lung"), ("G-A100", "SRT", "Right"), ("G-C0E3", "SRT", "Finding Site"),
        ("G-C171", "SRT", "Laterality"),
    )  # fmt: skip
    (label,) = labels_in(sr(group(item("CODE", FINDING, ("M-80003", "SRT", "Neoplasm, Primary")), old_site)))
    assert label.sides.values == ("right",)
    assert label.site.codes[0].key == (SNOMED, "39607008")
    assert label.finding.codes[0].key == (SNOMED, "86049000")


def test_a_topographical_modifier_is_kept_and_one_that_holds_a_side_counts_as_side(labels_in):
    modifier = ("106233006", "SCT", "Topographical modifier")
    upper = item("CODE", FINDING_SITE, KIDNEY, item("CODE", modifier, ("261183002", "SCT", "Upper")))
    sided = item("CODE", FINDING_SITE, KIDNEY, item("CODE", modifier, RIGHT))
    one, two = labels_in(sr(group(FOUND, upper), group(FOUND, sided)))
    assert one.metadata["topographical_modifier"] == "Upper"
    assert one.sides.values == ()
    assert two.sides.values == ("right",)


def test_a_site_on_a_single_measurement_counts(labels_in):
    (label,) = labels_in(sr(group(FOUND, number(LONG_AXIS, 5, "mm", site(KIDNEY, LEFT)))))
    assert (label.site.site, label.sides.values) == ("kidney", ("left",))


def test_two_sites_give_two_labels_with_ids_of_their_own(labels_in):
    labels = labels_in(sr(group(FOUND, site(KIDNEY, LEFT), site(LUNG, RIGHT))))
    assert [(x.site.site, x.sides.values) for x in labels] == [("kidney", ("left",)), ("lung", ("right",))]
    assert len({x.label_id for x in labels}) == 2


def test_a_site_whose_name_holds_the_side_needs_no_laterality(labels_in):
    (label,) = labels_in(sr(group(FOUND, site(("44029006", "SCT", "Left lung")))))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lung", ("left",), "code")


def test_a_finding_in_the_right_atrium_is_no_right_sided_finding(labels_in):
    (label,) = labels_in(sr(group(FOUND, site(("73829009", "SCT", "Right atrium")))))
    assert (label.site.site, label.sides.values) == ("right_atrium", ())


@pytest.mark.parametrize(
    ("name", "value", "presence"),
    [
        (("121052", "DCM", "Presence of property"), ("52101004", "SCT", "Present"), "present"),
        (("121052", "DCM", "Presence of property"), ("272519000", "SCT", "Absent"), "absent"),
        (("705057003", "SCT", "Presence"), ("G-A203", "SRT", "Present"), "present"),
        (NODULE, ("272519000", "SCT", "Absent"), "absent"),
        (NODULE, ("82334004", "SCT", "Indeterminate"), "uncertain"),
        (("129748005", "SCT", "Calcification"), ("272519000", "SCT", "Absent"), "present"),
    ],
)
def test_presence_comes_from_evaluations_of_the_finding_itself(labels_in, name, value, presence):
    (label,) = labels_in(sr(group(FOUND, site(LUNG, LEFT), item("CODE", name, value))))
    assert label.presence == presence


def test_an_evaluation_without_finding_names_the_finding(labels_in):
    pneumothorax = item("CODE", ("36118008", "SCT", "Pneumothorax"), ("272519000", "SCT", "Absent"))
    (label,) = labels_in(sr(group(pneumothorax, site(LUNG, RIGHT))))
    assert (label.finding.text, label.presence, label.sides.values) == ("Pneumothorax", "absent", ("right",))


def test_a_coded_finding_outside_of_any_group_counts(labels_in):
    alone = item("CODE", FINDING, NODULE, site(LUNG, RIGHT), item("CODE", LATERALITY, RIGHT))
    (label,) = labels_in(sr(item("CONTAINER", ("121070", "DCM", "Findings"), None, alone)))
    assert (label.finding.text, label.site.site, label.sides.values) == ("Nodule", "lung", ("right",))


def test_three_dimensional_coordinates_give_a_side_where_no_code_does(labels_in):
    region = item("SCOORD3D", ("111030", "DCM", "Image Region"))
    region.GraphicType, region.GraphicData = "POLYLINE", [60.0, 0, 5, 80, 0, 5, 70, 30, 5]
    (label,) = labels_in(sr(group(FOUND, region)))
    assert (label.geometry.kind, label.geometry.unit, label.geometry.x) == ("centroid", "mm", 70.0)
    assert (label.sides.values, label.sides.basis) == (("left",), "oriented_geometry")


def test_a_code_that_contradicts_the_coordinates_wins_and_both_are_kept(labels_in):
    region = item("SCOORD3D", ("111030", "DCM", "Image Region"))
    region.GraphicType, region.GraphicData = "POINT", [70.0, 0, 5]
    (label,) = labels_in(sr(group(FOUND, site(LUNG, RIGHT), region)))
    assert (label.sides.values, label.sides.basis) == (("right",), "code")
    assert [(s["values"], s["basis"]) for s in label.metadata["sides_seen"]] == [
        (["right"], "code"),
        (["left"], "oriented_geometry"),
    ]


def test_groups_about_images_of_another_study_belong_to_that_study(labels_in):
    image = item("IMAGE", None, None)
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.77"
    image.ReferencedSOPSequence = Sequence([reference])
    evidence, series = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "2.25.76", Sequence([reference])
    evidence.StudyInstanceUID, evidence.ReferencedSeriesSequence = "2.25.75", Sequence([series])
    here, there = labels_in(
        sr(
            group(FOUND, site(LUNG, LEFT)),
            group(FOUND, site(LUNG, LEFT), image),
            CurrentRequestedProcedureEvidenceSequence=Sequence([evidence]),
        )
    )
    assert here.study_id == STUDY
    assert (there.study_id, there.series_id, there.image_id) == ("2.25.75", "2.25.76", "2.25.77")
    assert there.modality == "CT"


@pytest.mark.parametrize(
    "data",
    [
        sr(),
        sr(group(item("TEXT", ("112039", "DCM", "Tracking Identifier"), "1"), number(LONG_AXIS, 5, "mm"))),
        sr(item("TEXT", FINDING, "Nodule in the left lung")),
    ],
    ids=["empty", "only measurements", "only text"],
)
def test_reports_without_coded_findings_say_so(reject_of, data):
    reject = reject_of(data)
    assert (reject.reason, reject.skipped) == ("no_labels_in_object", True)


def test_odd_items_are_stepped_over_and_named(read_bytes):
    nameless, valueless = Dataset(), item("CODE", FINDING, NODULE)
    nameless.ValueType = "CODE"
    del valueless.ConceptCodeSequence
    result = read_bytes(sr(nameless, group(nameless, valueless, FOUND, site(LUNG, LEFT))))
    (label,), (reject,) = result.labels, result.rejects
    assert label.sides.values == ("left",)
    assert (reject.reason, reject.skipped) == ("items_not_read", True)
    assert reject.message.endswith(": 1.1.1 CODE, 1.1.2.1 CODE, 1.1.2.2 CODE")


def test_what_highdicom_writes_is_read_back(labels_in, tmp_path):
    def measured(number, side):
        return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(hd.UID(), f"lesion {number}"),
            referenced_region=hd.sr.ImageRegion3D(
                graphic_type=hd.sr.GraphicTypeValues3D.POINT,
                graphic_data=np.array([[50.0, 0.0, 10.0 * number]]),
                frame_of_reference_uid="2.25.30",
            ),
            finding_type=DicomCode(*NODULE),
            finding_sites=[hd.sr.FindingSite(DicomCode(*LUNG), laterality=DicomCode(*side))],
        )

    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(
            observer_person_context=hd.sr.ObserverContext(
                observer_type=codes.DCM.Person,
                observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes(name="Reader^One"),
            )
        ),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[measured(1, LEFT), measured(2, RIGHT)],
    )
    document = hd.sr.Comprehensive3DSR(
        evidence=[ct_slice(1)],
        content=content,
        series_number=5,
        series_instance_uid="2.25.50",
        sop_instance_uid="2.25.51",
        instance_number=1,
        manufacturer="clinnote",
    )
    document.save_as(tmp_path / "sr.dcm")
    labels = labels_in((tmp_path / "sr.dcm").read_bytes())
    groups = hd.sr.srread(tmp_path / "sr.dcm").content.get_planar_roi_measurement_groups()
    assert [x.sides.values for x in labels] == [("left",), ("right",)]
    assert [x.finding.codes[0].code for x in labels] == [g.finding_type.value for g in groups]
    assert [x.metadata["tracking_identifier"] for x in labels] == [g.tracking_identifier for g in groups]
    assert {x.annotator for x in labels} == {"Reader^One"}
    assert [x.geometry.z for x in labels] == [10.0, 20.0]
