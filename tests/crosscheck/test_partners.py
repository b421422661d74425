"""Many readers and repeated sentences are one claim; each lesion finds its own label; who is blamed for a side."""

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.crosscheck.results import StudyResult
from clinnote.crosscheck.study import Study, build_study
from clinnote.model.image_label import Geometry, ImageLabel

LEFT = Said("There is a left pleural effusion.", "pleural effusion", "pleural_effusion", "left")
RIGHT = Said("There is a right pleural effusion.", "pleural effusion", "pleural_effusion", "right")
UPPER = Said("Nodule in the right upper lobe.", "Nodule", "nodule", "right", "upper_lobe", "upper lobe")
LOWER = Said("Nodule in the left lower lobe.", "Nodule", "nodule", "left", "lower_lobe", "lower lobe")


def paired(result: StudyResult) -> set[tuple[str, str]]:
    return {(verdict.mention_id, verdict.label_id) for verdict in result.verdicts if verdict.paired}


def study_of(said: list[Said], labels: list[ImageLabel], knowledge: Knowledge) -> Study:
    return build_study([report(*said)], labels, knowledge)


def test_two_effusions_find_their_two_boxes(knowledge: Knowledge):
    boxes = [label("Pleural effusion", "right", number=1), label("Pleural effusion", "left", number=2)]
    result = check_study([report(LEFT, RIGHT)], boxes, knowledge)
    assert paired(result) == {("m0", "L2"), ("m1", "L1")}
    assert result.conflicts == ()


def test_nodules_in_two_lobes_find_their_own(knowledge: Knowledge):
    marks = [
        label("Nodule", "left", site="left lower lobe"),
        label("Nodule", "right", site="right upper lobe", number=2),
    ]
    result = check_study([report(UPPER, LOWER)], marks, knowledge)
    assert paired(result) == {("m0", "L2"), ("m1", "L1")}
    cross = {verdict.reason for verdict in result.verdicts if not verdict.paired}
    assert cross == {"another lesion of the kind accounts for the side"}


def test_boxes_of_three_readers_are_one_claim_and_each_gets_a_verdict(knowledge: Knowledge):
    boxes = [label("Pleural effusion", "left", number=number) for number in (1, 2, 3)]
    assert len(study_of([LEFT], boxes, knowledge).marks) == 1
    result = check_study([report(LEFT)], boxes, knowledge)
    assert {(verdict.label_id, verdict.value) for verdict in result.verdicts} == {
        ("L1", "agree"),
        ("L2", "agree"),
        ("L3", "agree"),
    }


def test_one_card_for_three_readers_on_the_other_side_names_all_labels(knowledge: Knowledge):
    boxes = [label("Pleural effusion", "right", number=number) for number in (1, 2, 3)]
    (conflict,) = check_study([report(LEFT)], boxes, knowledge).conflicts
    assert (conflict.kind, conflict.metadata["other_labels"]) == ("side_opposite", ["L2", "L3"])


def test_a_repeated_sentence_is_one_claim(knowledge: Knowledge):
    study = study_of([LEFT, LEFT, LEFT], [label("Pleural effusion", "left")], knowledge)
    assert len(study.said) == 1
    assert len(study.like_text(study.texts[2])) == 3
    assert study.of_text(study.texts[2]) == study.of_text(study.texts[0]) != ()


BLAMED = {
    "findings and impression agree against one label": (
        [LEFT, Said(LEFT.sentence, LEFT.words, LEFT.concept, "left", section="impression")],
        [label("Pleural effusion", "right")],
        "label",
    ),
    "the impression agrees with the label": (
        [LEFT, Said(RIGHT.sentence, RIGHT.words, RIGHT.concept, "right", section="impression")],
        [label("Pleural effusion", "right")],
        "report",
    ),
    "two sources agree against one sentence": (
        [LEFT],
        [label("Pleural effusion", "right"), label("Pleural effusion", "right", number=2, file="other.csv")],
        "report",
    ),
    "one against one": ([LEFT], [label("Pleural effusion", "right")], "unclear"),
}


@pytest.mark.parametrize(("said", "labels", "blamed"), BLAMED.values(), ids=BLAMED.keys())
def test_outvoting_decides_who_is_suspected(said, labels, blamed, knowledge: Knowledge):
    conflicts = check_study([report(*said)], labels, knowledge).conflicts
    assert [found.metadata["blames"] for found in conflicts if found.kind == "side_opposite"] == [blamed]


def seen(*stated: tuple[str, str]) -> list[dict[str, object]]:
    return [{"values": [side], "basis": basis, "where": basis} for side, basis in stated]


def test_text_and_label_text_outvote_the_geometry(knowledge: Knowledge):
    torn = label(
        "Pleural effusion",
        "left",
        basis="label_text",
        sides_seen=seen(("left", "label_text"), ("right", "oriented_geometry")),
    )
    (conflict,) = check_study([report(LEFT)], [torn], knowledge).conflicts
    assert (conflict.kind, conflict.metadata["blames"]) == ("image_internal", "geometry with orientation")


def test_a_label_that_contradicts_itself_accuses_no_report(knowledge: Knowledge):
    torn = label("Pleural effusion", "right", sides_seen=seen(("right", "code"), ("left", "label_text")))
    (conflict,) = check_study([report(LEFT)], [torn], knowledge).conflicts
    assert (conflict.kind, conflict.metadata["blames"]) == ("image_internal", "coded side")


@pytest.mark.parametrize(("x", "kinds"), [(-60.0, ["image_internal"]), (60.0, []), (-4.0, [])])
def test_a_point_on_the_other_side_than_the_code(x, kinds, knowledge: Knowledge):
    point = Geometry("centroid", "mm", x=x, y=0.0, z=0.0)
    marks = [label("Cyst", "left", site="kidney", geometry=point)]
    said = Said("Left renal cyst.", "renal cyst", "renal_cyst", "left")
    assert [found.kind for found in check_study([report(said)], marks, knowledge).conflicts] == kinds


def test_a_point_in_an_image_of_a_limb_has_no_side(knowledge: Knowledge):
    point = Geometry("centroid", "mm", x=-25.0, y=0.0, z=0.0)
    marks = [label("Meniscal tear", "left", site="medial meniscus", geometry=point)]
    said = Said("Tear of the left meniscus.", "Tear", "meniscal_tear", "left")
    assert check_study([report(said)], marks, knowledge).conflicts == ()


def test_a_box_far_on_the_other_side_than_the_words(knowledge: Knowledge):
    shape = Geometry("box", x=120.0, y=600.0, width=250.0, height=250.0, image_width=1000.0, orientation="L\\F")
    torn = label("Pleural effusion", "left", basis="label_text", geometry=shape, shape_side="right")
    (conflict,) = check_study([report(LEFT)], [torn], knowledge).conflicts
    assert (conflict.kind, conflict.metadata["blames"]) == ("image_internal", "geometry with orientation")


def test_five_thousand_boxes_are_few_claims(knowledge: Knowledge):
    boxes = [label("Nodule", "left" if number % 2 else "right", number=number) for number in range(5000)]
    study = study_of([UPPER, LOWER], boxes, knowledge)
    assert (len(study.marks), len(study.pairs)) == (2, 4)
