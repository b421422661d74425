"""Half-open spans [start, end), counted in Unicode code points of the text exactly as it was given."""

from typing import NamedTuple


class Span(NamedTuple):
    """A half-open stretch of a text; ``text[span.start:span.end]`` is its quote."""

    start: int
    end: int

    def quote(self, text: str) -> str:
        """The words of the span."""
        return text[self.start : self.end]

    def contains(self, other: "Span") -> bool:
        """Whether ``other`` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


def valid(start: object, end: object, length: int) -> bool:
    """Whether (start, end) are integers that mark a non-empty stretch of a text of ``length`` code points."""
    return type(start) is int and type(end) is int and 0 <= start < end <= length
