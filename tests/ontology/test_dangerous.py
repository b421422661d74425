"""Which terms are left out of a vocabulary, and why."""

import pytest

from clinnote.ontology.tables import read_table
from clinnote.ontology.vocabularies.dangerous import COLUMNS, load_dangers
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
DANGERS = load_dangers(ONTOLOGIES)
CLINICAL = """pain fever cough cold fall stroke shock mass nodule edema rash itch burn wound cyst clot heart lung liver
    ear eye skin bone joint head neck chest lead stent clip drain tube death anxiety stress weight vision"""


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("All", "function word"),
        ("now and then", "function words only"),
        ("Right", "common adjective or adverb"),
        ("foods", "common noun"),
        ("as", "function word"),
        ("r1", "too short"),
        ("277000", "no letters"),
        ("loss of", "ends in a function word"),
        ("x" * 300, "too long to match"),
    ],
)
def test_dropped(term, why):
    assert DANGERS.judge(term) == (why, False)


@pytest.mark.parametrize("term", ["pain", "cold", "PE", "MI", "ALT", "ALS", "pneumonia", "vitamin A", "hepatitis a"])
def test_kept(term):
    assert DANGERS.judge(term) == ("", False)


@pytest.mark.parametrize("term", ["AIDS", "CREST", "CHARGE"])
def test_an_acronym_that_is_a_word_matches_in_capitals_only(term):
    assert DANGERS.judge(term) == ("", True)


def test_a_user_s_lists_go_before_the_table(tmp_path):
    keep, drop = tmp_path / "keep.txt", tmp_path / "drop.txt"
    keep.write_text("# ours\nMilk\n", encoding="utf-8")
    drop.write_text("pneumonia\n", encoding="utf-8")
    own = load_dangers(ONTOLOGIES, keep, drop)
    assert own.judge("milk") == ("", False)
    assert own.judge("Pneumonia") == ("on the list of terms to drop", False)


def test_no_clinical_word_of_the_starter_tables_is_dangerous():
    """What clinicians say in one word must not be in the table: a sample of such words."""
    words = {row["word"] for row in read_table(ONTOLOGIES / "vocabularies" / "dangerous.tsv", COLUMNS)}
    assert words.isdisjoint(CLINICAL.split())
    assert all(word == word.lower().strip() for word in words)
