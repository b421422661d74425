"""The verdict line of a card: what the text says and what the other claim says, in a clinician's words."""

from typing import Final

from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.reports.words import BASIS_WORDS, format_words, plain

_PRESENCE_KINDS: Final = ("negated_but_labelled", "present_but_absent", "labelled_not_mentioned")
_SITE_KINDS: Final = ("site_mismatch", "level_mismatch", "quadrant_mismatch")
WHOLE_KINDS: Final = ("identity", "body_part_mismatch", "systematic_flip", "count_or_size")
"""Kinds that are not about a place: nothing is drawn."""
_COUNTED: Final = (
    (("text_mm", "label_mm"), " MM"),
    (("size_mm",), " MM"),
    (("text_count", "label_count"), ""),
    (("counts",), ""),
)
"""Keys of a conflict's metadata that hold its two numbers, together or one each, and their unit."""
WHOLE_IMAGE: Final = "image"
"""What a label of an image as a whole calls its finding."""
_SIDE_WORDS: Final = ("left", "right", "bilateral", "both", "the")
_NO_SIDE: Final = "NO SIDE FOR"

type Run = list[list[str]]
"""A line in words: (text, role) pairs; the role marks the words that disagree (``text``, ``image``) or is empty."""


def headline(conflict: Conflict) -> Run:
    """The verdict line: what the text says and what the other claim says, the disagreeing words marked.

    Where the two claims do not differ in their telling word, the cross-check's own line says what disagrees.
    """
    first, second = conflict.text, conflict.image
    if first is None or second is None:
        return [[conflict.explanation, ""]]
    opening = "Text says " if isinstance(second, ImageSide) else f"{_place(first)} {_verb(first)} "
    if conflict.kind in WHOLE_KINDS:
        telling = _telling(conflict, second)
        if telling is None:
            return [[conflict.explanation, ""]]
        about = f" {_finding(first)}" if conflict.kind == "count_or_size" else ""
        return [[opening, ""], [telling[0], "text"], [about, ""], *_second(first, second, [[telling[1], "image"]])]
    if not _differ(conflict.kind, first, second):
        return [[conflict.explanation, ""]]
    claim, basis = _claim(conflict.kind, second, "image"), ""
    if isinstance(second, ImageSide):
        same = plain(second.finding).lower() in _finding(first).lower()
        claim = claim[:1] if same else claim
        basis = BASIS_WORDS.get(second.basis or "", "") if conflict.kind.startswith(("side", "image")) else ""
    return [[opening, ""], *_claim(conflict.kind, first, "text"), *_second(first, second, claim, basis)]


def _telling(conflict: Conflict, second: TextSide | ImageSide) -> tuple[str, str] | None:
    """The two numbers of a count or a size, or the two parts of the body, as the report and the label give them."""
    facts = conflict.metadata
    for keys, unit in _COUNTED:
        found = [facts[key] for key in keys if key in facts]
        numbers = found[0] if len(keys) == 1 and found else found
        if isinstance(numbers, list) and len(numbers) == 2 and all(isinstance(n, int | float) for n in numbers):
            return f"{numbers[0]:g}{unit}", f"{numbers[1]:g}{unit}"
    about = facts.get("report")
    if conflict.kind != "body_part_mismatch" or not isinstance(about, list) or not isinstance(second, ImageSide):
        return None
    return plain(" and ".join(map(str, about))).upper(), plain(second.site or second.finding).upper()


def _differ(kind: str, first: TextSide, second: TextSide | ImageSide) -> bool:
    if kind in _SITE_KINDS and not (first.site and second.site):
        return False
    said = {_claim(kind, side, "")[0][0].casefold() for side in (first, second)}
    return len(said) == 2 and _NO_SIDE.casefold() not in said


def _second(first: TextSide, second: TextSide | ImageSide, claim: Run, basis: str = "") -> Run:
    """The other claim behind the first: its source and what its side rests on stand in brackets."""
    if isinstance(second, TextSide):
        return [[f"; {_place(second).lower()} {_verb(second)} ", ""], *claim]
    where = f" ({plain(first.section)})" if first.section else ""
    source = format_words(second.format)
    if second.finding == WHOLE_IMAGE:
        return [[f"{where}; {source.lower()} says ", ""], *claim]
    brackets = ", ".join(filter(None, (source, basis)))
    return [[f"{where}; image label says ", ""], *claim, [f" ({brackets})", ""]]


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
        return plain(side.site or "").lower() if side.finding == WHOLE_IMAGE else f"“{plain(side.finding)}”"
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
