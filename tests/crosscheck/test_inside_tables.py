"""The tables and word lists of the checks inside a report: what they refuse, and what their patterns find."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.crosscheck.consistency import load_inside, whole_words
from clinnote.crosscheck.engine import Knowledge
from clinnote.crosscheck.inside.clock import between, hours_in, quadrant_middle
from clinnote.errors import OntologyError
from clinnote.model.laterality import LEFT, RIGHT
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

TABLES = find_home().ontologies / "consistency"
WORDS = list(read_table(TABLES / "sex_words.tsv", ("id", "sex", "pattern", "source", "positive", "negative")))
QUADRANTS = (
    "breast_upper_outer_quadrant",
    "breast_upper_inner_quadrant",
    "breast_lower_inner_quadrant",
    "breast_lower_outer_quadrant",
)


@pytest.mark.parametrize("row", WORDS, ids=[row["id"] for row in WORDS])
def test_words_that_state_the_sex(row):
    pattern = re.compile(row["pattern"], re.IGNORECASE)
    found = pattern.search(row["positive"])
    assert found is not None
    assert found["sex"]
    assert pattern.search(row["negative"]) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("impossible.tsv", "\tinfo\t", "\tgrave\t", "severity must be one of critical"),
        ("impossible.tsv", r"\bL6\b", r"\bL6\b(", "the pattern does not compile"),
        ("normal.tsv", "\tany\t", "\tnowhere\t", "where must be one of other, any"),
        ("sexes.tsv", "\tmale\t", "\tboth\t", "sex must be one of female, male"),
        ("sexes.tsv", "prostate|", "prostrate|", "'prostrate' is no id"),
        ("words.toml", "hedges = [", "guesses = [", "key 'hedges' must be a list of words"),
        ("words.toml", "[default_places]", "[places]", "table 'default_places' is missing"),
        ("words.toml", "names = [", "aliases = [", "key 'names' must be a list of lists"),
        ("words.toml", "hedges = [", "hedges = ", "words.toml: "),
    ],
)
def test_a_broken_table_says_what_is_wrong(tmp_path: Path, file, old, new, message, knowledge: Knowledge):
    shutil.copytree(TABLES, tmp_path / "consistency")
    path = tmp_path / "consistency" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OntologyError, match=re.escape(message)):
        load_inside(tmp_path, knowledge.anatomy, knowledge.concepts)


def test_a_missing_word_list(tmp_path: Path, knowledge: Knowledge):
    shutil.copytree(TABLES, tmp_path / "consistency")
    (tmp_path / "consistency" / "words.toml").unlink()
    with pytest.raises(OntologyError, match=r"words\.toml is missing"):
        load_inside(tmp_path, knowledge.anatomy, knowledge.concepts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("was seen", True),
        ("washed", False),
        ("Compared with 2019", True),
        ("uncompared", False),
        ("in and/or out", False),
    ],
)
def test_whole_words_only(text, found):
    assert (whole_words(["was", "compared", "or"]).search(text) is not None) == found


@pytest.mark.parametrize(
    ("sentence", "hours"),
    [
        ("Mass at 2 o'clock.", [2.0]),
        ("Mass at 2:30 o'clock, 4 cm from the nipple.", [2.5]),
        ("Mass at 12 o\u2019clock and again at 12 o'clock.", [0.0]),
        ("From 10 to 12 o'clock.", [11.0]),
        ("Mass at 9:00, scanned at 11:15 am.", [9.0]),
        ("Seen at 8:00 am.", []),
        ("A ratio of 2:30 and 12 mm.", []),
    ],
)
def test_hours_of_a_sentence(sentence, hours):
    assert hours_in(sentence) == hours


@given(st.sampled_from(QUADRANTS))
def test_the_clock_is_mirrored_between_the_breasts(quadrant):
    assert quadrant_middle(quadrant, LEFT) == 12 - quadrant_middle(quadrant, RIGHT)


@given(st.floats(0, 12), st.floats(0, 12))
def test_the_way_between_two_hours(a, b):
    assert 0 <= between(a, b) <= 6
    assert between(a, b) == pytest.approx(between(b, a))
    assert between(a, b) == pytest.approx(between(12 - a, 12 - b))
