"""Which place phrase belongs to which finding of a sentence.

A phrase goes to the finding that it stands directly before ("left basilar opacity"), to the finding it follows behind
a locating word ("opacity in the left base"), or to the one that its own clause is about ("the left lung shows an
opacity"), in this order. What is joined shares: two places of one finding, two findings of one place.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from clinnote.ontology.linking import Gap, Link
from clinnote.pipeline.sites.phrases import Finding, GapOf, Item, Phrase, tight
from clinnote.pipeline.sites.sharing import BREAKS, LIST, Attachment, Attachments, Way, share, without_landmarks

_FARTHEST: Final = 12
"""Most words, besides the linking ones, between a phrase and its finding."""
_NOUN_PHRASE: Final = 4
"""Most other words between two places of one list."""
_PLACED: Final = Link.LOCATES | Link.OF
_STATED: Final = 2
"""Cost of a phrase that does not stand directly before its finding, from which on side words may stand between."""


_FORWARD_WAYS: Final[Mapping[float, Way]] = {0: Way.BEFORE, 1: Way.JOINED}


def attach(items: Sequence[Item], gap_of: GapOf, sentence_end: int) -> Attachments:
    """The phrases of each finding of a sentence (by position in ``items``)."""
    found: Attachments = {i: [] for i, item in enumerate(items) if isinstance(item, Finding)}
    if len(found) < len(items):
        owner = _first_pass(items, gap_of, sentence_end)
        _join_neighbours(items, owner, gap_of, sentence_end)
        for i, attachment in sorted(owner.items()):
            item = items[i]
            if isinstance(item, Phrase):
                position, way = attachment
                found[position].append(Attachment(item, way, i < position))
        for i, attachments in found.items():
            if attachments:
                found[i] = without_landmarks(items[i], attachments)
    elif not any(isinstance(item, Finding) and item.own for item in items):
        return found
    if len(found) > 1:
        share(items, found, gap_of)
    return found


def _first_pass(items: Sequence[Item], gap_of: GapOf, sentence_end: int) -> dict[int, tuple[int, Way]]:
    """For each phrase its finding, judged by its direct neighbours."""
    owner: dict[int, tuple[int, Way]] = {}
    for i, item in enumerate(items):
        if not isinstance(item, Phrase):
            continue
        options = []
        head = _head(items, i, gap_of)
        finding = items[head] if head else None
        if isinstance(finding, Finding):
            gap = gap_of(item.end, items[i + 1].start)
            leads = not any(isinstance(earlier, Finding) for earlier in items[:i])
            cost = 3 if leads and _introduces(gap, item) else _forward(gap, item, finding)
            if cost is not None and (head == i + 1 or cost >= _STATED):
                options.append((cost + _taken(items, i, gap_of), head, _FORWARD_WAYS.get(cost, Way.SUBJECT)))
        back = _behind(items, i, gap_of, sentence_end, owner)
        if back is not None:
            options.append(back)
        if options:
            _, position, way = min(options)
            owner[i] = (position, way)
    return owner


def _head(items: Sequence[Item], i: int, gap_of: GapOf) -> int:
    """The position of the finding that phrase ``i`` stands before, bare side words left out; 0 if there is none."""
    phrase = items[i]
    j = i + 1
    while j + 1 < len(items) and isinstance(phrase, Phrase) and phrase.sites and not phrase.words:
        side = items[j]
        if not isinstance(side, Phrase) or side.sites or not tight(gap_of(side.end, items[j + 1].start)):
            break
        j += 1  # "at C5-C6, there is a right paracentral protrusion"
    return j if j < len(items) else 0


def _taken(items: Sequence[Item], i: int, gap_of: GapOf) -> float:
    """What it costs more that the finding ahead has a place of its own, and one without a place stands right before.

    "Opacity left lung base silhouetting the left hemidiaphragm".
    """
    before, phrase, ahead = items[i - 1] if i else None, items[i], items[i + 1]
    if not (isinstance(before, Finding) and isinstance(phrase, Phrase) and isinstance(ahead, Finding)):
        return 0
    if before.own is not None or ahead.own is None or not (phrase.sites and ahead.own.words):
        return 0
    return 1.5 if tight(gap_of(before.end, phrase.start)) else 0


def _introduces(gap: Gap, phrase: Phrase) -> bool:
    """Whether the sentence opens with the place: "in the left breast there are calcifications"."""
    opening = gap.has(Link.OPENS) and gap.only(Link.OPENS | Link.VERB | Link.COMMA)
    return opening and not phrase.weak and gap.words <= _NOUN_PHRASE and not gap.has(Link.STATES)


def _forward(gap: Gap, phrase: Phrase, finding: Item) -> float | None:
    """How far the phrase is from the finding it stands before; None if it can't belong there."""
    if gap.has(BREAKS) or gap.words > _FARTHEST:
        return None
    if tight(gap) or (gap.only(Link.OF) and 0 < gap.words <= 2):  # "bibasilar areas of atelectasis"
        return 0
    if phrase.weak:
        return None
    if gap.only(LIST) and isinstance(finding, Finding) and finding.own:
        return 1  # "left upper and [right lower lobe nodules]"
    if gap.has(Link.COLON):
        return 2
    if gap.has(Link.MEANS) or (gap.has(Link.VERB) and not gap.has(Link.JOINS | Link.COMMA)):
        return 3
    if gap.has(Link.ACCOMPANIES | Link.LOCATES) and not gap.has(Link.JOINS):
        return 4
    return 5 if gap.only(Link.COMMA) else None


def _behind(
    items: Sequence[Item], i: int, gap_of: GapOf, sentence_end: int, owner: dict[int, tuple[int, Way]]
) -> tuple[float, int, Way] | None:
    """(distance, position of the finding, way) if the phrase belongs to what stands before it."""
    phrase = items[i]
    if i == 0 or not isinstance(phrase, Phrase) or phrase.weak:
        return None
    previous = items[i - 1]
    gap = gap_of(previous.end, phrase.start)
    if gap.has(BREAKS) or gap.words > _FARTHEST:
        return None
    if isinstance(previous, Phrase):
        position, way = owner.get(i - 1, (i, Way.AFTER))
        if position >= i:
            return None
        if gap.has(Link.DESTINATION):
            return 1.5, position, Way.DESTINATION
        if gap.has(Link.REFERENCE):
            return 1.5, position, Way.REFERENCE
        if gap.has(_PLACED) or tight(gap):
            return 1.5, position, way
        joined = gap.only(LIST) and gap.words <= _NOUN_PHRASE and not _stated(items, i, gap_of, sentence_end)
        return (2.5, position, max(way, Way.JOINED)) if joined else None
    if gap.has(Link.DESTINATION):
        return 1, i - 1, Way.DESTINATION
    if gap.has(Link.REFERENCE):
        return 2.5 if gap.has(Link.VERB) else 3 if gap.has(Link.JOINS) else 1, i - 1, Way.REFERENCE
    if tight(gap):
        return 1, i - 1, Way.AFTER
    if gap.has(_PLACED):
        return 2.5 if gap.has(Link.VERB) else 3 if gap.has(Link.JOINS) else 1, i - 1, Way.AFTER
    if gap.only(Link.VERB) and not phrase.sites:
        return 2, i - 1, Way.AFTER  # "the effusion is bilateral"
    if gap.only(Link.COMMA | Link.COLON) and _closes(items, i, gap_of, sentence_end, owner):
        return 3, i - 1, Way.AFTER
    return None


def _closes(items: Sequence[Item], i: int, gap_of: GapOf, sentence_end: int, owner: dict[int, tuple[int, Way]]) -> bool:
    """Whether the phrase ends its statement, as in "opacity, left lower lobe."; "left kidney normal" is another one."""
    following = items[i + 1].start if i + 1 < len(items) else sentence_end
    gap = gap_of(items[i].end, following)
    if gap.has(Link.VERB | Link.ACCOMPANIES) or _stated(items, i, gap_of, sentence_end):
        return False
    if i + 1 < len(items):
        return bool(gap.roles) and not _opposed(items, i, owner)
    return not gap.words or not _opposed(items, i, owner)


def _stated(items: Sequence[Item], i: int, gap_of: GapOf, sentence_end: int) -> bool:
    """Whether the words behind the phrase say how its place is ("left kidney normal"): a statement of its own."""
    gap = gap_of(items[i].end, items[i + 1].start if i + 1 < len(items) else sentence_end)
    if not gap.has(Link.STATES):
        return False
    return i + 1 == len(items) or bool(gap.first & (Link.STATES | Link.VERB)) or not gap.has(LIST)


def _opposed(items: Sequence[Item], i: int, owner: dict[int, tuple[int, Way]]) -> bool:
    """Whether the phrase names a place on another side than the finding before it has."""
    phrase, finding = items[i], items[i - 1]
    if not (isinstance(phrase, Phrase) and isinstance(finding, Finding)) or not phrase.sites or not phrase.sides:
        return False
    known = finding.own.sides if finding.own else frozenset()
    earlier = items[i - 2] if i > 1 else None
    if not known and isinstance(earlier, Phrase) and owner.get(i - 2, (-1, Way.AFTER))[0] == i - 1:
        known = earlier.sides
    return bool(known) and known != phrase.sides


def _join_neighbours(
    items: Sequence[Item], owner: dict[int, tuple[int, Way]], gap_of: GapOf, sentence_end: int
) -> None:
    """Give a phrase without a finding the finding of the phrase it is joined to ("left upper and right lower lobe")."""
    order = [i for i, item in enumerate(items) if isinstance(item, Phrase)]
    for i in (*order, *reversed(order)):
        phrase = items[i]
        if i in owner or (isinstance(phrase, Phrase) and phrase.weak) or _stated(items, i, gap_of, sentence_end):
            continue
        for j in (i - 1, i + 1):
            if j in owner and isinstance(items[j], Phrase):
                a, b = (j, i) if j < i else (i, j)
                gap = gap_of(items[a].end, items[b].start)
                if _headed(gap, items[a], items[b]) or (gap.only(LIST | _PLACED) and gap.words <= _NOUN_PHRASE):
                    owner[i] = (owner[j][0], Way.JOINED if owner[j][1] != Way.DESTINATION else Way.DESTINATION)
                    break


def _headed(gap: Gap, heading: Item, phrase: Item) -> bool:
    """Whether a place without a side stands over a bare side: "L4-L5: Right paracentral disc protrusion"."""
    if not (isinstance(heading, Phrase) and isinstance(phrase, Phrase)):
        return False
    return gap.roles == Link.COLON and not gap.words and not heading.sides and not phrase.sites
