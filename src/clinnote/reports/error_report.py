"""One self-contained HTML page with every error of an evaluation in its context, to sort and to filter.

The page quotes the notes around every error: that is what it is for. Keep it where the notes may be kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from clinnote.model.codes import short_system
from clinnote.model.mention import Mention
from clinnote.model.mention_error import MentionError
from clinnote.model.stretches import stretches_of
from clinnote.reports.page import render, write_page

_SCRIPTS: Final = ("dom.js", "list.js", "errors.js")
_WINDOW: Final = 120
"""Code points of context on each side."""
_FAR: Final = 240
"""A cue farther away than this is named, not shown."""
LIMIT: Final = 20_000
"""Errors on one page; more would be too many for a browser, and for a reader. The page says how many it leaves out."""
_SAID: Final = {
    "polarity": "affirmed",
    "certainty": "definite",
    "temporality": "current",
    "experiencer": "patient",
    "change": None,
    "severity": None,
    "laterality": None,
}
"""Attributes in the summary of a mention, and the value that is not worth a word."""
KIND_TITLES: Final[Mapping[str, str]] = {
    "missed": "Missed",
    "spurious": "Not in the gold set",
    "label": "Other label",
    "span": "Other span",
    "code": "Other code",
}


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores in words: a caption, column names, rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """The head of the page: counts of notes, mentions, notes without prediction, unreadable inputs; the scores."""

    notes: int
    gold: int
    predicted: int
    missing: int = 0
    rejects: int = 0
    tables: tuple[ScoreTable, ...] = ()
    run: Mapping[str, str] = field(default_factory=dict)
    title: str = "Errors of the predicted mentions"


def write_error_report(
    errors: Iterable[MentionError], texts: Mapping[str, str], summary: ErrorSummary, out: Path
) -> None:
    """Write the page to ``out`` (UTF-8); its folder must exist. ``-`` is standard output.

    Args:
        errors: What differs, in the order in which it is first shown.
        texts: Text of every note by note id; without one, an error shows the words of its mentions alone.
        summary: Counts and scores for the head of the page.
        out: The file to write.
    """
    write_page(render_error_report(errors, texts, summary), out)


def render_error_report(errors: Iterable[MentionError], texts: Mapping[str, str], summary: ErrorSummary) -> str:
    """The page as a string; the same input always gives the same page."""
    errors = list(errors)
    cards = [_card(error, texts.get(error.note_id)) for error in errors[:LIMIT]]
    kinds = {card["kind"]: KIND_TITLES.get(card["kind"], card["kind"].capitalize()) for card in cards}
    order = [*KIND_TITLES, *sorted(kinds.keys() - KIND_TITLES.keys())]
    titles = {kind: kinds[kind] for kind in order if kind in kinds}
    data = {"cards": cards, "kinds": titles}
    return render("errors.html", _SCRIPTS, data, summary=summary, cards=cards, total=len(errors), kinds=titles)


def _card(error: MentionError, text: str | None) -> dict[str, Any]:
    mention = error.gold or error.predicted
    rules = _rules(error)
    return {
        "kind": error.kind,
        "note": error.note_id,
        "label": mention.label if mention is not None else "",
        "words": " ".join(mention.text.split()) if mention is not None else "",
        "change": f"{error.gold_value or 'nothing'} → {error.predicted_value or 'nothing'}"
        if error.gold_value or error.predicted_value
        else "",
        "context": _context(error, text, rules),
        "gold": _summary(error.gold),
        "predicted": _summary(error.predicted),
        "rules": sorted({rule for rule, _, _ in rules}),
        "section": next((m.section for m in (error.predicted, error.gold) if m is not None and m.section), ""),
    }


def _rules(error: MentionError) -> list[tuple[str, int, int]]:
    """The rules with their cues that speak for what was predicted: of the attribute in question, else all."""
    if error.predicted is None:
        return []
    evidence = error.predicted.evidence
    own = [e for e in evidence if e.gives.partition("=")[0] == error.kind]
    named = own if own or error.kind in _SAID else evidence
    return [(e.rule, e.start, e.end) for e in named]


def _summary(mention: Mention | None) -> str:
    """A mention in one line: its label and everything said about it that is not a matter of course."""
    if mention is None:
        return ""
    parts = [mention.label]
    parts += [value for name, plain in _SAID.items() if (value := getattr(mention, name)) not in (plain, None)]
    parts += [f"{short_system(code.system)} {code.code}" for code in mention.codes[:3]]
    return " · ".join(parts)


def _context(error: MentionError, text: str | None, rules: list[tuple[str, int, int]]) -> list[list[str]]:
    """The words around an error in pieces, each with its mark: gold, predicted, both, cue, or none."""
    sides = [("gold", error.gold), ("predicted", error.predicted)]
    if text is None:
        return [[m.text, name] for name, m in sides if m is not None]
    marks = [(start, end, name) for name, m in sides if m is not None for start, end in stretches_of(m)]
    first, last = min(start for start, _, _ in marks), max(end for _, end, _ in marks)
    cues = [(start, end) for _, start, end in rules if first - _FAR <= start and end <= last + _FAR]
    first, last = min([first, *(s for s, _ in cues)]), max([last, *(e for _, e in cues)])
    low, high = _at_blank(text, first - _WINDOW, 1), _at_blank(text, last + _WINDOW, -1)
    while low < first and text[low].isspace():
        low += 1
    marks += [(start, end, "cue") for start, end in cues]
    cuts = sorted({low, high, *(point for start, end, _ in marks for point in (start, end) if low < point < high)})
    pieces = []
    for start, end in pairwise(cuts):
        pieces.append([text[start:end], _role({name for s, e, name in marks if s <= start and end <= e})])
    if low > 0 and pieces:
        pieces.insert(0, ["… ", ""])
    if high < len(text):
        pieces.append([" …", ""])
    return pieces


def _role(names: set[str]) -> str:
    if {"gold", "predicted"} <= names:
        return "both"
    return next((name for name in ("gold", "predicted", "cue") if name in names), "")


def _at_blank(text: str, place: int, step: int) -> int:
    """The next blank from ``place`` inwards, so that no word is cut; the end of the text where that is nearer."""
    if place <= 0 or place >= len(text):
        return max(0, min(place, len(text)))
    for moved in range(0, 24 * step, step):
        if text[place + moved].isspace():
            return place + moved
    return place
