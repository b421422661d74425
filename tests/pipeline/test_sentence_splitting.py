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
    "Hx. of asthma.| Abd. soft, nontender.| Neg. for fever.",
    "Seen by J. Smith, M.D.| He is well.",
    "A 45 y.o. man with hx. of gout.| He came w. pain.",
    "Temp. 98.6 F.| Pulse 80.",
    "Stage I.| No nodes.| Hepatitis C.| He is well.",
    "The L. knee is swollen.",
    "Impression: 1. Pneumonia.| 2. Effusion.| 3. No pneumothorax.",
    "Pain: 7.| He slept.",
    "WBC 12.5 Hgb 10.2.|Platelets 200.",
    "Na 140  K 3.2|\nCl 100  CO2 24|\nBUN 12  Cr 0.9",
    "\u2502 Test \u2502 Value \u2502|\n\u2502 K \u2502 3.2 \u2502",
    "1. Aspirin 81 mg daily|\n2. Metformin 500 mg b.i.d.|\n3. Rest",
    "a) fever|\nb) cough|\nc. rash",
    "no acute distress; lungs clear;|\nheart regular;|\nabdomen soft",
    "e.g. amoxicillin, i.e. a penicillin.| Fig. 2 shows it.",
    "St. Mary's Hospital.| The U.S. exam. was limited.",
    'Nothing...| He left.| Why?!| "No."| Yes.',
    "He was well.|\n\n\n\nShe was not.|\n \n\t\nThey were.",
    "The mass measures 3.5 x 2.1 x 1.0 cm.| It is stable.",
    "Seen at 8.30 a.m. by Dr. A. Jones.| Approx. 5 ml.",
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
