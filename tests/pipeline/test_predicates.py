"""Findings said of a structure in a clause."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.ontology.predicates import PredicateTable, load_predicates
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.words import split_words
from clinnote.pipeline.checks.predicates import check_predicates
from clinnote.pipeline.concepts import find_concepts
from clinnote.pipeline.predicates import PredicateFinder, find_predicates
from clinnote.settings import Home, find_home

WORDS = ("the", "heart", "is", "not", "mildly", "enlarged", "and", "tortuous", "aorta", "of", "lungs", ",", ".", "low")


@pytest.fixture(scope="module")
def table() -> PredicateTable:
    return load_predicates(find_home().ontologies)


@pytest.fixture(scope="module")
def finder(table: PredicateTable) -> PredicateFinder:
    return PredicateFinder(table, starter_vocabulary(find_home().ontologies))


def said(text: str, finder: PredicateFinder) -> list[tuple[str, str | None]]:
    """(words, concept) of what clauses alone say."""
    return [(text[found.start : found.end], found.concept) for found in finder.add(text, ())]


@pytest.mark.parametrize(
    ("text", "words", "concept"),
    [
        ("The heart is mildly enlarged.", "heart is mildly enlarged", "cardiomegaly"),
        (
            "Cardiac silhouette remains moderately enlarged.",
            "Cardiac silhouette remains moderately enlarged",
            "cardiomegaly",
        ),
        ("Enlargement of the cardiac silhouette.", "Enlargement of the cardiac silhouette", "cardiomegaly"),
        (
            "The heart is at the upper limits of normal.",
            "heart is at the upper limits of normal",
            "borderline_heart_size",
        ),
        ("The aorta is diffusely tortuous.", "aorta is diffusely tortuous", "tortuous_aorta"),
        ("Elevated left hemidiaphragm.", "Elevated left hemidiaphragm", "diaphragm_elevation"),
        ("Flattening of both hemidiaphragms is seen.", "Flattening of both hemidiaphragms", "diaphragm_flattening"),
        ("Both costophrenic sulci are blunted.", "costophrenic sulci are blunted", "costophrenic_angle_blunting"),
        ("Lungs: slightly low lung volumes.", "low lung volumes", "hypoinflation"),
        ("The lungs are hyper-expanded.", "lungs are hyper-expanded", "hyperinflation"),
        ("Right hilum appears full.", "hilum appears full", "hilar_prominence"),
        ("The aorta demonstrates mild ectasia.", "aorta demonstrates mild ectasia", "tortuous_aorta"),
    ],
)
def test_a_clause_says_a_finding_of_a_structure(text: str, words: str, concept: str, finder: PredicateFinder) -> None:
    assert said(text, finder) == [(words, concept)]


@pytest.mark.parametrize(
    "text",
    [
        "Heart size is normal.",
        "The heart and lungs are normal; large effusion.",
        "The heart is normal with enlarged lymph glands.",
        "Lungs are clear and well expanded. Increased appetite.",
        "Prominent heart murmur.",
        "The aorta is normal, the carotids are tortuous.",
        "Enlarged heart valve prosthesis.",
        "The trachea is midline, displaced rib fracture.",
        "Costophrenic angles are sharp.",
    ],
)
def test_a_normal_statement_or_a_longer_name_says_none(text: str, finder: PredicateFinder) -> None:
    assert said(text, finder) == []


def test_several_findings_of_one_structure_stay_apart(finder: PredicateFinder) -> None:
    found = said("The thoracic aorta is tortuous, ectatic and calcified.", finder)
    assert found == [
        ("thoracic aorta is tortuous", "tortuous_aorta"),
        ("ectatic", "tortuous_aorta"),
        ("calcified", "aortic_calcification"),
    ]


@pytest.mark.parametrize(
    "text", ["The heart is not enlarged.", "The heart may be enlarged.", "Heart no longer enlarged."]
)
def test_words_of_denial_and_doubt_stay_outside_the_mention(text: str, finder: PredicateFinder) -> None:
    assert said(text, finder) == [("enlarged", "cardiomegaly")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Liver and spleen are enlarged.", ["Liver", "spleen are enlarged"]),
        ("The heart, liver and spleen are mildly enlarged.", ["heart", "liver", "spleen are mildly enlarged"]),
        ("Normal liver, spleen is enlarged.", ["spleen is enlarged"]),
        ("The liver is normal and spleen is enlarged.", ["spleen is enlarged"]),
        ("No evidence that the liver and spleen are enlarged.", ["spleen are enlarged"]),
        ("Liver and spleen are not enlarged.", ["enlarged"]),
    ],
)
def test_a_clause_in_the_plural_says_it_of_each_structure(text: str, words: list[str], finder: PredicateFinder) -> None:
    assert [quote for quote, _ in said(text, finder)] == words


def test_a_clause_takes_the_place_of_the_general_word_in_it(finder: PredicateFinder) -> None:
    text = "The descending aorta is heavily calcified."
    known = find_concepts(text, starter_vocabulary(find_home().ontologies))
    assert "calcification" in [concept.concept for concept in known]
    assert [concept.concept for concept in finder.add(text, known)] == ["aortic_calcification"]


def test_a_longer_form_of_the_vocabulary_stays(finder: PredicateFinder) -> None:
    text = "Tortuous calcified thoracic aorta."
    known = find_concepts(text, starter_vocabulary(find_home().ontologies))
    assert [concept.concept for concept in finder.add(text, known)] == ["tortuous_calcified_aorta"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The tip projects over the SVC.", 1),
        ("Left PICC with its tip in the SVC.", 0),
    ],
)
def test_the_tip_of_a_named_device_is_no_second_device(text: str, count: int, finder: PredicateFinder) -> None:
    known = find_concepts(text, starter_vocabulary(find_home().ontologies))
    found = finder.add(text, known)
    assert sum(concept.concept == "vascular_catheter" for concept in found) == count


def test_the_rules_hold_on_their_examples() -> None:
    assert check_predicates(find_home()) == ()


def test_every_rule_has_a_form_of_the_starter_vocabulary(table: PredicateTable) -> None:
    vocabulary = starter_vocabulary(find_home().ontologies)
    assert [row.form for row in table.rows if not vocabulary.lookup(row.form)] == []


@given(st.lists(st.sampled_from(WORDS)))
def test_findings_are_in_order_and_do_not_overlap(table: PredicateTable, words: list[str]) -> None:
    text = split_words(" ".join(words))
    found = find_predicates(text, table)
    assert all(one.last <= other.first for one, other in pairwise(found))
    assert all(0 <= one.first < one.last <= len(text.words) for one in found)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a\tcardiomegaly\theart\tbig\t\tme\tThe [[heart is big]].\tNo.", "a\tx\ty\tz\t\tme\t[[z]]\tNo."], "twice"),
        (["a\tcardiomegaly\theart\tbig\t\tme\tThe heart is big.\tNo."], "must mark one stretch"),
    ],
)
def test_a_table_that_breaks_its_contract_is_refused(rows: list[str], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "ontologies" / "predicates"
    folder.mkdir(parents=True)
    shipped = find_home().ontologies / "predicates"
    header = "id\tform\tsubjects\tadjectives\tnouns\tsource\tpositive\tnegative"
    (folder / "predicates.tsv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "words.tsv").write_text((shipped / "words.tsv").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(OntologyError, match=message):
        check_predicates(Home(tmp_path))
