"""What the cross-check hands back: conflicts, and a verdict for every pair that it looked at."""

from dataclasses import dataclass

from clinnote.model.conflict import Conflict


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What came of one mention and one label about related findings.

    ``value``: ``agree``, ``refine`` (both hold, one says more), ``conflict`` or ``not_comparable``; ``reason`` says why
    in a few words. ``side`` is ``same`` or ``opposite`` where both sides are single and known; ``origin`` names the
    label's source.
    """

    note_id: str
    mention_id: str
    label_id: str
    value: str
    reason: str
    side: str | None = None
    origin: str = ""
    paired: bool = False
    """Whether the best assignment of lesions to labels puts the two together."""


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The outcome for one study; ``study_id`` is None for alerts about a whole source."""

    study_id: str | None
    conflicts: tuple[Conflict, ...] = ()
    verdicts: tuple[PairVerdict, ...] = ()
