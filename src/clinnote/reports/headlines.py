"""The verdict line of a card: what the text says and what the other claim says, in a clinician's words."""

from typing import Final

from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.reports.words import BASIS_WORDS, format_words, plain, pointer_words

_PRESENCE_KINDS: Final = ("negated_but_labelled", "present_but_absent", "labelled_not_mentioned")
_SITE_KINDS: Final = ("site_mismatch", "level_mismatch", "quadrant_mismatch")
WHOLE_KINDS: Final = ("identity", "body_part_mismatch", "systematic_flip", "count_or_size")
"""Kinds that are not about a place: the cross-check's own line is the headline, and nothing is drawn."""
_SIDE_WORDS: Final = ("left", "right", "bilateral", "both", "the")
_NO_SIDE: Final = "NO SIDE FOR"

type Run = list[list[str]]
"""A line in words: (text, role) pairs; the role marks the words that disagree (``text``, ``image``) or is empty."""


def headline(conflict: Conflict) -> Run:
    """The verdict line: what the text says and what the other claim says, the disagreeing words marked.

    Where the two claims do not differ in their telling word, the cross-check's own line says what disagrees.
    """
    first, second = conflict.text, conflict.image
    if first is None or second is None or conflict.kind in WHOLE_KINDS or not _differ(conflict.kind, first, second):
        return [[conflict.explanation, ""]]
    opening = "Text says " if isinstance(second, ImageSide) else f"{_place(first)} {_verb(first)} "
    return [[opening, ""], *_claim(conflict.kind, first, "text"), *_second(conflict.kind, first, second)]


def _differ(kind: str, first: TextSide, second: TextSide | ImageSide) -> bool:
    if kind in _SITE_KINDS and not (first.site and second.site):
        return False
    said = {_claim(kind, side, "")[0][0].casefold() for side in (first, second)}
    return len(said) == 2 and _NO_SIDE.casefold() not in said


def _second(kind: str, first: TextSide, second: TextSide | ImageSide) -> Run:
    if isinstance(second, TextSide):
        return [[f"; {_place(second).lower()} {_verb(second)} ", ""], *_claim(kind, second, "image")]
    source = f" ({section_words(first)}); {_source(second)} says "
    basis = BASIS_WORDS.get(second.basis or "", "") if kind.startswith(("side", "image")) else ""
    claim = _claim(kind, second, "image")
    if plain(second.finding).lower() in _finding(first).lower():
        claim = claim[:1]
    return [[source, ""], *claim, [f" ({basis})" if basis else "", ""]]


def _claim(kind: str, side: TextSide | ImageSide, role: str) -> Run:
    """One claim in words, its telling part in capitals: the side, the site, or whether the finding is there."""
    if kind in _PRESENCE_KINDS:
        return [[_presence(side), role], [f" {_finding(side)}", ""]]
    if kind in _SITE_KINDS and side.site:
        return [[plain(side.site).upper(), role], [f" {_beside(plain(side.finding), plain(side.site))}".rstrip(), ""]]
    return [[_sides(side), role], [f" {_finding(side)}", ""]]


def _finding(side: TextSide | ImageSide) -> str:
    """The finding with its site before it, without words for sides, which stand in capitals before both.

    A label's own name keeps its capitals in quotation marks, so that it is not read as the report's words.
    """
    finding, site = _uncapitalised(sideless(side.finding)), _lowered(sideless(side.site or ""))
    if isinstance(side, ImageSide):
        return f"“{plain(side.finding)}”"
    if site.lower() in finding.lower() or finding.lower() in site.lower():
        return finding
    twice = site.split()[-1].lower() == finding.split()[0].lower()
    return f"{site.rpartition(' ')[0] if twice else site} {finding}".strip()


def _beside(finding: str, site: str) -> str:
    """The finding as it follows its site, without the site's words where it starts with them."""
    rest = finding[len(site) :].strip() if finding.lower().startswith(f"{site.lower()} ") else finding
    return _uncapitalised(rest)


def _lowered(site: str) -> str:
    """In small letters, but for levels: "L4-L5 disc"."""
    return " ".join(word if any(map(str.isdigit, word)) else word.lower() for word in site.split())


def _uncapitalised(words: str) -> str:
    """Without the capital of a sentence's first word; abbreviations keep theirs."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def sideless(words: str) -> str:
    """Words without those that name a side."""
    return " ".join(word for word in plain(words).split() if word.lower() not in _SIDE_WORDS)


def _presence(side: TextSide | ImageSide) -> str:
    if isinstance(side, ImageSide):
        return side.presence.upper()
    return "NO" if side.polarity == "negated" else "PRESENT"


def _sides(side: TextSide | ImageSide) -> str:
    if isinstance(side, TextSide):
        return (side.laterality or _NO_SIDE).upper()
    return "BILATERAL" if {"left", "right"} <= set(side.sides) else " and ".join(side.sides).upper() or _NO_SIDE


def section_words(side: TextSide) -> str:
    """The section of a statement as a reader calls it."""
    return plain(side.section or "no section heading")


def _place(side: TextSide) -> str:
    return plain(side.section).capitalize() if side.section else "One sentence"


def _verb(side: TextSide) -> str:
    """Findings say, an impression says."""
    return "say" if side.section and side.section.endswith("s") and not side.section.endswith(("ss", "is")) else "says"


def _source(side: ImageSide) -> str:
    pointer = f" {pointer_words(side.pointer)}" if side.pointer and len(side.pointer) <= 24 else ""
    return f"{format_words(side.format)}{pointer}"
