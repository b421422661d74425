"""One source whose sides are nearly all inverted: one alert for the source in place of a conflict for every study."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from clinnote.crosscheck.results import StudyResult
from clinnote.crosscheck.rules import Rules
from clinnote.model.conflict import Conflict, ImageSide
from clinnote.store.shelf import Shelf


@dataclass(slots=True)
class _Votes:
    """How many sided labels of one source the texts confirm and contradict, and in how many studies."""

    same: int = 0
    opposite: int = 0
    studies: int = 0
    folded: list[tuple[str, str | None]] = field(default_factory=list)
    """(id, study) of the conflicts that the alert stands for."""

    @property
    def total(self) -> int:
        return self.same + self.opposite

    def inverted(self, rules: Rules) -> bool:
        return (
            self.total >= rules.systematic_pairs
            and self.studies >= rules.systematic_studies
            and self.opposite >= rules.systematic_share * self.total
        )


def fold_flips(results: Iterable[StudyResult], rules: Rules) -> Iterator[StudyResult]:
    """Replace the side conflicts of inverted sources by one ``systematic_flip`` each.

    A source counts as inverted when at least ``systematic_share`` of its ``systematic_pairs`` or more sided labels, in
    at least ``systematic_studies`` studies, say the opposite of the text: a flipped export, or the viewer's left taken
    for the patient's.

    Results pass through as they come. Only studies whose side conflicts an inversion would explain are held back until
    all is counted, so they come after the others, and the alerts last.
    """
    votes: dict[str, _Votes] = {}
    held: Shelf[tuple[StudyResult, dict[str, str]]] = Shelf()
    for result in results:
        labels = _labels(result)
        for origin, said in labels.items():
            vote = votes.setdefault(origin, _Votes())
            vote.same += sum(side == "same" for side in said.values())
            vote.opposite += sum(side == "opposite" for side in said.values())
            vote.studies += 1
        explained = _explained(result)
        if explained:
            held.append((result, explained))
        else:
            yield result
    for result, explained in held:
        kept = []
        for conflict in result.conflicts:
            source = explained.get(conflict.id)
            if source is not None and votes[source].inverted(rules):
                votes[source].folded.append((conflict.id, conflict.study_id))
            else:
                kept.append(conflict)
        yield replace(result, conflicts=tuple(kept))
    alerts = tuple(_alert(origin, vote, rules) for origin, vote in sorted(votes.items()) if vote.inverted(rules))
    if alerts:
        yield StudyResult(None, alerts)


def _labels(result: StudyResult) -> dict[str, dict[str, str]]:
    """For each source, what the texts say of each of its sided labels.

    A label that any mention confirms is confirmed; a report that repeats itself does not vote twice.
    """
    labels: dict[str, dict[str, str]] = {}
    for verdict in result.verdicts:
        if verdict.side is not None:
            said = labels.setdefault(verdict.origin, {})
            said[verdict.label_id] = "same" if "same" in (verdict.side, said.get(verdict.label_id)) else "opposite"
    return labels


def _explained(result: StudyResult) -> dict[str, str]:
    """The side conflicts that the inversion of one source would explain, and that source."""
    opposed: dict[str, set[str]] = {}
    for verdict in result.verdicts:
        if verdict.side == "opposite":
            opposed.setdefault(verdict.origin, set()).add(verdict.label_id)
    return {
        conflict.id: origin
        for conflict in result.conflicts
        if conflict.kind == "side_opposite" and isinstance(conflict.image, ImageSide)
        for origin, labels in opposed.items()
        if labels.issuperset(_labels_of(conflict, conflict.image))
    }


def _labels_of(conflict: Conflict, image: ImageSide) -> tuple[str, ...]:
    return (image.label_id, *conflict.metadata.get("other_labels", ()))


def _alert(origin: str, vote: _Votes, rules: Rules) -> Conflict:
    return Conflict(
        id=hashlib.sha256(f"systematic_flip|{origin}".encode("utf-8", "surrogatepass")).hexdigest()[:16],
        kind="systematic_flip",
        severity=rules.severity["systematic_flip"],
        confidence=rules.confidence["systematic_flip"],
        explanation=(
            f"Source {origin}: {vote.opposite} of {vote.total} sided labels are inverted against the reports; "
            "left and right are most likely exchanged in this source"
        ),
        metadata={
            "source": origin,
            "opposite": vote.opposite,
            "pairs": vote.total,
            "studies": sorted({study for _, study in vote.folded if study}),
            "conflicts": [conflict for conflict, _ in vote.folded],
        },
    )
