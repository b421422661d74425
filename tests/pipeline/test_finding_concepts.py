"""Concepts from a vocabulary, and given mentions enriched by it."""

import pytest

from clinnote.errors import RecordError
from clinnote.model.codes import CLINNOTE, SNOMED, Code
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary
from clinnote.pipeline.concepts import ConceptFinder, find_concepts, given_concepts

CODE = Code(SNOMED, "1", "Pneumonia")
VOCABULARY = Vocabulary(
    memoryview(
        compile_vocabulary(
            [
                Entry("disorder", ("pneumonia",), (CODE,), "pneumonia", ("lung",)),
                Entry("body_site", ("liver", "hepatic"), (), "liver", ("liver",)),
                Entry("finding", ("cold",), (), "feeling_cold"),
                Entry("disorder", ("cold",), (Code(SNOMED, "2"),), "common_cold"),
            ]
        )
    )
)


def given(text, start, end, **more):
    return given_concepts(text, [{"start": start, "end": end, "label": "finding", **more}])


def test_a_concept_carries_codes_with_its_own_id_last():
    (concept,) = find_concepts("Pneumonia.", VOCABULARY)
    assert (concept.start, concept.end, concept.label, concept.concept) == (0, 9, "disorder", "pneumonia")
    assert [(code.system, code.code) for code in concept.codes] == [(SNOMED, "1"), (CLINNOTE, "pneumonia")]
    assert concept.sites == ("lung",)


def test_an_ambiguous_form_keeps_all_candidates():
    (concept,) = find_concepts("cold", VOCABULARY)
    assert {code.code for code in concept.codes} == {"2", "feeling_cold", "common_cold"}


def test_a_given_mention_takes_codes_of_the_same_words_and_implied_sites():
    (concept,) = ConceptFinder(VOCABULARY).locate("Pneumonia", given("Pneumonia", 0, 9))
    assert (concept.label, concept.codes[0], concept.sites, concept.given) == ("finding", CODE, ("lung",), True)


def test_a_given_mention_keeps_its_own_codes():
    own = [{"system": "s", "code": "9"}]
    (concept,) = ConceptFinder(VOCABULARY).locate("Pneumonia", given("Pneumonia", 0, 9, codes=own))
    assert [code.code for code in concept.codes] == ["9"]


def test_a_longer_given_mention_takes_the_sites_but_not_the_codes():
    text = "bad pneumonia"
    (concept,) = ConceptFinder(VOCABULARY).locate(text, given(text, 0, 13))
    assert (concept.codes, concept.sites) == ((), ("lung",))


def test_body_sites_of_the_text_are_found_beside_given_mentions():
    text = "mass in the liver"
    assert [c.label for c in ConceptFinder(VOCABULARY).locate(text, given(text, 0, 4))] == ["finding", "body_site"]


def test_a_given_mention_may_lack_codes():
    (concept,) = given("ab", 0, 2, codes=None)
    assert concept.codes == ()


@pytest.mark.parametrize("codes", ["x", [1], [{"code": "1"}]])
def test_codes_that_are_none_are_refused(codes):
    with pytest.raises(RecordError):
        given("ab", 0, 2, codes=codes)
