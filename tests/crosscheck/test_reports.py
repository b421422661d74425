"""Whole reports through the radiology pipeline: the traps that make a side word mean something else."""

import pytest
from crosscheck_records import label

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.note import Note
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import find_home

LOUD = ("critical", "high", "medium")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger("radiology", None, find_home())


CLEAN = {
    "right greater than left is bilateral": (
        "FINDINGS: Bilateral pleural effusions, right greater than left.",
        [label("Pleural Effusion", "left", "right")],
    ),
    "each side in its own words": (
        "FINDINGS: Small right and moderate left pleural effusions.",
        [label("Pleural Effusion", "left"), label("Pleural Effusion", "right", number=2)],
    ),
    "the tip of a line": (
        "FINDINGS: Left PICC with its tip in the right atrium.",
        [label("Catheters, Indwelling", "left")],
    ),
    "a line by the vessel it enters": (
        "FINDINGS: Right internal jugular catheter, tip in the left brachiocephalic vein.",
        [label("Catheters, Indwelling", "right")],
    ),
    "a shift away from the lesion": (
        "FINDINGS: Large left pneumothorax with mediastinal shift to the right.",
        [label("Pneumothorax", "left")],
    ),
    "a heart chamber": (
        "FINDINGS: The left atrium is enlarged. Right lower lobe consolidation.",
        [label("Consolidation", "right")],
    ),
    "a lobe of the liver": (
        "FINDINGS: Cyst in the left lobe of the liver.",
        [label("Cyst", site="liver"), label("Cyst", "right", site="right kidney", number=2)],
    ),
    "a view": (
        "FINDINGS: Left lateral view. Opacity in the right middle lobe.",
        [label("Opacity", "right", site="right middle lobe")],
    ),
    "a denied side": (
        "FINDINGS: Left pleural effusion. No right pleural effusion.",
        [label("Pleural Effusion", "left")],
    ),
    "history": (
        "INDICATION: Previous right pneumothorax.\nFINDINGS: Small left pneumothorax.",
        [label("Pneumothorax", "left")],
    ),
    "resolved": (
        "FINDINGS: The right pneumothorax has resolved. Small left apical pneumothorax.",
        [label("Pneumothorax", "left")],
    ),
    "removed": (
        "FINDINGS: The right internal jugular catheter has been removed. Left PICC in place.",
        [label("Catheters, Indwelling", "left")],
    ),
    "the lingula is left": ("FINDINGS: Opacity in the lingula.", [label("Opacity", "left")]),
    "the middle lobe is right": ("IMPRESSION: Middle lobe atelectasis.", [label("Atelectasis", "right")]),
    "two nodules, one labelled": (
        "FINDINGS: 5 mm nodule in the right upper lobe. 8 mm nodule in the left lower lobe.",
        [label("Nodule", "left", site="left lower lobe")],
    ),
    "zones and lobes": (
        "FINDINGS: Consolidation in the right lower lung zone.",
        [label("Consolidation", "right", site="right middle lobe")],
    ),
    "opacity is the wider word": (
        "FINDINGS: Patchy opacity at the left base. IMPRESSION: Left lower lobe pneumonia.",
        [label("Consolidation", "left", site="left lower lobe")],
    ),
    "a part is denied": (
        "FINDINGS: No large pleural effusion. No focal consolidation.",
        [label("Pleural Effusion", "left"), label("Consolidation", "left", number=2)],
    ),
    "the symptoms are on the other side": (
        "INDICATION: Left-sided weakness.\nFINDINGS: Acute infarct in the right frontal lobe.",
        [label("Infarct", "right", site="right frontal lobe")],
    ),
    "the title and a look at the other knee": (
        "EXAM: MRI right knee.\nFINDINGS: Tear of the medial meniscus of the right knee. Small left knee effusion.",
        [],
    ),
    "a view in the title": (
        "EXAM: XR chest, left lateral decubitus view.\nFINDINGS: Small right pleural effusion.",
        [label("Pleural Effusion", "right")],
    ),
    "the sound breast": (
        "FINDINGS: Mass in the left breast at 2 o'clock. The right breast is unremarkable.",
        [label("Mass", "left", site="left breast")],
    ),
}


@pytest.mark.parametrize(("text", "labels"), CLEAN.values(), ids=CLEAN.keys())
def test_nothing_to_say(text, labels, tagger, knowledge: Knowledge):
    result = check_study([tagger(Note("N1", text, study_id="S1"))], labels, knowledge)
    assert [conflict.explanation for conflict in result.conflicts if conflict.severity in LOUD] == []


WRONG = {
    "findings": ("FINDINGS: Small right pleural effusion.", [label("Effusion", "left")], "side_opposite"),
    "the other line": (
        "FINDINGS: Right PICC, tip in the SVC.",
        [label("Catheters, Indwelling", "left")],
        "side_opposite",
    ),
    "a kidney": ("IMPRESSION: Left renal cyst.", [label("Cyst", "right", site="right kidney")], "side_opposite"),
    "a breast": (
        "FINDINGS: Irregular mass in the right breast.\nIMPRESSION: Suspicious left breast mass.",
        [],
        "side_internal",
    ),
    "a lobe": (
        "FINDINGS: Nodule in the right upper lobe.",
        [label("Nodule", "right", site="right lower lobe")],
        "site_mismatch",
    ),
    "denied": ("FINDINGS: No pneumothorax.", [label("Pneumothorax", "left")], "negated_but_labelled"),
    "both against one": ("IMPRESSION: Bilateral pleural effusions.", [label("Effusion", "left")], "side_subset"),
    "a brain": (
        "IMPRESSION: Mass in the left frontal lobe.",
        [label("Mass", "right", site="right frontal lobe")],
        "side_opposite",
    ),
    "another knee than the title's": (
        "EXAM: MRI right knee without contrast.\nFINDINGS: Tear of the medial meniscus of the left knee.",
        [],
        "side_internal",
    ),
    "another shoulder than the first line's": (
        "XR LEFT SHOULDER 2 VIEWS\n\nFINDINGS: Fracture of the right humerus.",
        [],
        "side_internal",
    ),
    "lingula against right": ("FINDINGS: Opacity in the lingula.", [label("Opacity", "right")], "side_opposite"),
}


@pytest.mark.parametrize(("text", "labels", "kind"), WRONG.values(), ids=WRONG.keys())
def test_the_contradiction_is_found(text, labels, kind, tagger, knowledge: Knowledge):
    result = check_study([tagger(Note("N1", text, study_id="S1"))], labels, knowledge)
    assert [conflict.kind for conflict in result.conflicts if conflict.severity in LOUD] == [kind]
