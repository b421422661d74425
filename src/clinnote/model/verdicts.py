"""What reviewers decide about conflicts: reasons, and the record in which a verdict travels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from clinnote.model.conflict import VERDICTS, Conflict, Verdict
from clinnote.model.conflict_features import KEPT, features_of

VERDICT_TITLES: Final[Mapping[str, str]] = {
    "report_error": "Report error",
    "label_error": "Label error",
    "both": "Both wrong",
    "not_a_conflict": "Not a conflict",
}
FALSE_ALARM: Final = "not_a_conflict"
COMMENT: Final = "comment"
"""Key of a verdict record's metadata: the reviewer's own words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reviewer decided as he did; ``verdicts`` are those that the reason can stand beside."""

    code: str
    title: str
    verdicts: tuple[str, ...]


_FALSE: Final = (FALSE_ALARM,)
_REPORT: Final = ("report_error", "both")
_LABEL: Final = ("label_error", "both")

REASONS: Final = (
    Reason("finding_misread", "Finding words misread", _FALSE),
    Reason("other_structure", "Side belongs to something else (device, chamber, vessel)", _FALSE),
    Reason("negation_misread", "Negation or doubt misread", _FALSE),
    Reason("prior_or_resolved", "Prior, resolved or planned finding", _FALSE),
    Reason("two_lesions", "Two different findings compared", _FALSE),
    Reason("same_meaning", "Two words for the same thing", _FALSE),
    Reason("overlapping_site", "The places overlap", _FALSE),
    Reason("orientation", "Orientation of the image misread", _FALSE),
    Reason("dictation", "Dictation or typing slip", _REPORT),
    Reason("template", "Left over from a template or an earlier report", _REPORT),
    Reason("reading", "Images misread by the reporter", _REPORT),
    Reason("wrong_side", "Wrong side marked", _LABEL),
    Reason("wrong_finding", "Wrong finding or place marked", _LABEL),
    Reason("mirrored", "Image or export mirrored", _LABEL),
    Reason("wrong_study", "Wrong study linked", VERDICTS),
    Reason("other", "Other", VERDICTS),
)


def verdict_record(conflict: Conflict, verdict: Verdict | None, more: Mapping[str, Any] | None = None) -> Conflict:
    """The conflict as a line of a verdict file: without quotes, with its properties and the verdict.

    ``more`` is added to the metadata (the reviewer's comment, where the verdict was given).
    """
    kept = {key: conflict.metadata[key] for key in ("suppressed_by", "severity_was") if key in conflict.metadata}
    features = {name: list(values) for name, values in features_of(conflict).items()}
    metadata = {KEPT: features, **kept, **(more or {})}
    return replace(conflict, text=None, image=None, verdict=verdict, metadata=metadata)
