"""The number tables keep their contract, and every row does what its examples say."""

import shutil

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.number_tables import load_numbers
from clinnote.pipeline.checks.numbers import check_numbers
from clinnote.settings import find_home


def test_every_row_holds_on_its_examples():
    assert check_numbers(find_home()) == ()


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("units.tsv", "mm\tlength\tmmm", "unknown kind"),
        ("units.tsv", "cm\tsize\tmm", "already mm"),
        ("lab_names.tsv", "x\tX\tpotassium\t5\t1\tbeside\t[[X]] 1\t[[X]]", "low must not be above high"),
        ("lab_names.tsv", "x\tX\tpotassium\tfew\t1\tbeside\t[[X]] 1\t[[X]]", "must be numbers"),
        ("value_words.tsv", "x\tloud\tboth\tx\t[[X]] 1\t[[X]]", "unknown role"),
        ("drug_words.tsv", "x\tsmell\t\t\tx\t[[X]] 1\t[[X]]", "unknown kind"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path, table, row, message):
    folder = tmp_path / "numbers"
    shutil.copytree(find_home().ontologies / "numbers", folder)
    path = folder / table
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(OntologyError, match=f"{table}:{line}: .*{message}"):
        load_numbers(tmp_path)


def test_a_row_can_be_left_out():
    home = find_home().ontologies
    assert "K" in load_numbers(home).names
    assert "K" not in load_numbers(home, without="lab.k").names
