"""Objects as vendors and toolkits write them: legal, and yet not as the examples of the standard look."""

import pytest
from imaging_objects import (
    FINDING,
    KIDNEY,
    LEFT,
    NODULE,
    RIGHT,
    code,
    dx,
    group,
    header,
    item,
    seg,
    segment,
    site,
    sr,
    to_bytes,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from clinnote.imaging.sides.labels import SIDES_SEEN

STRUCTURE = ("123037004", "SCT", "Anatomical Structure")
WRONG_MEANING = ("7771000", "SCT", "Right")
"""The code for left with the meaning of right."""
BREAST = ("76752008", "SCT", "Breast")
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"


def said_in(label):
    return [(tuple(seen["values"]), seen["basis"]) for seen in label.metadata[SIDES_SEEN]]


def kidney_of(modifier):
    def change(dataset):
        kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = Sequence([code(modifier)])

    return seg([segment(1, "kidney", KIDNEY, STRUCTURE)], [(12, 14)], change=change)


def knee_of(modifier):
    knee = code(("72696002", "SCT", "Knee"))
    knee.AnatomicRegionModifierSequence = Sequence([code(modifier)])
    return dx(AnatomicRegionSequence=[knee])


@pytest.mark.parametrize(
    "data",
    [
        sr(group(item("CODE", FINDING, NODULE), site(KIDNEY, WRONG_MEANING))),
        kidney_of(WRONG_MEANING),
        knee_of(WRONG_MEANING),
    ],
    ids=["report", "segmentation", "header"],
)
def test_a_code_whose_own_meaning_names_the_other_side_shows_both(labels_in, data):
    (label,) = labels_in(data)
    assert label.sides.values == ("left",)
    assert said_in(label)[0] == (("left",), "code")
    assert (("right",), "label_text") in said_in(label)


@pytest.mark.parametrize("meaning", ["Left", "Links", "left side", ""])
def test_a_meaning_that_names_no_other_side_adds_nothing(labels_in, meaning):
    (label,) = labels_in(sr(group(item("CODE", FINDING, NODULE), site(KIDNEY, (*LEFT[:2], meaning)))))
    assert said_in(label) == [(("left",), "code")]


def test_the_specimen_of_a_slide_names_its_place(labels_in):
    breast = code(BREAST)
    breast.PrimaryAnatomicStructureModifierSequence = Sequence([code(RIGHT)])
    specimen = Dataset()
    specimen.SpecimenIdentifier, specimen.PrimaryAnatomicStructureSequence = "S1", Sequence([breast])
    (label,) = labels_in(to_bytes(header(WHOLE_SLIDE, "SM", SpecimenDescriptionSequence=[specimen]), WHOLE_SLIDE))
    assert (label.site.site, label.sides.values) == ("breast", ("right",))


@pytest.mark.parametrize(
    ("meaning", "presence"), [("Absent", "absent"), ("Possible", "uncertain"), ("Round", "present")]
)
def test_an_unlisted_code_for_a_presence_counts_by_its_meaning(labels_in, meaning, presence):
    evaluation = item("CODE", ("121052", "DCM", "Presence of property"), ("2667000", "SCT", meaning))
    (label,) = labels_in(sr(group(item("CODE", FINDING, NODULE), site(KIDNEY, LEFT), evaluation)))
    assert label.presence == presence
