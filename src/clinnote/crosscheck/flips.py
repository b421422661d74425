"""One source whose sides are nearly all inverted: one alert for the source in place of a conflict for every study."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from clinnote.crosscheck.results import StudyResult
from clinnote.crosscheck.rules import Rules
from clinnote.model.conflict import Conflict, ImageSide


def fold_flips(results: Sequence[StudyResult], rules: Rules) -> tuple[StudyResult, ...]:
    """Replace the side conflicts of inverted sources by one ``systematic_flip`` each.

    A source counts as inverted when at least ``systematic_share`` of its ``systematic_pairs`` or more sided labels, in
    at least ``systematic_studies`` studies, say the opposite of the text: a flipped export, or the viewer's left taken
    for the patient's.
    """
    counts = _votes(results)
    flipped = {
        origin: count
        for origin, (count, studies) in counts.items()
        if count.total() >= rules.systematic_pairs
        and studies >= rules.systematic_studies
        and count["opposite"] >= rules.systematic_share * count.total()
    }
    if not flipped:
        return tuple(results)
    folded = {origin: _side_conflicts(results, origin) for origin in flipped}
    gone = {conflict.id for conflicts in folded.values() for conflict in conflicts}
    kept = tuple(
        replace(result, conflicts=tuple(c for c in result.conflicts if c.id not in gone)) for result in results
    )
    alerts = tuple(_alert(origin, flipped[origin], folded[origin], rules) for origin in sorted(flipped))
    return (*kept, StudyResult(None, alerts))


def _votes(results: Sequence[StudyResult]) -> dict[str, tuple[Counter[str], int]]:
    """For each source: how many sided labels the texts confirm and how many they contradict, and in how many studies.

    A label that any mention confirms is confirmed; a report that repeats itself does not vote twice.
    """
    votes: dict[str, dict[tuple[str | None, str], str]] = {}
    for result in results:
        for verdict in result.verdicts:
            if verdict.side is not None:
                label = votes.setdefault(verdict.origin, {})
                key = (result.study_id, verdict.label_id)
                label[key] = "same" if "same" in (verdict.side, label.get(key)) else "opposite"
    return {origin: (Counter(labels.values()), len({study for study, _ in labels})) for origin, labels in votes.items()}


def _side_conflicts(results: Sequence[StudyResult], origin: str) -> list[Conflict]:
    """The conflicts that the inversion of ``origin`` explains."""
    labels = {
        (result.study_id, verdict.label_id)
        for result in results
        for verdict in result.verdicts
        if verdict.origin == origin and verdict.side == "opposite"
    }
    return [
        conflict
        for result in results
        for conflict in result.conflicts
        if conflict.kind == "side_opposite"
        and isinstance(conflict.image, ImageSide)
        and all((result.study_id, label) in labels for label in _labels_of(conflict, conflict.image))
    ]


def _labels_of(conflict: Conflict, image: ImageSide) -> tuple[str, ...]:
    return (image.label_id, *conflict.metadata.get("other_labels", ()))


def _alert(origin: str, count: Counter[str], folded: Sequence[Conflict], rules: Rules) -> Conflict:
    studies = sorted({conflict.study_id for conflict in folded if conflict.study_id})
    return Conflict(
        id=hashlib.sha256(f"systematic_flip|{origin}".encode("utf-8", "surrogatepass")).hexdigest()[:16],
        kind="systematic_flip",
        severity=rules.severity["systematic_flip"],
        confidence=rules.confidence["systematic_flip"],
        explanation=(
            f"Source {origin}: {count['opposite']} of {count.total()} sided labels are inverted against the reports; "
            "left and right are most likely exchanged in this source"
        ),
        metadata={
            "source": origin,
            "opposite": count["opposite"],
            "pairs": count.total(),
            "studies": studies,
            "conflicts": [conflict.id for conflict in folded],
        },
    )
