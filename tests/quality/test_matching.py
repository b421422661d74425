import dataclasses

import pytest

from clinnote.quality.matching import pairs_of, shared


def told(pairs):
    """(gold words, predicted words, exact, same label) of every pair."""
    return [
        (p.gold.text if p.gold else None, p.predicted.text if p.predicted else None, p.exact, p.same_label)
        for p in pairs
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("Left [effusion|finding].", "Left [effusion|finding].", [("effusion", "effusion", True, True)]),
        ("[Left effusion|finding].", "Left [effusion|finding].", [("Left effusion", "effusion", False, True)]),
        ("Left [effusion|finding].", "Left [effusion|disorder].", [("effusion", "effusion", True, False)]),
        ("Left [effusion|finding].", "Left effusion.", [("effusion", None, False, False)]),
        ("Left effusion.", "Left [effusion|finding].", [(None, "effusion", False, False)]),
        # touching is not overlapping
        (
            "[Left|finding]effusion",
            "Left[effusion|finding]",
            [("Left", None, False, False), (None, "effusion", False, False)],
        ),
        # one long prediction answers one of two gold mentions, the one that shares more of it
        (
            "[chest|finding] [pain at rest|finding]",
            "[chest pain at rest|finding]",
            [("chest", None, False, False), ("pain at rest", "chest pain at rest", False, True)],
        ),
        # the label goes before the span: the exact span of another label is taken last
        (
            "[old effusion|finding]",
            "[old|finding] effusion",
            [("old effusion", "old", False, True)],
        ),
    ],
)
def test_one_sentence(marked, gold, predicted, expected):
    assert told(pairs_of(marked(gold), marked(predicted))) == expected


def test_as_many_pairs_as_can_be_are_made(marked):
    """Taking the best pair first would leave one mention of each side alone."""
    gold = marked("[aaaa bbbb|finding] [cccc|finding]")
    predicted = marked("[aaaa|finding] [bbbb cccc|finding]")
    assert told(pairs_of(gold, predicted)) == [
        ("aaaa bbbb", "aaaa", False, True),
        ("cccc", "bbbb cccc", False, True),
    ]


def test_an_exact_pair_stands_though_two_loose_pairs_could_be_made_without_it(marked):
    [small] = marked("[small effusion|finding] of the knee")
    [knee] = marked("small [effusion of the knee|finding]")
    [word] = marked("[small|finding] effusion of the knee")
    assert told(pairs_of((small, knee), (small, word))) == [
        (None, "small", False, False),
        ("small effusion", "small effusion", True, True),
        ("effusion of the knee", None, False, False),
    ]


def test_a_mention_marked_twice_is_answered_twice(marked):
    one = marked("[pressure|finding polarity=negated]")
    other = marked("[pressure|finding]")
    pairs = pairs_of((*one, *other), (*other, *one))
    assert [(p.gold.polarity, p.predicted.polarity) for p in pairs] == [
        ("negated", "negated"),
        ("affirmed", "affirmed"),
    ]


def test_any_label_answers_every_other_when_asked(marked):
    pairs = pairs_of(marked("[pain|event]"), marked("[pain|finding]"), any_label=True)
    assert told(pairs) == [("pain", "pain", True, True)]


def test_the_words_between_the_stretches_of_a_mention_are_not_its_own(marked):
    [whole] = marked("[left and right lung|body_site]")
    parted = dataclasses.replace(whole, metadata={"fragments": [[0, 4], [15, 19]]})
    [between] = marked("left and [right|body_site] lung")
    assert told(pairs_of((parted,), (between,))) == [
        ("left and right lung", None, False, False),
        (None, "right", False, False),
    ]
    assert [p.exact for p in pairs_of((parted,), (whole,))] == [False]
    assert [p.exact for p in pairs_of((parted,), (parted,))] == [True]


def test_fragments_that_are_no_stretches_are_passed_over(marked):
    [whole] = marked("[pain|finding]")
    odd = dataclasses.replace(whole, metadata={"fragments": [[3, "x"]]})
    assert [p.exact for p in pairs_of((odd,), (whole,))] == [True]


def test_shared_code_points_of_several_stretches():
    assert shared(((0, 4), (8, 12)), ((2, 10),)) == 4
