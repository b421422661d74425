"""What findings of one sentence share: a list has one place, another name of a finding has the finding's place."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from clinnote.ontology.linking import Gap, Link
from clinnote.pipeline.sites.phrases import Finding, GapOf, Item, Phrase, side_alone

BREAKS: Final = Link.ENDS | Link.OPENS
LIST: Final = Link.JOINS | Link.COMMA
_DIRECTLY: Final = Link.ACCOMPANIES | Link.LOCATES
_NOUN: Final = 3
"""Most other words between a finding and one that comes with it as one of several."""
_COMPANY: Final = Link.ACCOMPANIES | Link.LOCATES | Link.JOINS | Link.OF
"""What may stand between a finding and one that comes with it ("with volume loss and foci of atelectasis")."""
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
    """Of the finding that this is another name or the cause of."""
    COMPANION = 9
    """Of the finding that this comes with."""
    SIDE = 10
    """The side alone of the finding that this, at a place of its own, is another name of."""
    NEIGHBOUR = 11
    """Of the finding that this, at a place of its own, comes with; only a neighbour's side counts."""


class Attachment(NamedTuple):
    """One phrase of a finding. ``ahead``: the phrase stands before the finding and modifies the noun."""

    phrase: Phrase
    way: Way
    ahead: bool


_BEHIND: Final = (Way.AFTER, Way.JOINED, Way.REFERENCE, Way.SHARED, Way.NEIGHBOUR)
"""How a place behind a finding came to it, which the findings listed before it may share."""

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
    kin: Way | None = None
    for k, i in enumerate(positions):
        before = positions[k - 1]
        if k == 0 or not placed[before]:
            kin = None
        elif placed[i]:
            link = _link(items, before, i, found, gap_of)
            means = link is not None and link.has(Link.MEANS)
            listed = kin is not None and link is not None and link.only(LIST)
            kin = Way.RENAMED if means else kin if listed else None
            if link is not None and not any(a.phrase.words for a in placed[i]):
                company = listed or (link.has(Link.ACCOMPANIES) and link.only(_COMPANY))
                way = Way.SIDE if means else Way.NEIGHBOUR if company else None
                found[i] = [*found[i], *_sided(placed[before], way)]
                placed[i] = _all_of(items[i], found[i])
        else:
            gap = gap_of(items[i - 1].end, items[i].start)
            kin = _kinship(items, before, i, gap, found[before], kin, gap_of)
            if kin is not None:
                placed[i] = found[i] = _passed_on(placed[before], kin)
            elif i - 1 == before and gap.only(LIST | Link.ACCOMPANIES):
                placed[i] = found[i] = _passed_on(placed[before], Way.SHARED)
    _share_back(items, positions, found, placed, gap_of)


def _share_back(
    items: Sequence[Item], positions: Sequence[int], found: Attachments, placed: Attachments, gap_of: GapOf
) -> None:
    """Let a finding have the place that stands behind the one it is joined to ("effusion or opacity on the right").

    One that has a place in its own name has the side alone ("interstitial and alveolar opacities in the right base").
    """
    for k in range(len(positions) - 2, -1, -1):
        i, following = positions[k], positions[k + 1]
        if following != i + 1 or any(a.phrase.words for a in placed[i]):
            continue
        gap = gap_of(items[i].end, items[following].start)
        if not gap.only(LIST if placed[i] else LIST | Link.MEANS | Link.ACCOMPANIES):
            continue
        if not placed[i] and items[i].end + 1 >= items[following].start:  # "fracture deformities of the left ribs"
            placed[i] = found[i] = _passed_on(placed[following], Way.RENAMED)
            continue
        behind = [a for a in found[following] if a.way in _BEHIND and not a.ahead]
        if placed[i]:
            found[i] = [*found[i], *_sided(behind, Way.NEIGHBOUR)]
            placed[i] = _all_of(items[i], found[i])
        else:
            placed[i] = found[i] = [Attachment(a.phrase, Way.SHARED, ahead=False) for a in behind]


def _kinship(
    items: Sequence[Item],
    before: int,
    i: int,
    gap: Gap,
    attachments: Sequence[Attachment],
    kin: Way | None,
    gap_of: GapOf,
) -> Way | None:
    """How finding ``i`` is of the place of finding ``before``, which was so itself by ``kin``; None if it is not.

    It is what the other is, means or comes from, or it comes with it.
    """
    if gap.has(BREAKS):
        return None
    if gap.has(Link.MEANS):
        return Way.RENAMED
    if gap.has(Link.ACCOMPANIES) and (gap.only(_DIRECTLY) or (gap.only(_COMPANY) and gap.words <= _NOUN)):
        return Way.COMPANION
    equates = gap.roles == Link.VERB and gap.words <= _EQUATES
    if equates and (i - 1 == before or any(a.phrase is items[i - 1] for a in attachments)):
        return Way.RENAMED
    if kin is not None and i - 1 == before and gap.only(LIST | Link.MEANS):
        return kin
    return Way.RENAMED if _alternative(items, before, i, gap, gap_of) else None


def _link(items: Sequence[Item], before: int, i: int, found: Attachments, gap_of: GapOf) -> Gap | None:
    """What stands between the statements of finding ``before`` and of finding ``i``, which has places of its own.

    None if they are parted by something else.
    """
    at = i
    while at > before + 1 and any(a.phrase is items[at - 1] for a in found[i]):
        at -= 1
    if not all(any(a.phrase is item for a in found[before]) for item in items[before + 1 : at]):
        return None
    gap = gap_of(items[at - 1].end, items[at].start)
    return None if gap.has(BREAKS) else gap


def _sided(attachments: Sequence[Attachment], way: Way | None) -> list[Attachment]:
    """The places of a finding that have a side in words, as those that another one has by ``way``."""
    if way is None:
        return []
    return [
        Attachment(side_alone(a.phrase) if way == Way.SIDE else a.phrase, way, ahead=False)
        for a in attachments
        if a.phrase.words and a.way not in (Way.DESTINATION, Way.REFERENCE)
    ]


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


def _passed_on(attachments: Sequence[Attachment], way: Way) -> list[Attachment]:
    """What a finding gets from another one; of one that it is merely listed with, only what stands before it."""
    return [
        Attachment(a.phrase, way, a.ahead)
        for a in attachments
        if a.way != Way.DESTINATION and (way != Way.SHARED or a.ahead)
    ]
