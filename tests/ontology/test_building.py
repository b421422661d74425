"""Releases to entries: filters, labels, dropped terms, variants, joined codes."""

import pytest

from clinnote.errors import UsageError
from clinnote.model.codes import ICD10CM, SNOMED, Code
from clinnote.ontology.vocabularies.building import Filters, Knowledge, build_entries
from clinnote.ontology.vocabularies.dangerous import load_dangers
from clinnote.ontology.vocabularies.form_rules import load_form_rules
from clinnote.ontology.vocabularies.importers.records import CodeMap, Release, SourceConcept
from clinnote.ontology.vocabularies.importers.registry import IMPORTERS
from clinnote.ontology.vocabularies.kinds import LABELS, load_kinds, load_licences
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
SITES = {(SNOMED, "50"): "lung"}
KNOW = Knowledge(load_kinds(ONTOLOGIES), load_form_rules(ONTOLOGIES, ["lung"]), load_dangers(ONTOLOGIES), SITES)
HP = "http://human-phenotype-ontology.org"


def snomed():
    release = Release("rf2", "SNOMED CT", "INT_20260101")
    release.concepts = [
        SourceConcept(SNOMED, "10", "Quaxia", ("Quaxia", "Right"), ("disorder",)),
        SourceConcept(SNOMED, "11", "Quaxia of lung", ("Quaxia of lung",), ("disorder",)),
        SourceConcept(SNOMED, "20", "Quaxic pain", ("Quaxic pain",), ("finding",)),
        SourceConcept(SNOMED, "30", "Quaxella", ("Quaxella",), ("organism",)),
        SourceConcept(SNOMED, "50", "Lung structure", ("Lung structure",), ("body structure",)),
    ]
    for child, parent in (("11", "10"), ("10", "1"), ("20", "2"), ("30", "1"), ("50", "1")):
        release.add_edge(SNOMED, child, parent)
    release.maps = [CodeMap((SNOMED, "10"), (ICD10CM, "J18.9"), exact=False)]
    return release


def icd():
    release = Release("icd10cm", "ICD-10-CM")
    terms = ("Quaxia, unspecified organism",)
    release.concepts = [SourceConcept(ICD10CM, "J18.9", terms[0], terms, ("10",))]
    release.add_edge(ICD10CM, "J18.9", "J18")
    return release


def forms(built):
    return {form for entry in built.entries for form in entry.forms}


def entry_of(built, code):
    return next(entry for entry in built.entries if entry.codes[0].code == code)


def test_labels_come_from_semantic_tags_and_the_rest_is_counted():
    built = build_entries([snomed()], Filters(), KNOW)
    assert [entry.label for entry in built.entries] == ["disorder", "disorder", "finding", "body_site"]
    assert dict(built.left_out) == {"rf2: organism": 1}


def test_dangerous_terms_are_dropped_with_their_reason():
    built = build_entries([snomed()], Filters(), KNOW)
    assert "Right" not in forms(built)
    assert [(d.term, d.code, d.why) for d in built.dropped] == [("Right", "10", "common adjective or adverb")]


def test_a_concept_whose_every_term_was_dropped_is_not_counted_as_used():
    release = snomed()
    release.concepts.append(SourceConcept(SNOMED, "12", "Right", ("Right",), ("disorder",)))
    assert build_entries([release], Filters(), KNOW).used == {0: 4}


def test_a_body_structure_is_tied_to_its_node_of_the_anatomy():
    assert entry_of(build_entries([snomed()], Filters(), KNOW), "50").sites == ("lung",)


def test_codes_are_joined_and_carry_version_and_display():
    built = build_entries([snomed(), icd()], Filters(), KNOW)
    assert entry_of(built, "10").codes == (
        Code(SNOMED, "10", "Quaxia", "INT_20260101"),
        Code(ICD10CM, "J18.9", "Quaxia, unspecified organism"),
    )


def test_exact_maps_join_both_ways_and_over_one_ontology_in_between():
    maps = Release("sssom", "maps")
    maps.maps = [CodeMap((HP, "HP:1"), (SNOMED, "363358000"), True), CodeMap((HP, "HP:1"), (ICD10CM, "J18.9"), True)]
    built = build_entries([icd(), maps], Filters(), KNOW)
    assert [code.code for code in built.entries[0].codes] == ["J18.9", "HP:1", "363358000"]


def test_a_block_of_codes_is_no_code():
    maps = Release("sssom", "maps")
    maps.maps = [CodeMap((SNOMED, "10"), (ICD10CM, "J09-J18"), True)]
    built = build_entries([snomed(), maps], Filters(), KNOW)
    assert [code.code for code in entry_of(built, "20").codes] == ["20"]
    assert "J09-J18" not in [code.code for code in entry_of(built, "10").codes]


def test_variants_are_made():
    built = build_entries([snomed(), icd()], Filters(), KNOW)
    assert (
        entry_of(built, "11").variants == ("quaxia of the lung", "lung quaxia") or entry_of(built, "11").variants == ()
    )
    assert entry_of(built, "J18.9").variants[0] == "quaxia"


@pytest.mark.parametrize("asked", ["10", "snomed|10", f"{SNOMED}|10"])
def test_under_keeps_a_code_and_all_below_and_leaves_other_systems_alone(asked):
    built = build_entries([snomed(), icd()], Filters(under=(asked,)), KNOW)
    assert [entry.codes[0].code for entry in built.entries] == ["10", "11", "J18.9"]


def test_several_codes_add_up():
    built = build_entries([snomed()], Filters(under=("11", "2")), KNOW)
    assert [entry.codes[0].code for entry in built.entries] == ["11", "20"]


def test_a_tag_restricts_the_releases_that_use_it():
    built = build_entries([snomed(), icd()], Filters(tags=("Finding",)), KNOW)
    assert [entry.codes[0].code for entry in built.entries] == ["20", "J18.9"]


def test_labels_restrict_all():
    built = build_entries([snomed(), icd()], Filters(labels=("finding",)), KNOW)
    assert [entry.codes[0].code for entry in built.entries] == ["20"]


@pytest.mark.parametrize(
    ("filters", "message"),
    [(Filters(under=("999",)), "--under 999: no release"), (Filters(tags=("nonsense",)), "--tag nonsense: no release")],
)
def test_a_filter_that_fits_nothing_is_refused(filters, message):
    with pytest.raises(UsageError, match=message):
        build_entries([snomed()], filters, KNOW)


def test_what_two_releases_say_of_one_code_is_one_entry():
    other = Release("omop", "OMOP")
    other.concepts = [SourceConcept(SNOMED, "10", "Quaxia", ("Quaxosis",), ("Disorder",))]
    built = build_entries([snomed(), other], Filters(), KNOW)
    assert entry_of(built, "10").forms == ("Quaxia", "Quaxosis")


def test_every_reader_has_a_licence_and_every_label_is_known():
    assert set(IMPORTERS) | {"starter"} == set(load_licences(ONTOLOGIES))
    assert set(load_kinds(ONTOLOGIES).rows.values()) <= {*LABELS, "-"}
