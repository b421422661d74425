"""Rules that are proposed from verdicts, and what each would have cost."""

from hypothesis import given
from hypothesis import strategies as st
from review_records import TRAPS, false, flag, said, true

from clinnote.crosscheck.learning import MIN_SUPPORT, decided, learn
from clinnote.model.conflict_features import features_of


def words(proposal):
    return (proposal.rule.kind, *proposal.rule.conditions)


def test_a_trap_that_only_false_flags_have_becomes_a_rule():
    verdicts = [false(flag(f"f{n}", trap="comparison")) for n in range(4)] + [true(flag(f"t{n}")) for n in range(3)]
    lessons = learn(verdicts, TRAPS)
    (only,) = lessons.proposals
    assert words(only) == ("side_subset", ("trap", "comparison"))
    assert (only.false_flags, only.true_conflicts, only.hidden) == (4, 0, ())
    assert round(only.bound, 2) == 0.49
    assert (lessons.reviewed, lessons.true, lessons.warnings) == (7, 3, ())


def test_too_few_false_flags_prove_nothing():
    assert learn([false(flag(f"f{n}", trap="comparison")) for n in range(MIN_SUPPORT - 1)], TRAPS).proposals == ()


def test_a_property_shared_with_a_true_conflict_needs_a_second_one_to_set_it_apart():
    verdicts = [false(flag(f"f{n}", trap="comparison", reader="R2")) for n in range(4)]
    verdicts += [true(flag("t1", trap="comparison", reader="R1")), true(flag("t2", reader="R2"))]
    (only,) = learn(verdicts, TRAPS).proposals
    assert words(only) == ("side_subset", ("trap", "comparison"), ("reader", "r2"))


def test_a_rule_that_would_hide_a_true_conflict_is_a_warning_that_names_it():
    verdicts = [*(false(flag(f"f{n}", trap="device")) for n in range(9)), true(flag("t-real", trap="device"))]
    lessons = learn(verdicts, TRAPS)
    assert lessons.proposals == ()
    first = lessons.warnings[0]
    assert (first.false_flags, first.true_conflicts, first.hidden) == (9, 1, ("t-real",))
    assert first.bound > 0.4


def test_one_error_among_few_false_flags_is_no_rule_at_all():
    verdicts = [*(false(flag(f"f{n}")) for n in range(3)), true(flag("t1")), true(flag("t2"))]
    lessons = learn(verdicts, TRAPS)
    assert (lessons.proposals, lessons.warnings) == ((), ())


def test_flags_of_another_kind_are_no_evidence():
    verdicts = [false(flag(f"f{n}", trap="device")) for n in range(3)]
    verdicts += [true(flag("t1", kind="side_opposite", trap="device"))]
    assert [words(p) for p in learn(verdicts, TRAPS).proposals] == [("side_subset", ("trap", "device"))]


def test_what_one_reader_calls_an_error_counts_as_one_and_both_readers_are_named():
    verdicts = [false(flag(f"f{n}")) for n in range(3)]
    verdicts.append(said(flag("f0"), "both", by="CD"))
    lessons = learn(verdicts, TRAPS)
    (found,) = lessons.disagreements
    assert (found.conflict_id, found.readers) == ("f0", (("AB", "not_a_conflict"), ("CD", "both")))
    assert (lessons.true, lessons.proposals) == (1, ())


def test_the_last_word_of_a_reader_counts_whatever_the_order_of_the_lines():
    late, early = false(flag("a"), at="2026-02-01"), true(flag("a"), at="2026-01-01")
    for verdicts in ([late, early], [early, late]):
        assert decided(verdicts)[1] == {"a": {"AB": "not_a_conflict"}}


def test_readers_without_a_name_are_told_apart_by_their_files():
    verdicts = [("one.jsonl", true(flag("a"), by=None)[1]), ("two.jsonl", false(flag("a"), by=None)[1])]
    (found,) = learn(verdicts, TRAPS).disagreements
    assert [who for who, _ in found.readers] == ["one.jsonl", "two.jsonl"]


def test_flags_without_a_verdict_that_a_rule_would_mute_are_counted():
    verdicts = [false(flag(f"f{n}", trap="device")) for n in range(3)]
    known = [flag(f"f{n}", trap="device") for n in range(8)] + [flag("other")]
    (only,) = learn(verdicts, TRAPS, known).proposals
    assert only.not_reviewed == 5


def test_one_mistake_gives_one_rule_however_many_properties_go_with_it():
    verdicts = [false(flag(f"f{n}", trap="device", reader="R9", basis="header")) for n in range(6)]
    verdicts += [true(flag("t1", reader="R1"))]
    assert len(learn(verdicts, TRAPS).proposals) == 1


reviews = st.lists(
    st.tuples(
        st.sampled_from([None, *TRAPS]), st.sampled_from(["R1", "R2"]), st.sampled_from(["a", "b"]), st.booleans()
    ),
    max_size=30,
)


@given(reviews)
def test_the_numbers_of_every_proposal_are_those_of_the_verdicts(rows):
    flags = [(flag(f"c{n}", trap=t, reader=r, section=s), is_true) for n, (t, r, s, is_true) in enumerate(rows)]
    lessons = learn([(true if is_true else false)(c) for c, is_true in flags], TRAPS)
    keys = {key: " ".join(text.casefold().split()) for key, text in TRAPS.items()}
    for found in (*lessons.proposals, *lessons.warnings):
        conditions = [(name, keys.get(v, v)) for name, v in found.rule.conditions]
        covered = [t for c, t in flags if all(v in features_of(c).get(name, ()) for name, v in conditions)]
        assert found.true_conflicts == sum(covered) == len(found.hidden)
        assert found.false_flags == len(covered) - sum(covered) >= MIN_SUPPORT
    assert all(found.true_conflicts == 0 for found in lessons.proposals)
    assert all(found.true_conflicts > 0 for found in lessons.warnings)
