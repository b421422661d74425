"""Words of a note on a page: marked, never read as markup, never too long, and without hidden turns of direction."""

import itertools
import re
from collections.abc import Iterable
from typing import Any, Final

from clinnote.model.conflict import Highlight

_LONG: Final = 900
"""Code points of a quote that are shown as they are; of a longer one, the words around the marks."""
_AROUND: Final = 160
LINE: Final = 600
"""Code points of any other line on a page."""
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows (Unicode UAX 9): they could make a card say
the opposite of what it says."""


def segments(quote: str, start: int, highlights: Iterable[Highlight]) -> list[list[Any]]:
    """The quote cut at every edge of a highlight: ``[words, roles]``, in order, together exactly the quote.

    Offsets are code points of the note, ``start`` is the quote's. Highlights may overlap; what lies outside the quote
    is cut off.
    """
    spans = [(max(h.start - start, 0), min(h.end - start, len(quote)), h.role) for h in highlights]
    spans = [span for span in spans if span[0] < span[1]]
    edges = sorted({0, len(quote), *(edge for span in spans for edge in span[:2])})
    return [
        [quote[a:b], sorted({role for s, e, role in spans if s <= a and b <= e})] for a, b in itertools.pairwise(edges)
    ]


def shortened(parts: list[list[Any]]) -> list[list[Any]]:
    """Segments of a very long quote with what is far from every mark left out, shown as an ellipsis."""
    if sum(len(words) for words, _ in parts) <= _LONG:
        return parts
    last = len(parts) - 1
    return [
        [_cut(words, not roles and place == 0 < last, not roles and place == last), roles]
        for place, (words, roles) in enumerate(parts)
    ]


def _cut(words: str, first: bool, last: bool) -> str:
    """A segment without its middle; of the first only the end is kept, of the last only the beginning."""
    if len(words) <= 2 * _AROUND:
        return words
    before = "" if first else words[:_AROUND]
    after = "" if last and not first else words[-_AROUND:]
    return f"{before} … {after}"


def clipped(words: str, limit: int = LINE) -> str:
    """A line that is not longer than ``limit``; what is cut off is shown as an ellipsis."""
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def visible(value: Any, exact: frozenset[str] = frozenset()) -> Any:
    """JSON with every hidden control character in sight, as its number; values under the keys ``exact`` stay."""
    if isinstance(value, str):
        return value if value.isprintable() else _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value)
    if isinstance(value, dict):
        return {key: item if key in exact else visible(item, exact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible(item, exact) for item in value]
    return value
