"""From the records of a study to its conflicts and to a verdict for every pair of mention and label."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import PurePath
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import BASIS_WORDS, Claim, conflict
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.inside.checks import check_inside
from clinnote.crosscheck.kinds.absence import check_absent
from clinnote.crosscheck.kinds.body_part import check_body_part
from clinnote.crosscheck.kinds.echoes import without_echoes
from clinnote.crosscheck.kinds.flips import fold_flips
from clinnote.crosscheck.kinds.identity import check_identity
from clinnote.crosscheck.kinds.label_internal import check_label_internal
from clinnote.crosscheck.kinds.places import check_levels, check_places
from clinnote.crosscheck.kinds.presence import check_negated, check_unmentioned
from clinnote.crosscheck.kinds.quadrants import check_quadrants
from clinnote.crosscheck.kinds.sides import check_opposite, check_subset
from clinnote.crosscheck.kinds.sizes import check_label_counts, check_sizes
from clinnote.crosscheck.kinds.whole_image import check_image_side
from clinnote.crosscheck.knowledge import Knowledge, load_knowledge
from clinnote.crosscheck.pairing import homes, keys_of_label, keys_of_note
from clinnote.crosscheck.results import PairVerdict, StudyResult
from clinnote.crosscheck.study import Study, build_study
from clinnote.model import laterality
from clinnote.model.image_label import ImageLabel
from clinnote.model.laterality import LEFT, RIGHT
from clinnote.model.mention import TaggedNote

__all__ = ["Knowledge", "PairVerdict", "StudyResult", "check_studies", "check_study", "load_knowledge"]

_CHECKS: Final[tuple[Callable[[Study], Iterator[Claim]], ...]] = (
    check_body_part,
    check_image_side,
    check_opposite,
    check_subset,
    check_inside,
    check_places,
    check_levels,
    check_quadrants,
    check_sizes,
    check_label_counts,
    check_label_internal,
    check_negated,
    check_absent,
    check_unmentioned,
)


def check_study(notes: Sequence[TaggedNote], labels: Sequence[ImageLabel], knowledge: Knowledge) -> StudyResult:
    """Compare the notes of one study with its labels and with themselves.

    Args:
        notes: tagged notes of one study; with no labels only the checks inside each report run.
        labels: image labels of the same study.
        knowledge: from :func:`load_knowledge`.

    Returns:
        The conflicts, most severe kinds first, and a verdict for every pair about related findings.
    """
    study = build_study(notes, labels, knowledge)
    study_id = next((note.study_id for note in notes if note.study_id), labels[0].study_id if labels else None)
    strangers = list(check_identity(study))
    claims = strangers or without_echoes([claim for check in _CHECKS for claim in check(study)])
    settled = {id(pair): claim.kind for claim in claims for pair in claim.pairs}
    verdicts = [] if strangers else list(_verdicts(study, settled))
    return StudyResult(study_id, tuple(conflict(claim, knowledge) for claim in claims), tuple(verdicts))


def check_studies(
    notes: Iterable[TaggedNote], labels: Iterable[ImageLabel], knowledge: Knowledge
) -> Iterator[StudyResult]:
    """Group notes and labels by study and check each; sources with inverted sides give one alert at the end.

    Notes and labels are held until all are read, because those of one study may stand anywhere; results are not: each
    is yielded as soon as its study is checked, those with a side conflict after the others (:func:`fold_flips`).
    Where study ids differ, an accession number may join them (:func:`homes`).
    Notes without ``study_id`` are checked one by one against themselves. Labels of studies without a note have
    nothing to be compared with and give no result.
    """
    by_study: dict[str, list[ImageLabel]] = {}
    for label in labels:
        by_study.setdefault(label.study_id, []).append(label)
    every = list(notes)
    keys = {place: keys_of_note(note) for place, note in enumerate(every)}
    moved = homes(
        {place: key for place, key in keys.items() if key.study not in by_study},
        lambda: (key for key in keys.values() if key.study in by_study),
        lambda: (keys_of_label(label) for group in by_study.values() for label in group),
    )
    grouped: dict[str, list[TaggedNote]] = {}
    alone: list[TaggedNote] = []
    for place, note in enumerate(every):
        study = moved.get(place, note.study_id)
        if study is None:
            alone.append(note)
        else:
            grouped.setdefault(study, []).append(note)
    results = chain(
        (check_study(group, by_study.get(study, ()), knowledge) for study, group in grouped.items()),
        (check_study([note], (), knowledge) for note in alone),
    )
    yield from fold_flips(results, knowledge.rules)


def origin(label: ImageLabel, basis: str | None) -> str:
    """What counts as one source of sides: annotator, shared file, folder or server, by format and basis."""
    place = label.source.file
    if "://" in place:
        place = place.partition("/studies/")[0]
    elif label.source.format.startswith(("dicom", "nifti")):
        place = str(PurePath(place).parent)
    return f"{label.annotator or place} ({label.source.format}, {BASIS_WORDS.get(basis or '', 'no side')})"


def _verdicts(study: Study, settled: Mapping[int, str]) -> Iterator[PairVerdict]:
    """A verdict for every pair, and one for each label and mention that only repeats another, with its best pair."""
    for pair in study.pairs:
        yield _verdict(pair, pair.text, pair.label, study, settled)
    for label in study.marks:
        own = study.of_label(label)
        if own and len(like := study.like_label(label)) > 1:
            best = max(own, key=lambda pair: _rank(pair, study))
            for other in like[1:]:
                yield _verdict(best, best.text, other, study, settled)
    for text in study.said:
        own = study.of_text(text)
        if own and len(repeats := study.like_text(text)) > 1:
            best = max(own, key=lambda pair: _rank(pair, study))
            for again in repeats[1:]:
                yield _verdict(best, again, best.label, study, settled)


def _rank(pair: Pair, study: Study) -> tuple[bool, bool, bool]:
    """How well a pair stands for all of a label's or a mention's pairs."""
    same = bool(pair.text.sides) and pair.text.sides == pair.label.sides
    return study.partners.paired(pair), pair.strong and same, pair.strong


def _verdict(pair: Pair, text: TextFact, label: LabelFact, study: Study, settled: Mapping[int, str]) -> PairVerdict:
    value, reason = _value(pair, settled.get(id(pair)))
    side = None
    if pair.strong and {pair.text.sides, pair.label.sides} <= {LEFT, RIGHT}:
        side = "same" if pair.text.sides == pair.label.sides else "opposite"
    return PairVerdict(
        text.note.note_id,
        text.mention.id,
        label.label.label_id,
        value,
        reason,
        side,
        origin(label.label, label.basis),
        study.partners.paired(pair),
    )


def _value(pair: Pair, kind: str | None) -> tuple[str, str]:
    """The verdict on one pair and the reason for it."""
    text, label = pair.text.sides, pair.label.sides
    if kind is not None:
        return "conflict", kind
    if pair.excluded is not None:
        return "not_comparable", pair.excluded
    if laterality.opposite(text, label):
        return "not_comparable", "another lesion of the kind accounts for the side"
    if pair.place == "near":
        return "not_comparable", "another part of the organ"
    if pair.relation == "family":
        return "refine", "related finding"
    if text != label:
        return "refine", "one names a side that the other leaves open" if not (text and label) else "one side of both"
    if pair.relation != "equal" or (pair.place == "unknown" and (pair.text.places or pair.label.places)):
        return "refine", "one is more specific"
    return "agree", "finding and side" if text else "finding"
