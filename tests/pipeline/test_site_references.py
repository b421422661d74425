"""Findings that take their place from an earlier sentence."""

import pytest

CASES = [
    # (text, words of the finding, its side, its site or None)
    ("Mass in the right upper lobe. There is a cyst in the same lobe.", "cyst", "right", "upper_lobe"),
    ("Nodule in the left apicoposterior segment. A cyst is seen in the same lobe.", "cyst", "left", "upper_lobe"),
    ("Large left pleural effusion. Contralateral atelectasis is small.", "atelectasis", "right", None),
    ("Left pleural effusion and contralateral pneumothorax.", "pneumothorax", "right", None),
    ("Mass in the left breast with ipsilateral axillary lymphadenopathy.", "axillary lymphadenopathy", "left", None),
    ("Left mastectomy. The contralateral breast is dense. No contralateral mass.", "mass", "right", None),
    ("Bilateral effusions. Contralateral opacity.", "opacity", None, None),
    ("Contralateral opacity.", "opacity", None, None),
    ("Right renal cyst. Nephrolithiasis on the other side.", "Nephrolithiasis", "left", "kidney"),
    ("Left renal mass. The other kidney shows a stone.", "stone", "right", "kidney"),
    ("Disc bulge at L4-L5. There is severe stenosis at this level.", "stenosis", None, "disc_l4_l5"),
    ("There is a mass in the left kidney. It contains calcification.", "calcification", "left", "kidney"),
    ("CT of the chest. It shows atelectasis.", "atelectasis", None, None),
    ("There is a nodule in the left lower lobe. The nodule measures 8 mm.", "nodule", "left", "lower_lobe"),
    ("Right renal mass. The large mass is 3 cm.", "mass", "right", "kidney"),
    ("Fracture of the left seventh rib. The fracture is displaced.", "fracture", "left", "rib_7"),
    ("Nodule in the left lower lobe. Nodule in the right upper lobe. The nodule is new.", "nodule", None, None),
    ("Right renal mass. Left renal mass. The mass is new.", "mass", None, None),
    ("FINDINGS: Left renal mass.\nIMPRESSION: The mass is benign.", "mass", None, None),
    ("Nodule in the left lower lobe. Nodule is seen.", "Nodule", None, None),
]


@pytest.mark.parametrize(("text", "words", "side", "site"), CASES, ids=[case[0] for case in CASES])
def test_place_of_the_last_finding_of_that_name(radiology, text, words, side, site):
    mention = [m for m in radiology(text).mentions if text[m.start : m.end] == words][-1]
    assert mention.laterality == side
    if site:
        assert site in [found.site for found in mention.sites]


@pytest.mark.parametrize("case", [case for case in CASES if case[2] in ("left", "right")], ids=lambda case: case[0])
def test_mirrored_text_gives_the_mirrored_side(radiology, case):
    swap = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
    text = " ".join(swap.get(word, word) for word in case[0].split(" "))
    mention = [m for m in radiology(text).mentions if text[m.start : m.end] == case[1]][-1]
    assert mention.laterality == swap[case[2]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_what_gave_a_place_is_quoted(radiology, case):
    for mention in radiology(case[0]).mentions:
        for site in mention.sites:
            assert case[0][site.start : site.end] == site.text
        if mention.laterality:
            assert (
                any(e.gives == f"laterality={mention.laterality}" for e in mention.evidence)
                or len({e.gives for e in mention.evidence if e.gives.startswith("laterality=")}) > 1
            )
