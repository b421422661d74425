"""Where sentences end; the bar marks every boundary."""

import pytest

from clinnote.pipeline.sentences import find_sentences

CASES = [
    "The heart is normal.| No effusion.",
    "Seen by Dr. Smith today.| No fever.",
    "Nodule of 3.5 cm in the lung.| Stable.",
    "Is there pneumonia?| Yes!| Treat.",
    "no fever.| lungs clear.| heart normal.",
    "Impression:|\n1. Cardiomegaly.|\n2. No effusion.",
    "- fever|\n- cough|\n- no chills",
    "The patient was seen in the emergency department today with chest\npain and cough.| He was sent home.",
    "The patient was seen in the emergency department today with chest\r\npain and cough.|\r\n\r\nHome.",
    "There is no evidence of\npneumothorax.",
    "FINDINGS:|\nThe lungs are clear",
    "Heart normal|\nLungs clear|\nNo effusion",
    "No fever, or\nchills",
    "First paragraph without a stop|\n\nSecond paragraph",
    "Approx. 3 cm nodule vs. scar.",
    "He was seen in the ED.| He left at 8 a.m.| He is well.",
    "He takes aspirin p.o. daily.",
    "Clear lungs.|The heart is large.",
    "Line one.|\r\nLine two.",
    "Fracture of rib no. 5 on the left.",
    "There was no. |Yes there was.",
    "A 5 mm nodule (right lung).| A cyst.",
]
EMPTY = ["", "\n", "\r\n", "   ", "\n\n\t\n"]


@pytest.mark.parametrize("marked", CASES)
def test_boundaries(marked):
    text = marked.replace("|", "")
    assert [span.quote(text) for span in find_sentences(text)] == [piece.strip() for piece in marked.split("|")]


@pytest.mark.parametrize("text", EMPTY)
def test_nothing_but_white_space_has_no_sentence(text):
    assert find_sentences(text) == ()
