"""What findings of one sentence share: a list has one place, another name of a finding has the finding's place."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from clinnote.ontology.linking import Gap, Link
from clinnote.pipeline.site_phrases import Finding, GapOf, Item, Phrase

BREAKS: Final = Link.ENDS | Link.OPENS
LIST: Final = Link.JOINS | Link.COMMA
_EQUATES: Final = 2
"""Most other words beside a verb that says what a finding is ("the opacity in the left base is a scar")."""


class Way(IntEnum):
    """How a phrase came to its finding, the surest first."""

    BEFORE = 0
    AFTER = 1
    SUBJECT = 2
    JOINED = 3
    SHARED = 4
    DESTINATION = 5
    """Where the tip of a tube lies, which is not the side on which it enters."""
    REFERENCE = 6
    """A landmark from which the place is measured or described ("4 cm from the nipple")."""
    HEADING = 7
    """The place that heads the line ("L4-L5: ...")."""
    RENAMED = 8
    """Of the finding that this is another name, the cause or the company of."""


class Attachment(NamedTuple):
    """One phrase of a finding. ``ahead``: the phrase stands before the finding and modifies the noun."""

    phrase: Phrase
    way: Way
    ahead: bool


Attachments = dict[int, list[Attachment]]
"""Phrases by the position of the finding in the row of items."""


def without_landmarks(item: Item, attachments: Sequence[Attachment]) -> list[Attachment]:
    """A landmark locates a finding only if nothing nearer to the point does."""
    other = [a for a in attachments if a.way != Way.REFERENCE]
    return other if other or (isinstance(item, Finding) and item.own) else list(attachments)


def share(items: Sequence[Item], found: Attachments, gap_of: GapOf) -> None:
    """Let a finding without a place have that of the finding it is joined to, or is another name of."""
    positions = list(found)
    placed = {i: _all_of(items[i], attachments) for i, attachments in found.items()}
    renamed = False
    for k, i in enumerate(positions):
        before = positions[k - 1]
        if k == 0 or placed[i] or not placed[before]:
            renamed = False
            continue
        gap = gap_of(items[i - 1].end, items[i].start)
        renamed = not gap.has(BREAKS) and (
            _renames(items, before, i, gap, found[before])
            or (renamed and i - 1 == before and gap.only(LIST | Link.MEANS))
            or _alternative(items, before, i, gap, gap_of)
        )
        if renamed:
            placed[i] = found[i] = _passed_on(placed[before], everything=True)
        elif i - 1 == before and gap.only(LIST | Link.ACCOMPANIES):
            placed[i] = found[i] = _passed_on(placed[before], everything=False)
    for k in range(len(positions) - 2, -1, -1):
        i, following = positions[k], positions[k + 1]
        if (
            placed[i]
            or following != i + 1
            or not gap_of(items[i].end, items[following].start).only(LIST | Link.MEANS | Link.ACCOMPANIES)
        ):
            continue
        if items[i].end + 1 >= items[following].start:  # "fracture deformities of the left ribs"
            placed[i] = found[i] = _passed_on(placed[following], everything=True)
            continue
        behind = [a for a in found[following] if a.way in (Way.AFTER, Way.JOINED, Way.REFERENCE)]
        placed[i] = found[i] = [Attachment(a.phrase, Way.SHARED, ahead=False) for a in behind]


def _renames(items: Sequence[Item], before: int, i: int, gap: Gap, attachments: Sequence[Attachment]) -> bool:
    """Whether finding ``i`` is what finding ``before`` is, means, comes from or comes with."""
    if gap.has(Link.MEANS) or (gap.has(Link.ACCOMPANIES) and gap.only(Link.ACCOMPANIES | Link.LOCATES)):
        return True
    if gap.roles != Link.VERB or gap.words > _EQUATES:
        return False
    return i - 1 == before or any(a.phrase is items[i - 1] for a in attachments)


def _alternative(items: Sequence[Item], before: int, i: int, gap: Gap, gap_of: GapOf) -> bool:
    """Whether finding ``i`` is the first of two names in doubt: "opacity in the left base, atelectasis versus scar"."""
    if i - 1 == before or i + 1 >= len(items) or gap.roles != Link.COMMA or gap.words:
        return False
    return isinstance(items[i + 1], Finding) and gap_of(items[i].end, items[i + 1].start).roles == Link.MEANS


def _all_of(item: Item, attachments: Sequence[Attachment]) -> list[Attachment]:
    """The attachments of a finding, with the place inside its own span."""
    if isinstance(item, Finding) and item.own:
        return [Attachment(item.own, Way.BEFORE, ahead=True), *attachments]
    return list(attachments)


def _passed_on(attachments: Sequence[Attachment], *, everything: bool) -> list[Attachment]:
    return [
        Attachment(a.phrase, Way.RENAMED if everything else Way.SHARED, a.ahead)
        for a in attachments
        if a.way != Way.DESTINATION and (everything or a.ahead)
    ]
