"""Generated forms of terms: every rule of the table on its own example, and laws that hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.tables import read_table
from clinnote.ontology.vocabularies.form_rules import COLUMNS, RULES, load_form_rules
from clinnote.ontology.words import normal_form
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ROWS = list(read_table(ONTOLOGIES / "vocabularies" / "variants.tsv", COLUMNS))
RULES_OF_HOME = load_form_rules(ONTOLOGIES, (node.name for node in load_anatomy(ONTOLOGIES).nodes.values()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_rule_makes_what_its_row_says(row):
    assert normal_form(row["gives"]).strip() in RULES_OF_HOME.variants(row["example"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_rule_leaves_its_counter_example_alone(row):
    made, own = RULES_OF_HOME.variants(row["not"]), normal_form(row["not"]).split()
    # "tumor of kidney and ureter" may be spelt "tumour of kidney and ureter", but its words stay where they are
    assert [form for form in made if row["rule"] != "head" or form.split()[1:] != own[1:]] == []


def test_rule_ids_are_distinct():
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert {row["rule"] for row in ROWS} == set(RULES)


@pytest.mark.parametrize(
    ("form", "variant"),
    [
        ("breast carcinoma", "carcinoma of the breast"),
        ("carcinoma of breast", "carcinoma of the breast"),
        ("Acute infection of kidney", "acute kidney infection"),
        ("Exanthema subitum [sixth disease]", "sixth disease"),
        ("Essential (primary) hypertension", "essential hypertension"),
        ("Type II diabetes mellitus with oedema", "type 2 diabetes mellitus with edema"),
        ("Postoperative pain", "post operative pain"),
        ("Unspecified asthma, uncomplicated", "asthma"),
        ("pain in the left knee", "left knee pain"),
    ],
)
def test_variants_that_clinicians_write(form, variant):
    assert variant in RULES_OF_HOME.variants(form)


@pytest.mark.parametrize(
    "form",
    [
        "pneumonia",
        "hemisphere",
        "Laceration of lip, tongue",
        "history of fall",
        "vitamin B 12 deficiency",
        "posterior fossa",
    ],
)
def test_terms_that_no_rule_touches(form):
    assert RULES_OF_HOME.variants(form) == ()


@given(st.text(max_size=60))
def test_variants_are_distinct_normal_and_not_the_term_itself(form):
    made = RULES_OF_HOME.variants(form)
    own = normal_form(form).strip()
    assert len(set(made)) == len(made) <= 12
    assert own not in made
    assert all(normal_form(variant).strip() == variant for variant in made)


@given(st.sampled_from(ROWS))
def test_the_two_spellings_give_each_other(row):
    if row["rule"] == "spelling":
        assert normal_form(row["example"]).strip() in RULES_OF_HOME.variants(row["gives"])


def test_a_rule_of_unknown_name_names_its_line(tmp_path):
    folder = tmp_path / "vocabularies"
    folder.mkdir()
    (folder / "variants.tsv").write_text("\t".join(COLUMNS) + "\nx\tmagic\ta\tb\tc\td\te\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=r"variants\.tsv:2: rule must be one of"):
        load_form_rules(tmp_path)
