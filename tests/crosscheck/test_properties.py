"""What must hold for any report and any labels: mirroring, unknown sides, the order of things."""

from dataclasses import replace

from crosscheck_records import Said, label, report
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.crosscheck.engine import Knowledge, check_study, load_knowledge
from clinnote.model.image_label import ImageLabel
from clinnote.settings import find_home

KNOWLEDGE: Knowledge = load_knowledge(find_home())
SIDE_KINDS = {"side_opposite", "side_subset", "side_internal"}
MIRROR = {"left": "right", "right": "left", "bilateral": "bilateral", "midline": "midline", None: None}
FINDINGS = {
    "pleural_effusion": ("pleural effusion", "Pleural Effusion"),
    "opacity": ("opacity", "Lung Opacity"),
    "consolidation": ("consolidation", "Consolidation"),
    "nodule": ("nodule", "Nodule"),
    "pneumothorax": ("pneumothorax", "Pneumothorax"),
}
PLACES = ("upper_lobe", "lower_lobe", "lung_base", "lung", None)

said = st.builds(
    lambda concept, side, place, section, polarity: Said(
        f"{side or 'some'} {FINDINGS[concept][0]} {(place or '').replace('_', ' ')}.",
        FINDINGS[concept][0],
        concept,
        side,
        place,
        section=section,
        polarity=polarity,
    ),
    st.sampled_from(sorted(FINDINGS)),
    st.sampled_from([None, "left", "right", "bilateral"]),
    st.sampled_from(PLACES),
    st.sampled_from(["findings", "impression", "indication"]),
    st.sampled_from(["affirmed", "affirmed", "affirmed", "negated"]),
)
labelled = st.builds(
    lambda concept, sides, place: (FINDINGS[concept][1], sides, place),
    st.sampled_from(sorted(FINDINGS)),
    st.sampled_from([(), ("left",), ("right",), ("left", "right")]),
    st.sampled_from(PLACES),
)
reports = st.lists(said, min_size=1, max_size=5)
label_lists = st.lists(labelled, max_size=4)


def labels_of(items: list[tuple[str, tuple[str, ...], str | None]]) -> list[ImageLabel]:
    return [
        label(finding, *sides, site=place.replace("_", " ") if place else None, number=number)
        for number, (finding, sides, place) in enumerate(items)
    ]


def kinds(said: list[Said], labels: list[ImageLabel]) -> list[str]:
    return sorted(conflict.kind for conflict in check_study([report(*said)], labels, KNOWLEDGE).conflicts)


def mirrored(said: list[Said]) -> list[Said]:
    return [replace(item, side=MIRROR[item.side]) for item in said]


@given(reports, label_lists)
@settings(max_examples=60, deadline=None)
def test_mirroring_text_and_labels_together_changes_nothing(said, items):
    flipped = [(finding, tuple(sorted(MIRROR[side] for side in sides)), place) for finding, sides, place in items]
    assert kinds(mirrored(said), labels_of(flipped)) == kinds(said, labels_of(items))


@given(reports, label_lists)
@settings(max_examples=60, deadline=None)
def test_a_side_that_nobody_gives_never_conflicts(said, items):
    unsided_text = [replace(item, side=None) for item in said]
    assert not SIDE_KINDS & set(kinds(unsided_text, labels_of(items)))
    unsided_labels = [(finding, (), place) for finding, _, place in items]
    assert not {"side_opposite", "side_subset"} & set(kinds(said, labels_of(unsided_labels)))


@given(reports, label_lists, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_labels_does_not_matter(said, items, random):
    labels = labels_of(items)
    shuffled = list(labels)
    random.shuffle(shuffled)
    assert kinds(said, shuffled) == kinds(said, labels)


@given(reports, label_lists)
@settings(max_examples=60, deadline=None)
def test_every_conflict_can_be_shown_and_every_pair_has_a_verdict(said, items):
    note = report(*said)
    result = check_study([note], labels_of(items), KNOWLEDGE)
    assert {verdict.value for verdict in result.verdicts} <= {"agree", "refine", "conflict", "not_comparable"}
    assert len({conflict.id for conflict in result.conflicts}) == len(result.conflicts)
    for conflict in result.conflicts:
        assert 0 <= conflict.confidence <= 1
        assert conflict.explanation
        if conflict.text is not None:
            assert note.text[conflict.text.start : conflict.text.end] == conflict.text.quote
            for mark in conflict.text.highlights:
                assert conflict.text.start <= mark.start < mark.end <= conflict.text.end


@given(label_lists)
@settings(max_examples=30, deadline=None)
def test_labels_alone_have_nothing_to_contradict(items):
    assert check_study([], labels_of(items), KNOWLEDGE).conflicts == ()
