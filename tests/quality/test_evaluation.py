"""Scores worked out by hand from sentences."""

import pytest

from clinnote.model.codes import ICD10CM, SNOMED
from clinnote.quality.evaluation import Options, evaluate_notes

PLAIN = Options(samples=0)


def judged(note, gold, predicted, options=PLAIN):
    """The evaluation of one or several sentences."""
    gold = [gold] if isinstance(gold, str) else gold
    predicted = [predicted] if isinstance(predicted, str) else predicted
    pairs = [
        (note(g, f"n{i}"), None if p is None else note(p, f"n{i}"))
        for i, (g, p) in enumerate(zip(gold, predicted, strict=True))
    ]
    return evaluate_notes(pairs, options)


def three(score):
    return score.tp, score.fp, score.fn


def kinds(evaluation):
    return [(e.kind, e.gold_value, e.predicted_value) for e in evaluation.errors]


def test_spans_by_label(note):
    scores = judged(
        note,
        "[fever|finding], [left effusion|finding], [asthma|disorder], [stent|device]",
        "[fever|finding], left [effusion|finding], [asthma|finding], stent [today|finding]",
    )
    rows = {row.label: (row.gold, row.predicted, three(row.exact), three(row.overlap)) for row in scores.labels}
    assert rows == {
        "all": (4, 4, (1, 3, 3), (2, 2, 2)),
        "finding": (2, 4, (1, 3, 1), (2, 2, 0)),
        "disorder": (1, 0, (0, 0, 1), (0, 0, 1)),
        "device": (1, 0, (0, 0, 1), (0, 0, 1)),
    }
    assert scores.labels[0].overlap.precision.value == 0.5
    assert [row.label for row in scores.labels][:2] == ["all", "finding"]
    assert kinds(scores) == [
        ("span", "", ""),
        ("label", "disorder", "finding"),
        ("missed", "", ""),
        ("spurious", "", ""),
    ]


def test_attributes_are_scored_on_matched_mentions_by_value(note):
    scores = judged(
        note,
        "No [a|x polarity=negated], [b|x polarity=negated], [c|x], [d|x], [e|x polarity=negated]",
        "No [a|x polarity=negated], [b|x], [c|x polarity=negated], [d|x], e",
    )
    [polarity] = scores.attributes
    assert (polarity.name, polarity.pairs, polarity.agree.value) == ("polarity", 4, 0.5)
    assert [(v.value, three(v.score)) for v in polarity.values] == [("negated", (1, 1, 1))]
    assert [k for k in kinds(scores) if k[0] == "polarity"] == [
        ("polarity", "negated", "affirmed"),
        ("polarity", "affirmed", "negated"),
    ]


def test_a_wrong_value_is_wrong_for_one_and_missed_for_the_other(note):
    scores = judged(note, "[a|finding laterality=left]", "[a|finding laterality=right]")
    [side] = scores.attributes
    assert {v.value: three(v.score) for v in side.values} == {"left": (0, 0, 1), "right": (0, 1, 0)}


def test_what_the_gold_set_says_nothing_about_is_named_and_not_scored(note):
    scores = judged(note, "[a|finding]", "[a|finding severity=mild]")
    assert scores.attributes == ()
    assert "severity" in scores.not_in_gold
    assert scores.errors == ()


def test_an_attribute_that_is_asked_for_is_scored_all_the_same(note):
    scores = judged(note, "[a|finding]", "[a|finding severity=mild]", Options(samples=0, attributes=("severity",)))
    assert [(a.name, a.agree.value) for a in scores.attributes] == [("severity", 0.0)]
    assert kinds(scores) == [("severity", "", "mild")]
    assert scores.not_in_gold == ()


def test_an_open_attribute_counts_agreement_only(note):
    scores = judged(note, "[a|finding section=plan], [b|finding section=plan]", "[a|finding section=plan], [b|finding]")
    [section] = scores.attributes
    assert (section.name, section.agree.value, section.values) == ("section", 0.5, ())


def test_labels_that_are_asked_for_are_scored_alone(note):
    options = Options(samples=0, labels=("finding",))
    scores = judged(note, "[a|finding] [b|device]", "[a|finding] [b|lab]", options)
    assert [row.label for row in scores.labels] == ["all", "finding"]
    assert scores.errors == ()


def test_with_any_label_spans_alone_count(note):
    scores = judged(note, "[a|event] [b|event]", "[a|finding] [b|lab]", Options(samples=0, any_label=True))
    assert [(row.label, three(row.exact)) for row in scores.labels] == [("all", (2, 0, 0))]


def test_a_note_that_was_not_predicted_is_missed_and_named(note):
    scores = judged(note, ["[a|finding]", "[b|finding]"], ["[a|finding]", None])
    assert scores.missing == ("n1",)
    assert scores.labels[0].exact.recall.value == 0.5
    assert [(e.kind, e.note_id) for e in scores.errors] == [("missed", "n1")]


CODED = "[a|disorder code=snomed:1], [b|disorder code=snomed:2], [c|disorder code=snomed:3], [d|disorder code=snomed:4]"
OFFERED = "[a|disorder code=snomed:1], [b|disorder code=snomed:9+snomed:2], [c|disorder code=snomed:31], [d|disorder]"


def test_codes_exact_listed_and_related(note):
    def is_a(code, ancestor, system):
        assert system == SNOMED
        return code == ancestor or (code, ancestor) == ("31", "3")

    scores = judged(note, CODED, OFFERED, Options(samples=0, is_a=is_a))
    [snomed] = scores.codes
    assert (snomed.system, snomed.pairs) == (SNOMED, 4)
    assert (snomed.first.value, snomed.listed.value, snomed.related.value) == (0.25, 0.5, 0.5)
    assert kinds(scores) == [
        ("code", "snomed 2", "snomed 9"),
        ("code", "snomed 3", "snomed 31"),
        ("code", "snomed 4", ""),
    ]


def test_a_predicted_ancestor_is_related_too(note):
    options = Options(samples=0, is_a=lambda code, ancestor, _: (code, ancestor) in {("7", "7"), ("71", "7")})
    [icd] = judged(note, "[a|x code=icd10cm:71]", "[a|x code=icd10cm:7]", options).codes
    assert (icd.system, icd.first.value, icd.related.value) == (ICD10CM, 0.0, 1.0)


def test_a_system_that_the_hierarchy_does_not_hold_is_compared_exactly_only(note):
    options = Options(samples=0, is_a=lambda *_: True, systems=(SNOMED,))
    coded = "[a|x code=icd10cm:71+snomed:1]"
    icd, snomed = judged(note, coded, coded, options).codes
    assert (icd.related, snomed.related.value) == (None, 1.0)


def test_without_a_hierarchy_nothing_is_said_of_ancestors(note):
    [snomed] = judged(note, CODED, OFFERED).codes
    assert snomed.related is None


def test_codes_of_a_system_that_the_gold_mention_has_not_are_no_errors(note):
    assert judged(note, "[a|x code=snomed:1]", "[a|x code=icd10cm:5+snomed:1]").errors == ()


@pytest.mark.parametrize("empty", [[], [("plain", "plain")]])
def test_nothing_to_score_gives_no_shares(note, empty):
    scores = judged(note, [g for g, _ in empty], [p for _, p in empty], Options())
    [row] = scores.labels
    assert (row.label, row.gold, row.predicted, row.exact.f1.value) == ("all", 0, 0, None)
    assert (scores.attributes, scores.codes, scores.errors) == ((), (), ())
