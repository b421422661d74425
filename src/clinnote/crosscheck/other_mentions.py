"""What else the report says of a finding: the reviewer's first question."""

from typing import Any, Final

from clinnote.crosscheck.facts import TextFact
from clinnote.model.mention import Mention, TaggedNote

_LISTED: Final = 8
_QUOTED: Final = 240
"""Code points of a sentence that are quoted."""


def other_mentions(fact: TextFact) -> dict[str, Any]:
    """``{"other_mentions": [...]}`` for the note's other mentions of the same finding; empty when there are none.

    The same finding is the same concept or, without a code, the same words. Each item has ``laterality``, ``section``,
    ``polarity``, ``temporality``, ``quote`` (the sentence, cut when long) and ``start`` and ``end`` (of the mention).
    """
    own = fact.mention
    keys, words = {code.key for code in own.codes}, own.text.casefold()
    found = [
        _item(fact.note, mention)
        for mention in fact.note.mentions
        if mention.label == own.label
        and (mention.start, mention.end) != (own.start, own.end)
        and (mention.text.casefold() == words or any(code.key in keys for code in mention.codes[:1]))
    ]
    return {"other_mentions": found[:_LISTED], **_more(len(found))} if found else {}


def _more(count: int) -> dict[str, int]:
    return {"other_mentions_not_listed": count - _LISTED} if count > _LISTED else {}


def _item(note: TaggedNote, mention: Mention) -> dict[str, Any]:
    start, end = mention.sentence if mention.sentence[1] > mention.sentence[0] else (mention.start, mention.end)
    quote = mention.text
    if note.text is not None:
        first = max(start, mention.start - _QUOTED // 2)
        quote = note.text[first : max(mention.end, min(end, first + _QUOTED))]
    return {
        "laterality": mention.laterality,
        "section": mention.section,
        "polarity": mention.polarity,
        "temporality": mention.temporality,
        "quote": quote,
        "start": mention.start,
        "end": mention.end,
    }
