"""One thing in which a predicted mention differs from the gold mention."""

from dataclasses import dataclass

from clinnote.model.mention import Mention


@dataclass(frozen=True, slots=True)
class MentionError:
    """One thing that differs. ``kind`` is missed, spurious, label, span, code or the name of an attribute."""

    kind: str
    note_id: str
    gold: Mention | None
    predicted: Mention | None
    gold_value: str = ""
    predicted_value: str = ""
