"""Every way to say a side in a DICOM object, made with highdicom, rt-utils and pydicom, for both sides."""

import io

import numpy as np
import pytest
from imaging_objects import (
    FINDING,
    FINDING_SITE,
    KIDNEY,
    LATERALITY,
    LUNG,
    NODULE,
    dx,
    group,
    item,
    measured_report,
    number,
    on_image,
    rt_utils_rois,
    rtstruct,
    seg,
    segment,
    site,
    sr,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

CODES = {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}
OLD = {"left": ("G-A101", "SRT", "Left"), "right": ("G-A100", "SRT", "Right")}
BREASTS = {"left": ("80248007", "SCT", "Left breast"), "right": ("73056007", "SCT", "Right breast")}
FOUND = item("CODE", FINDING, NODULE)
LONG_AXIS = ("103339001", "SCT", "Long Axis")
X = {"left": 60.0, "right": -60.0}
# columns of the segmentations: 0 is x = -80 mm (the patient's right), 15 is x = +70 mm
COLUMNS = {"left": (12, 15), "right": (1, 4)}
TISSUE = ("85756007", "SCT", "Tissue")
ANATOMY = ("123037004", "SCT", "Anatomical Structure")


def scoord3d(side):
    region = item("SCOORD3D", ("111030", "DCM", "Image Region"))
    region.GraphicType, region.GraphicData = "POINT", [X[side], 0.0, 5.0]
    return region


def named(text):
    return item("CODE", FINDING_SITE, ("1", "99LOCAL", text), relation="HAS CONCEPT MOD")


SR = {
    "laterality of the finding site": lambda s: sr(group(FOUND, site(LUNG, CODES[s]))),
    "old codes throughout": lambda s: sr(
        group(
            FOUND,
            site(
                ("T-28000", "SRT", "Lung"),
                OLD[s],
                ("G-C0E3", "SRT", "Finding Site"),
                ("G-C171", "SRT", "Laterality"),
            ),
        )
    ),
    "site at a single measurement": lambda s: sr(group(FOUND, number(LONG_AXIS, 5, "mm", site(LUNG, CODES[s])))),
    "site below the finding": lambda s: sr(group(item("CODE", FINDING, NODULE, site(LUNG, CODES[s])))),
    "code of the site": lambda s: sr(group(FOUND, site(BREASTS[s]))),
    "code of the site, in another language": lambda s: sr(group(FOUND, site((*BREASTS[s][:2], "Brust")))),
    "code of the site, without meaning": lambda s: sr(group(FOUND, site((*BREASTS[s][:2], "")))),
    "words of a private site": lambda s: sr(group(FOUND, named(f"{s} lung"))),
    "laterality of the group": lambda s: sr(group(FOUND, site(LUNG), item("CODE", LATERALITY, CODES[s]))),
    "laterality of the finding": lambda s: sr(
        group(item("CODE", FINDING, NODULE, item("CODE", LATERALITY, CODES[s])), site(LUNG))
    ),
    "topographical modifier": lambda s: sr(
        group(
            FOUND,
            item(
                "CODE",
                FINDING_SITE,
                LUNG,
                item("CODE", ("106233006", "SCT", "Topographical modifier"), CODES[s]),
            ),
        )
    ),
    "private laterality": lambda s: sr(
        group(FOUND, site(LUNG, ("X1", "99VENDOR", s.capitalize()), side_name=("S", "99VENDOR", "Laterality")))
    ),
    "laterality of the container around": lambda s: sr(
        item(
            "CONTAINER",
            ("121070", "DCM", "Findings"),
            None,
            item("CODE", LATERALITY, CODES[s], relation="HAS CONCEPT MOD"),
            item("CODE", FINDING, NODULE, site(LUNG)),
        )
    ),
    "laterality of the image in its library": lambda s: sr(
        *on_image(CODES[s], item("CODE", ("111059", "DCM", "Single Image Finding"), NODULE)),
    ),
    "three-dimensional coordinates": lambda s: sr(group(FOUND, site(LUNG), scoord3d(s))),
    "highdicom, laterality": lambda s: measured_report(CODES[s]),
    "highdicom, volumetric": lambda s: measured_report(CODES[s], kind="volumetric"),
    "highdicom, image group": lambda s: measured_report(CODES[s], kind="image"),
}


def modifier_of_type(side):
    def change(dataset):
        kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = Sequence([code_item(CODES[side])])

    return change


def modifier_of(region):
    def make(side):
        def change(dataset):
            part = code_item(LUNG)
            setattr(part, region.replace("Sequence", "ModifierSequence"), Sequence([code_item(CODES[side])]))
            setattr(dataset.SegmentSequence[0], region, Sequence([part]))

        return change

    return make


def code_item(triple):
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = triple
    return made


MIDDLE = [(8, 9)]
SEG = {
    "modifier of the type": lambda s: seg([segment(1, "x", KIDNEY, ANATOMY)], MIDDLE, change=modifier_of_type(s)),
    "modifier of the region": lambda s: seg(
        [segment(1, "x", NODULE)], MIDDLE, change=modifier_of("AnatomicRegionSequence")(s)
    ),
    "modifier of the primary structure": lambda s: seg(
        [segment(1, "x", NODULE)], MIDDLE, change=modifier_of("PrimaryAnatomicStructureSequence")(s)
    ),
    "code of the type": lambda s: seg([segment(1, "x", BREASTS[s], ANATOMY)], MIDDLE),
    "code of the type, in another language": lambda s: seg(
        [segment(1, "x", (*BREASTS[s][:2], "Sein"), ANATOMY)], MIDDLE
    ),
    "code of the region": lambda s: seg([segment(1, "x", NODULE, region=BREASTS[s])], MIDDLE),
    "label, as TotalSegmentator": lambda s: seg([segment(1, f"kidney_{s}", TISSUE, TISSUE)], MIDDLE),
    "label, as TG-263": lambda s: seg([segment(1, f"Kidney_{s[0].upper()}", TISSUE, TISSUE)], MIDDLE),
    "label, with a comma": lambda s: seg([segment(1, f"Lung, {s[0].upper()}", TISSUE, TISSUE)], MIDDLE),
    "voxels": lambda s: seg([segment(1, "lesion", NODULE)], [COLUMNS[s]]),
}
RTSTRUCT = {
    "TG-263": lambda s: rtstruct((f"Lung_{s[0].upper()}", "ORGAN", [0.0])),
    "TG-263 in reverse": lambda s: rtstruct((f"{s[0].upper()}_Lung", "ORGAN", [0.0])),
    "free words": lambda s: rtstruct((f"{s} lung", "ORGAN", [0.0])),
    "abbreviated": lambda s: rtstruct(({"left": "LT", "right": "RT"}[s] + " LUNG", "ORGAN", [0.0])),
    "target of treatment": lambda s: rtstruct(({"left": "PTV_LtBreast", "right": "PTV_RtBreast"}[s], "PTV", [0.0])),
    "contours": lambda s: rtstruct(("GTV", "GTV", [X[s]])),
    "name, by rt-utils": lambda s: rt_utils_rois((f"Lung_{s[0].upper()}", (7, 9))),
    "contours, by rt-utils": lambda s: rt_utils_rois(("GTV", COLUMNS[s])),
}
HEADER = {
    "Laterality": lambda s: dx(Laterality=s[0].upper(), BodyPartExamined="KNEE"),
    "Image Laterality": lambda s: dx(ImageLaterality=s[0].upper(), BodyPartExamined="KNEE"),
    "Measurement Laterality": lambda s: dx(MeasurementLaterality=s[0].upper(), BodyPartExamined="EYE"),
    "words of the body part": lambda s: dx(BodyPartExamined=f"{s.upper()} KNEE"),
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    "make", [pytest.param(make, id=f"{kind}: {name}") for kind, ways in
             (("SR", SR), ("SEG", SEG), ("RTSTRUCT", RTSTRUCT), ("header", HEADER)) for name, make in ways.items()]
)  # fmt: skip
def test_it_is_read_back(read_bytes, make, side):
    labels = read_bytes(make(side)).labels
    assert [label.sides.values for label in labels] == [(side,)]


def test_the_standard_s_name_of_a_code_and_the_file_s_words_may_contradict_each_other(labels_in):
    (label,) = labels_in(sr(group(FOUND, site((*BREASTS["right"][:2], "Left breast")))))
    assert (label.sides.values, label.sides.basis) == (("right",), "code")
    assert [(seen["values"], seen["where"]) for seen in label.metadata["sides_seen"]] == [
        (["right"], "code of the Finding Site"),
        (["left"], "name of the Finding Site"),
    ]


def test_reports_and_masks_made_by_highdicom_are_read_as_highdicom_reads_them(labels_in):
    import highdicom as hd

    data = measured_report(CODES["left"])
    (label,) = labels_in(data)
    (expected,) = hd.sr.srread(io.BytesIO(data)).content.get_planar_roi_measurement_groups()
    assert label.metadata["tracking_identifier"] == expected.tracking_identifier
    assert label.metadata["tracking_uid"] == expected.tracking_uid
    assert label.site.codes[0].code == expected.finding_sites[0].value.value
    assert label.size_mm == (11.0,)
    made = seg([segment(1, "lesion", NODULE), segment(2, "cyst", NODULE)], [(1, 4), (9, 15)])
    volume = hd.seg.segread(io.BytesIO(made)).get_volume(combine_segments=False)
    for place, label in enumerate(labels_in(made)):
        centre = np.argwhere(volume.array[..., place]).mean(axis=0)
        assert (volume.affine @ [*centre, 1.0])[:3] == pytest.approx(
            (label.geometry.x, label.geometry.y, label.geometry.z)
        )


def test_laterality_of_an_image_in_the_library_is_that_of_the_marks_on_it(labels_in):
    marks = item("CODE", ("111059", "DCM", "Single Image Finding"), NODULE)
    (label,) = labels_in(sr(*on_image(CODES["left"], marks, view=("399368009", "SCT", "medio-lateral oblique"))))
    assert (label.sides.basis, label.view, label.image_id) == ("header", "medio-lateral oblique", "2.25.71")
    assert label.metadata["sides_seen"][0]["where"].startswith("Image Laterality at ")
