import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.offsets import Utf16Offsets

TEXT = st.text(st.sampled_from("aé\N{LUNGS}\U0001d4c2e\u0301\n"), max_size=12)


@given(TEXT)
def test_every_code_point_offset_is_found_again_from_its_utf_16_offset(text):
    offsets = Utf16Offsets(text)
    for place in range(len(text) + 1):
        units = len(text[:place].encode("utf-16-le")) // 2
        assert offsets.point(units) == place


@given(TEXT)
def test_each_unit_offset_is_a_boundary_or_nothing(text):
    boundaries = {len(text[:place].encode("utf-16-le")) // 2 for place in range(len(text) + 1)}
    offsets = Utf16Offsets(text)
    for units in range(-2, len(text.encode("utf-16-le")) // 2 + 3):
        assert (offsets.point(units) is not None) == (units in boundaries)


@pytest.mark.parametrize(
    ("units", "point"), [(0, 0), (1, None), (2, 1), (6, 5), (7, None), (8, 6), (9, None), (-1, None)]
)
def test_an_emoji_counts_twice_in_java(units, point):
    assert Utf16Offsets("\N{LUNGS}lung\N{LUNGS}").point(units) == point
