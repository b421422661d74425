"""The check of the section and time tables tells which row does not do what its example says."""

import shutil

import pytest

from clinnote.errors import OntologyError
from clinnote.pipeline.checks.examples import check_sections, check_times
from clinnote.settings import Home


@pytest.fixture
def home(root, tmp_path):
    for name in ("sections", "time"):
        shutil.copytree(root / "ontologies" / name, tmp_path / "ontologies" / name)
    return Home(tmp_path)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def told(failures):
    return [(failure.rule, failure.example, failure.message) for failure in failures]


def test_the_shipped_tables_hold(home):
    assert (check_sections(home), check_times(home)) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ("ALLERGIES: Penicillin.", "Penicillin.", ("positive", "does not open the section")),
        ("He has no allergies.", "ALLERGIES: None.", ("negative", "opens the section")),
    ],
)
def test_a_section_that_misses_its_example(old, new, failure, home):
    change(home.ontologies / "sections" / "sections.tsv", old, new)
    assert told(check_sections(home)) == [("section.allergies", *failure)]


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        (
            "He fell [[3 days ago]].",
            "He fell [[3 days]] ago.",
            ("positive", "gives '3 days ago' 2020-03-07/2020-03-07/day"),
        ),
        ("He fell [[3 days ago]].", "He [[fell]].", ("positive", "gives nothing")),
        ("He fell 3 days in a row.", "He fell 3 days ago.", ("negative", "fires")),
    ],
)
def test_a_time_rule_that_misses_its_example(old, new, failure, home):
    change(home.ontologies / "time" / "expressions.tsv", old, new)
    assert told(check_times(home)) == [("time.ago", *failure)]


def test_an_example_without_an_expression_is_named(home):
    change(home.ontologies / "time" / "expressions.tsv", "He fell [[3 days ago]].", "He fell.")
    with pytest.raises(OntologyError, match=r"expressions\.tsv:\d+: the positive example must be"):
        check_times(home)
