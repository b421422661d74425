"""What holds for any two sets of mentions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.model import mention as m
from clinnote.model.codes import SNOMED, Code
from clinnote.model.mention import Mention, TaggedNote, text_sha256
from clinnote.quality.evaluation import Options, evaluate_notes
from clinnote.quality.matching import pairs_of

TEXT = "x" * 24
DIGEST = text_sha256(TEXT)


@st.composite
def mentions(draw):
    start = draw(st.integers(0, 20))
    end = draw(st.integers(start + 1, 24))
    label = draw(st.sampled_from(("finding", "disorder")))
    return Mention(
        f"{start}-{end}-{label}",
        start,
        end,
        TEXT[start:end],
        label,
        draw(st.sampled_from(((), (Code(SNOMED, "1"),), (Code(SNOMED, "2"),)))),
        polarity=draw(st.sampled_from(m.POLARITIES)),
        temporality=draw(st.sampled_from(m.TEMPORALITIES)),
        laterality=draw(st.sampled_from((None, "left", "right"))),
    )


NOTES = st.lists(st.lists(mentions(), max_size=6, unique_by=lambda one: one.id), min_size=1, max_size=4)
QUICK = Options(samples=30)


def notes(sets):
    return [TaggedNote(f"n{i}", DIGEST, TEXT, mentions=tuple(one)) for i, one in enumerate(sets)]


def evaluated(gold, predicted, options=QUICK):
    return evaluate_notes(zip(notes(gold), notes(predicted), strict=True), options)


PAIRS = NOTES.flatmap(
    lambda sets: st.tuples(
        st.just(sets),
        st.lists(
            st.lists(mentions(), max_size=6, unique_by=lambda one: one.id), min_size=len(sets), max_size=len(sets)
        ),
    )
)


@given(NOTES)
def test_a_set_against_itself_is_perfect(sets):
    result = evaluated(sets, sets)
    assert result.errors == ()
    for row in result.labels:
        for score in (row.exact, row.overlap):
            assert score.f1.value in (None, 1.0)
            assert (score.fp, score.fn) == (0, 0)
    assert {a.agree.value for a in result.attributes} <= {1.0}
    assert {c.first.value for c in result.codes} <= {1.0}


@given(PAIRS)
def test_swapping_gold_and_predicted_swaps_precision_and_recall(pair):
    gold, predicted = pair
    one = {row.label: row for row in evaluated(gold, predicted).labels}
    other = {row.label: row for row in evaluated(predicted, gold).labels}
    assert one.keys() == other.keys()
    for label, row in one.items():
        for mine, theirs in ((row.exact, other[label].exact), (row.overlap, other[label].overlap)):
            assert (mine.tp, mine.fp, mine.fn) == (theirs.tp, theirs.fn, theirs.fp)
            assert (mine.precision.value, mine.f1.value) == (theirs.recall.value, theirs.f1.value)


@given(PAIRS)
def test_an_exact_hit_is_an_overlapping_hit_and_labels_add_up(pair):
    result = evaluated(*pair)
    whole, *rows = result.labels
    for row in result.labels:
        assert row.exact.tp <= row.overlap.tp
        assert row.overlap.tp + row.overlap.fn == row.gold
        assert row.overlap.tp + row.overlap.fp == row.predicted
    assert sum(row.overlap.tp for row in rows) == whole.overlap.tp
    assert sum(row.gold for row in rows) == whole.gold


@given(PAIRS)
def test_every_interval_holds_its_estimate(pair):
    result = evaluated(*pair)
    shares = [
        share for row in result.labels for s in (row.exact, row.overlap) for share in (s.precision, s.recall, s.f1)
    ]
    shares += [a.agree for a in result.attributes] + [c.first for c in result.codes]
    for share in shares:
        assert share.value is None or share.low <= share.value <= share.high


@given(PAIRS)
@settings(max_examples=60)
def test_every_mention_is_in_one_pair_and_pairs_share_words(pair):
    for gold, predicted in zip(*pair, strict=True):
        pairs = pairs_of(gold, predicted)
        assert sorted(p.gold.id for p in pairs if p.gold) == sorted(one.id for one in gold)
        assert sorted(p.predicted.id for p in pairs if p.predicted) == sorted(one.id for one in predicted)
        for p in pairs:
            if p.gold and p.predicted:
                assert p.gold.start < p.predicted.end
                assert p.predicted.start < p.gold.end


@given(PAIRS)
@settings(max_examples=60)
def test_two_runs_are_the_same(pair):
    assert evaluated(*pair) == evaluated(*pair)
