"""One case a row: what the report says, what the labels say, and which conflicts a clinician would want to see."""

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import Knowledge, check_study

EFFUSION = Said("There is a small right pleural effusion.", "pleural effusion", "pleural_effusion", "right")
LEFT_EFFUSION = Said("There is a small left pleural effusion.", "pleural effusion", "pleural_effusion", "left")
UPPER = Said("Nodule in the right upper lobe.", "Nodule", "nodule", "right", "upper_lobe", "upper lobe")
LOWER = Said("Nodule in the right lower lobe.", "Nodule", "nodule", "right", "lower_lobe", "lower lobe")
NEGATED = Said("No pleural effusion.", "pleural effusion", "pleural_effusion", polarity="negated", cue="No")


def but(said: Said, **changes: object) -> Said:
    from dataclasses import replace

    return replace(said, **changes)  # type: ignore[arg-type]


CASES = {
    # opposite sides
    "right in the text, left in the label": ([EFFUSION], [label("Pleural Effusion", "left")], {"side_opposite"}),
    "the same side": ([EFFUSION], [label("Pleural Effusion", "right")], set()),
    "the label has no side": ([EFFUSION], [label("Pleural Effusion")], set()),
    "the text has no side": ([but(EFFUSION, side=None)], [label("Pleural Effusion", "left")], set()),
    "both sides are labelled one by one, one is named": (
        [EFFUSION],
        [label("Pleural Effusion", "left"), label("Pleural Effusion", "right", number=2)],
        {"side_subset"},
    ),
    "both sides are labelled and named one by one": (
        [EFFUSION, LEFT_EFFUSION],
        [label("Pleural Effusion", "left"), label("Pleural Effusion", "right", number=2)],
        set(),
    ),
    "one wrong mention among right ones": (
        [EFFUSION, but(LEFT_EFFUSION, section="impression")],
        [label("Pleural Effusion", "right")],
        {"side_opposite", "side_internal"},
    ),
    "the wider word on the other side": (
        [Said("Opacity at the right base.", "Opacity", "opacity", "right", "lung_base", "base")],
        [label("Consolidation", "left", site="left lung base")],
        {"side_opposite"},
    ),
    "another label of the family has the side": (
        [Said("Opacity at the right base.", "Opacity", "opacity", "right", "lung_base", "base")],
        [label("Consolidation", "left"), label("Atelectasis", "right", number=2)],
        set(),
    ),
    "unrelated findings": ([EFFUSION], [label("Pneumothorax", "left")], {"labelled_not_mentioned"}),
    "another part of the body": (
        [Said("Fracture of the right clavicle.", "Fracture", "fracture", "right", "clavicle", "clavicle")],
        [label("Fracture", "left", site="left rib")],
        set(),
    ),
    "a second lesion that nobody labelled": (
        [UPPER, but(LOWER, side="left", sentence="Nodule in the left lower lobe.")],
        [label("Nodule", "left", site="left lower lobe")],
        set(),
    ),
    "the finding implies another organ": (
        [Said("Right thyroid nodule.", "thyroid nodule", "thyroid_nodule", "right")],
        [label("Nodule", "left", site="left lung")],
        set(),
    ),
    # what is set aside
    "history": ([but(EFFUSION, temporality="historical")], [label("Pleural Effusion", "left")], set()),
    "hypothetical": ([but(EFFUSION, temporality="hypothetical")], [label("Pleural Effusion", "left")], set()),
    "resolved": ([but(EFFUSION, change="resolved")], [label("Pleural Effusion", "left")], set()),
    "a relative": ([but(EFFUSION, experiencer="family")], [label("Pleural Effusion", "left")], set()),
    "indication": ([but(EFFUSION, section="indication")], [label("Pleural Effusion", "left")], set()),
    "comparison": ([but(EFFUSION, section="comparison")], [label("Pleural Effusion", "left")], set()),
    "label says absent": ([EFFUSION], [label("Pleural Effusion", "left", presence="absent")], set()),
    "label uncertain": ([EFFUSION], [label("Pleural Effusion", "left", presence="uncertain")], set()),
    "an old fracture is still on the image": (
        [
            Said(
                "Old right rib fracture.",
                "rib fracture",
                "rib_fracture",
                "right",
                temporality="historical",
                cue="Old",
                gives="temporality=historical",
            )
        ],
        [label("Rib fracture", "left")],
        {"side_opposite"},
    ),
    "a guess at what another shadow is": (
        [
            Said("Consolidation at the left base.", "Consolidation", "consolidation", "left"),
            Said("Atelectasis at the right base.", "Atelectasis", "atelectasis", "right"),
            Said(
                "The left could be atelectasis.",
                "atelectasis",
                "atelectasis",
                "left",
                section="impression",
                certainty="possible",
            ),
        ],
        [label("Consolidation", "left"), label("Atelectasis", "right", number=2)],
        set(),
    ),
    # subset
    "bilateral in the text, one side labelled": (
        [Said("Small bilateral pleural effusions.", "pleural effusions", "pleural_effusion", "bilateral")],
        [label("Pleural Effusion", "left")],
        {"side_subset"},
    ),
    "one side in the text, both labelled": ([EFFUSION], [label("Pleural Effusion", "left", "right")], {"side_subset"}),
    "each side in a sentence of its own": (
        [EFFUSION, LEFT_EFFUSION],
        [label("Pleural Effusion", "left", "right")],
        set(),
    ),
    "two effusions, one labelled": ([EFFUSION, LEFT_EFFUSION], [label("Pleural Effusion", "left")], {"side_subset"}),
    # inside the report
    "findings right, impression left": ([EFFUSION, but(LEFT_EFFUSION, section="impression")], [], {"side_internal"}),
    "findings right, impression right": ([EFFUSION, but(EFFUSION, section="impression")], [], set()),
    "findings both, impression left": (
        [EFFUSION, LEFT_EFFUSION, but(LEFT_EFFUSION, section="impression")],
        [],
        set(),
    ),
    "two sides in one section": ([EFFUSION, LEFT_EFFUSION], [], set()),
    "another lobe in the impression": (
        [UPPER, but(LOWER, side="left", sentence="Nodule in the left lower lobe.", section="impression")],
        [],
        set(),
    ),
    # places
    "upper lobe against lower lobe": ([UPPER], [label("Nodule", "right", site="right lower lobe")], {"site_mismatch"}),
    "lobe against the zone that overlaps it": ([LOWER], [label("Nodule", "right", site="right lung base")], set()),
    "lobe against the whole lung": ([LOWER], [label("Nodule", "right", site="right lung")], set()),
    "both lobes are named": ([UPPER, LOWER], [label("Nodule", "right", site="right lower lobe")], set()),
    "rib 5 against rib 9": (
        [Said("Fracture of the left rib 5.", "Fracture", "rib_fracture", "left", "rib_5", "rib 5")],
        [label("Rib fracture", "left", site="left rib 9")],
        {"level_mismatch"},
    ),
    "rib 5 against rib 5": (
        [Said("Fracture of the left rib 5.", "Fracture", "rib_fracture", "left", "rib_5", "rib 5")],
        [label("Rib fracture", "left", site="left rib 5")],
        set(),
    ),
    # presence
    "denied but labelled": ([NEGATED], [label("Pleural Effusion")], {"negated_but_labelled"}),
    "no large effusion leaves a small one": (
        [but(NEGATED, sentence="No large pleural effusion.")],
        [label("Pleural Effusion")],
        set(),
    ),
    "denied on the other side": (
        [but(NEGATED, sentence="No right pleural effusion.", side="right")],
        [label("Pleural Effusion", "left")],
        set(),
    ),
    "denied and labelled absent": ([NEGATED], [label("Pleural Effusion", presence="absent")], set()),
    "denied, then affirmed": (
        [NEGATED, but(LEFT_EFFUSION, section="impression")],
        [label("Pleural Effusion", "left")],
        {"present_but_absent"},
    ),
    "labelled, never named": ([EFFUSION], [label("Pneumothorax")], {"labelled_not_mentioned"}),
}


@pytest.mark.parametrize(("said", "labels", "kinds"), CASES.values(), ids=CASES.keys())
def test_kinds(said: list[Said], labels: list, kinds: set[str], knowledge: Knowledge) -> None:
    result = check_study([report(*said)], labels, knowledge)
    assert {conflict.kind for conflict in result.conflicts} == kinds


@pytest.mark.parametrize(("sexes", "kinds"), [(("F",), ["identity"]), (("M",), []), (("F", "M"), []), ((), [])])
def test_an_organ_of_the_other_sex_than_the_image_headers_name(sexes, kinds, knowledge: Knowledge):
    organ = report(Said("The prostate is enlarged.", "prostate is enlarged", "prostate_enlargement", site="prostate"))
    labels = [label("Nodule", patient_sex=sex) for sex in sexes] or [label("Nodule")]
    found = [c.kind for c in check_study([organ], labels, knowledge).conflicts if c.kind == "identity"]
    assert found == kinds
