import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.imaging.sides.label_text import plain_words, side_of_label, tokens
from clinnote.imaging.sides.labels import values_of
from clinnote.model.laterality import mirror


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Lung_L", ("left",)),
        ("L_Lung", ("left",)),
        ("Femur_Head_R", ("right",)),
        ("kidney_left", ("left",)),
        ("rib_left_1", ("left",)),
        ("LT LUNG", ("left",)),
        ("PTV_LtBreast", ("left",)),
        ("PTV_RTBreast", ("right",)),
        ("Lung, R", ("right",)),
        ("left and right lung", ("left", "right")),
        ("bilateral pleural effusion", ("left", "right")),
        ("Lungs", ()),
        ("vertebrae_L1", ()),
        ("RGB(37, 231, 253)", ()),
        ("A_Aorta", ()),
        ("Node L 4", ()),
        ("L", ()),
        ("bright spot", ()),
        ("cleft", ()),
        ("", ()),
    ],
)
def test_sides_in_names(text, values):
    assert values_of(side_of_label(text)) == values


@given(st.lists(st.sampled_from(["left", "right", "Lung", "lower", "lobe", "nodule"]), max_size=5))
def test_the_mirrored_name_names_the_mirrored_side(words):
    swap = {"left": "right", "right": "left"}
    assert side_of_label(" ".join(swap.get(w, w) for w in words)) == mirror(side_of_label(" ".join(words)))


def test_plain_words_write_the_side_out():
    assert plain_words("PTV_LtBreast") == "ptv left breast"
    assert plain_words("Lung_L") == "lung left"
    assert tokens("rib_left_1") == ["rib", "left", "1"]
