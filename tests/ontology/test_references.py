"""Words that refer to an earlier place: the rows of ``references.tsv`` on their own examples."""

import re

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.references import COLUMNS, REPEAT_COLUMNS, load_references, load_repeats
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
ROWS = list(read_table(ONTOLOGIES / "anatomy" / "references.tsv", COLUMNS))

REPEATS = list(read_table(ONTOLOGIES / "anatomy" / "repeat_words.tsv", REPEAT_COLUMNS))


def plain(example):
    return re.sub(r"[\[\]{}]", "", example)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_rule_fires_on_its_example_alone(row):
    start = row["example"].replace("{", "").replace("}", "").index("[")
    fired = [found.reference.id for found in ANATOMY.references.find(plain(row["example"])) if found.start == start]
    assert fired == [row["id"]]
    assert row["id"] not in [found.reference.id for found in ANATOMY.references.find(row["counter_example"])]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_finding_of_the_example_gets_its_place(row, radiology):
    text = plain(row["example"])
    marked = re.search(r"\{(.+?)\}", row["example"]).group(1)
    side, _, site = row["reads"].partition(" ")
    mention = next(m for m in radiology(text).mentions if text[m.start : m.end] == marked)
    assert mention.laterality == (None if side == "-" else side)
    if site:
        assert site in [found.site for found in mention.sites]
    if side != "-":
        assert any(e.gives == f"laterality={side}" and text[e.start : e.end] for e in mention.evidence)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"refers": "organs"}, "refers or gives"),
        ({"words": ""}, "words is empty"),
        ({"pattern": "same ("}, "no regular expression"),
        ({"pattern": "(same) side"}, "no group"),
        ({"nodes": "no_such_site"}, "no site is called no_such_site"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, change, message):
    (tmp_path / "anatomy").mkdir()
    cells = {**ROWS[0].cells, **change}
    rows = "\t".join(COLUMNS) + "\n" + "\t".join(cells[column] for column in COLUMNS) + "\n"
    (tmp_path / "anatomy" / "references.tsv").write_text(rows, encoding="utf-8")
    with pytest.raises(OntologyError, match=message) as caught:
        load_references(tmp_path, ANATOMY.nodes)
    assert "references.tsv:2" in str(caught.value)


@pytest.mark.parametrize("row", REPEATS, ids=lambda row: row["word"])
def test_a_finding_named_again_has_the_place_of_before(row, radiology):
    text = plain(row["example"])
    first, again = (re.search(mark, row["example"]).group(1) for mark in (r"\{(.+?)\}", r"\[.*?(\w+)\]"))
    mention = [m for m in radiology(text).mentions if text[m.start : m.end].endswith(again)][-1]
    assert text.startswith(first)
    assert (mention.laterality, [site.site for site in mention.sites]) == ("left", ["lower_lobe"])


def test_an_unknown_role_of_a_repeat_word_is_named(tmp_path):
    (tmp_path / "anatomy").mkdir()
    table = "\t".join(REPEAT_COLUMNS) + "\nthe\tarticles\tx\tt\n"
    (tmp_path / "anatomy" / "repeat_words.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"repeat_words\.tsv:2: unknown role 'articles'"):
        load_repeats(tmp_path)
