"""medspaCy's ConTextRule JSON: what it says in a cue table, and what is refused."""

import json

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.context_rules import load_house_cues, read_context_rules
from clinnote.pipeline.context.stage import find_context
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sentences import find_sentences

NO = {"literal": "no evidence of", "category": "NEGATED_EXISTENCE", "direction": "FORWARD"}
BUT = {"literal": "but", "category": "CONNECTOR", "direction": "TERMINATE"}


@pytest.fixture
def rules(tmp_path):
    """Writes rules to a file and gives its path."""

    def write(*items):
        path = tmp_path / "house.json"
        path.write_text(json.dumps({"context_rules": items}), encoding="utf-8")
        return path

    return write


def contexts(path, root, tagged, label="finding", shipped=False):
    """What the rules say of each mention in double square brackets."""
    text, concepts = "", []
    for piece in tagged.split("[["):
        mention, _, rest = piece.partition("]]") if "]]" in piece else ("", "", piece)
        if mention:
            concepts.append(Concept(len(text), len(text) + len(mention), label, given=True))
        text += mention + rest
    table = load_house_cues(root / "ontologies", path, shipped)
    return find_context(text, find_sentences(text), (), concepts, table)


def polarities(*arguments, **options):
    return [context.polarity for context in contexts(*arguments, **options)]


@pytest.mark.parametrize(
    ("rule", "tagged", "wanted"),
    [
        (NO, "No evidence of [[fever]] or [[cough]].", ["negated", "negated"]),
        ({**NO, "max_targets": 1}, "No evidence of [[fever]] or [[cough]].", ["negated", "affirmed"]),
        ({**NO, "max_scope": 1}, "No evidence of [[fever]] or [[cough]].", ["negated", "affirmed"]),
        ({**NO, "max_scope": 3}, "No evidence of [[fever]] or [[cough]].", ["negated", "negated"]),
        ({**NO, "allowed_types": ["DISORDER"]}, "No evidence of [[fever]].", ["affirmed"]),
        ({**NO, "allowed_types": ["FINDING"]}, "No evidence of [[fever]].", ["negated"]),
        ({**NO, "excluded_types": ["FINDING"]}, "No evidence of [[fever]].", ["affirmed"]),
        ({**NO, "direction": "BACKWARD", "literal": "nil"}, "[[Fever]]: nil.", ["negated"]),
        ({**NO, "direction": "bidirectional", "literal": "nil"}, "[[Fever]] nil [[cough]].", ["negated", "negated"]),
        ({"literal": "not", "category": "NEGATED_EXISTENCE"}, "[[Fever]] not [[cough]].", ["negated", "negated"]),
        ({**NO, "pattern": "(?:no|without)\\s+sign of"}, "Without sign of [[fever]].", ["negated"]),
    ],
)
def test_a_rule_speaks_as_in_medspacy(rule, tagged, wanted, rules, root):
    assert polarities(rules(rule), root, tagged) == wanted


@pytest.mark.parametrize(
    ("tokens", "tagged"),
    [
        ([{"LOWER": "no"}, {"LOWER": {"IN": ["new", "other"]}, "OP": "?"}, {"LOWER": "sign"}], "No sign [[fever]]."),
        (
            [{"LOWER": "no"}, {"LOWER": {"IN": ["new", "other"]}, "OP": "?"}, {"LOWER": "sign"}],
            "No new sign [[fever]].",
        ),
        ([{"LOWER": {"IN": ["did", "could"]}}, {"LOWER": {"IN": ["not", "n't"]}}], "He didn't have [[fever]]."),
        ([{"LOWER": {"IN": ["not", "n't"]}}, {"LOWER": "appear"}], "It didn't appear [[infected]]."),
        ([{"TEXT": "grade"}, {"LIKE_NUM": True}], "Grade 0 [[edema]]."),
    ],
)
def test_token_patterns(tokens, tagged, rules, root):
    assert polarities(rules({**NO, "pattern": tokens}), root, tagged) == ["negated"]


def test_a_terminator_ends_every_scope(rules, root):
    tagged = "No evidence of [[fever]] but [[cough]]."
    assert polarities(rules(NO, BUT), root, tagged) == ["negated", "affirmed"]


def test_a_pseudo_rule_hides_the_shorter_one(rules, root):
    pseudo = {"literal": "no evidence of change in", "category": "PSEUDO", "direction": "PSEUDO"}
    assert polarities(rules(NO, pseudo), root, "No evidence of change in the [[nodule]].") == ["affirmed"]


def test_a_scope_ends_at_a_category_that_terminates_it(rules, root):
    family = {"literal": "mother", "category": "FAMILY", "direction": "FORWARD", "terminated_by": ["HISTORICAL"]}
    past = {"literal": "own history", "category": "HISTORICAL", "direction": "FORWARD"}
    first, second = contexts(rules(family, past), root, "Mother [[gout]] own history [[asthma]].")
    assert (first.experiencer, second.experiencer) == ("family", "patient")


def test_metadata_says_what_a_category_of_ones_own_gives(rules, root):
    rule = {**NO, "category": "BETTER", "metadata": {"gives": "change=decreased|severity=mild"}}
    (context,) = contexts(rules(rule), root, "No evidence of [[fever]].")
    assert (context.change, context.severity, context.polarity) == ("decreased", "mild", "affirmed")


def test_the_evidence_names_file_and_rule(rules, root):
    (context,) = contexts(rules(BUT, NO), root, "No evidence of [[fever]].")
    assert [e.rule for e in context.evidence] == ["house.2"]


def test_own_rules_may_stand_on_top_of_the_shipped_ones(rules, root):
    own = {"literal": "nowhere", "category": "NEGATED_EXISTENCE", "direction": "FORWARD"}
    tagged = "Nowhere [[fever]]. No [[cough]]."
    assert polarities(rules(own), root, tagged, shipped=True) == ["negated", "negated"]
    assert polarities(rules(own), root, tagged) == ["negated", "affirmed"]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("no", "must be an object"),
        ({**NO, "scope": 3}, "unknown key scope"),
        ({**NO, "on_match": "f"}, "on_match is a Python function"),
        ({**NO, "direction": "SIDEWAYS"}, "direction must be one of"),
        ({**NO, "category": "WEATHER"}, "category 'WEATHER' is unknown; say what it gives"),
        ({**NO, "max_scope": 0}, "max_scope must be a whole number"),
        ({**NO, "max_targets": True}, "max_targets must be a whole number"),
        ({**NO, "allowed_types": "FINDING"}, "allowed_types must be a list"),
        ({**NO, "allowed_types": ["A"], "excluded_types": ["B"]}, "only one of"),
        ({"category": "FAMILY"}, "neither a literal nor a pattern"),
        ({**NO, "literal": " "}, "empty"),
        ({**NO, "pattern": 3}, "pattern must be"),
        ({**NO, "pattern": "no .* of"}, "regular expression"),
        ({**NO, "pattern": [{"LEMMA": "deny"}]}, "LEMMA"),
        ({**NO, "pattern": [{"LOWER": "no", "OP": "+"}]}, "operator"),
        ({**NO, "pattern": [{"LOWER": {"REGEX": "n.*"}}]}, "LOWER"),
        ({**NO, "pattern": [{"LOWER": "no", "POS": "DET"}]}, "one key"),
        ({**NO, "pattern": ["no"]}, "must be an object"),
        ({**NO, "pattern": [{"LOWER": {"IN": [*"abcdefghij"]}}] * 5}, "split the rule"),
    ],
)
def test_what_cannot_be_represented_is_refused_by_number(rule, complaint, rules):
    with pytest.raises(OntologyError, match=rf"house\.json: rule 2: .*{complaint}"):
        read_context_rules(rules(NO, rule))


def test_every_wrong_rule_is_named_at_once(rules):
    with pytest.raises(OntologyError, match=r"rule 1: .*; house\.json: rule 3: "):
        read_context_rules(rules({**NO, "max_scope": -1}, NO, {**NO, "max_scope": -1}))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "house.json:1: not JSON"),
        ("[" * 100_000, "house.json: not JSON that can be read"),
        ("[1" + "0" * 5000 + "]", "house.json: not JSON that can be read"),
        ("{}", "under the key 'context_rules'"),
        ("[]", "under the key"),
        (None, "missing"),
    ],
)
def test_a_file_that_is_none(content, complaint, tmp_path):
    path = tmp_path / "house.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(OntologyError, match=complaint):
        read_context_rules(path)
