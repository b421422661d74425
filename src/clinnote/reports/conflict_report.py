"""One self-contained HTML page with every conflict as a card to decide on.

The page opens from disk and loads nothing: styles and scripts stand in it and are allowed by their hash alone, the
cards are JSON in a data block, drawn on demand, so that some thousand conflicts stay smooth.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from clinnote.model.conflict import KINDS, SEVERITIES, VERDICTS, Conflict
from clinnote.model.verdicts import REASONS, VERDICT_TITLES
from clinnote.reports.cards import card
from clinnote.reports.page import render, write_page
from clinnote.reports.schematic import outlines
from clinnote.reports.words import KIND_TITLES, SEVERITY_TITLES, plain

_COUNTED: Final = ("critical", "high", "medium")
"""Severities that count as flags: what is lower is information."""
_SCRIPTS: Final = (
    "dom.js",
    "list.js",
    "drawing.js",
    "card.js",
    "verdicts.js",
    "scores.js",
    "filters.js",
    "page.js",
)


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What was read and compared; ``verdicts`` counts the pairs by what the cross-check decided.

    ``run`` names versions and times, ``rejects`` counts the inputs that could not be read.
    """

    studies: int
    notes: int
    labels: int
    mentions: int
    pairs: int
    verdicts: Mapping[str, int] = field(default_factory=dict)
    run: Mapping[str, str] = field(default_factory=dict)
    rejects: int = 0
    title: str = "Contradictions between reports and image labels"


def write_conflict_report(conflicts: Iterable[Conflict], summary: ReportSummary, out: Path) -> None:
    """Write the page to ``out`` (UTF-8), most severe and most certain conflicts first.

    Args:
        conflicts: Records of the cross-check; their texts are shown as text, never read as markup.
        summary: Counts for the head of the page.
        out: File to write; its folder must exist. ``-`` is standard output.
    """
    write_page(render_conflict_report(conflicts, summary), out)


def render_conflict_report(conflicts: Iterable[Conflict], summary: ReportSummary) -> str:
    """The page as a string; the same input always gives the same page."""
    cards = [card(conflict) for conflict in sorted(conflicts, key=_order)]
    return render(
        "conflicts.html",
        _SCRIPTS,
        {"cards": cards, "words": _words(), "outlines": outlines(), "run": run_id(cards), "studies": summary.studies},
        summary=summary,
        cards=cards,
        muted=sum(bool(shown["muted"]) for shown in cards),
        kinds=_kinds(),
        severities=SEVERITY_TITLES,
        per_thousand=_per_thousand(cards, summary.studies),
    )


def run_id(cards: Sequence[Mapping[str, Any]]) -> str:
    """What verdicts are kept under in the browser: the same list of conflicts has the same id, whenever it is made."""
    ids = sorted(str(shown["id"]) for shown in cards)
    return hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _per_thousand(cards: Sequence[Mapping[str, Any]], studies: int) -> str:
    flags = sum(not shown["muted"] and shown["severity"] in _COUNTED for shown in cards)
    return f"{1000 * flags / studies:,.1f}" if studies else "not known"


def _kinds() -> dict[str, str]:
    return {kind: KIND_TITLES.get(kind, plain(kind).capitalize()) for kind in KINDS}


def _order(conflict: Conflict) -> tuple[int, float, int, str, str]:
    return (
        SEVERITIES.index(conflict.severity),
        -conflict.confidence,
        KINDS.index(conflict.kind),
        conflict.study_id or "",
        conflict.id,
    )


def _words() -> dict[str, Any]:
    return {
        "kinds": _kinds(),
        "severities": {severity: SEVERITY_TITLES[severity] for severity in SEVERITIES},
        "verdicts": {verdict: VERDICT_TITLES[verdict] for verdict in VERDICTS},
        "reasons": [[reason.code, reason.title, list(reason.verdicts)] for reason in REASONS],
    }
