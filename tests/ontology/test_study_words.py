"""The words that name an imaging study, on their own examples."""

import re

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.studies import COLUMNS, load_studies, study_pattern
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ROWS = list(read_table(ONTOLOGIES / "sections" / "study_words.tsv", COLUMNS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_word_is_found_in_its_example_and_not_in_the_other(row):
    pattern = re.compile(study_pattern(row))
    assert pattern.search(row["positive"])
    assert not pattern.search(row["negative"])


def test_words_of_titles_name_no_study():
    studies = load_studies(ONTOLOGIES)
    assert studies.title.search("Rib series")
    assert not studies.named.search("Rib series")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a\tXR\tmaybe\tstudy\tx\ty\tz", "study_words.tsv:2: case or names"),
        ("a\tXR\tyes\tfruit\tx\ty\tz", "study_words.tsv:2: case or names"),
        ("a\t(\tyes\tstudy\tx\ty\tz", "no regular expression"),
        ("a\t(XR)\tyes\tstudy\tx\ty\tz", "no group"),
    ],
)
def test_a_broken_row_is_named(row, complaint, tmp_path):
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "study_words.tsv").write_text("\t".join(COLUMNS) + f"\n{row}\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=complaint):
        load_studies(tmp_path)
