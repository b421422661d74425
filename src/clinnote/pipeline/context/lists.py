"""Lists whose opening line speaks for every item: "Denies:" and then one symptom a line."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.model.spans import Span
from clinnote.ontology.cues import Node
from clinnote.ontology.words import Words
from clinnote.pipeline.context.cue_search import Found, find_cues

_OPENING: Final = 60
"""An opening line is at most this long, in characters."""
_ITEM: Final = 40
"""So is a line without a bullet that still counts as an item."""
_BULLET: Final = re.compile(r"[-*\u2022\u00b7\u25cf\u2013>]|\(?\d{1,2}[.)]|\[[ xX]?\]")


def list_items(
    text: str, words: Words, sentences: Sequence[Span], heads: Sequence[int], root: Node
) -> Iterator[tuple[Span, Found]]:
    """Each item with each cue of the line that opens its list; the cue stands right before the colon."""
    for number in [i for i, (_, end) in enumerate(sentences) if text[end - 1] == ":"]:
        opening = sentences[number]
        if opening.end - opening.start > _OPENING:
            continue
        first, colon = bisect_left(words.starts, opening.start), bisect_left(words.starts, opening.end) - 1
        begins = heads[bisect_left(heads, first) : bisect_left(heads, colon)]
        cues = [
            found
            for found in find_cues(words.words, begins, colon, root)
            if found.last == colon and found.cue.kind == "cue" and found.cue.forward and found.cue.limit is None
        ]
        if cues:
            for item in _items(text, sentences, number):
                yield from ((item, found) for found in cues)


def _items(text: str, sentences: Sequence[Span], opening: int) -> Iterator[Span]:
    """The lines behind the opening one, up to a blank line or one that looks like no item."""
    end = sentences[opening].end
    for line in sentences[opening + 1 :]:
        if text.count("\n", end, line.start) != 1 or text[line.end - 1] == ":":
            return
        if not _BULLET.match(text, line.start) and line.end - line.start > _ITEM:
            return
        yield line
        end = line.end
