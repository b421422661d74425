"""One self-contained HTML page with every conflict as a card to decide on.

The page opens from disk and loads nothing: styles and scripts stand in it and are allowed by their hash alone, the
cards are JSON in a data block, drawn on demand, so that some thousand conflicts stay smooth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from clinnote.model.conflict import KINDS, SEVERITIES, VERDICTS, Conflict
from clinnote.reports.cards import card
from clinnote.reports.page import render, write_page
from clinnote.reports.words import KIND_TITLES, REASONS, SEVERITY_TITLES, VERDICT_TITLES

_SCRIPTS: Final = ("dom.js", "drawing.js", "card.js", "page.js")


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
        {"cards": cards, "words": _words()},
        summary=summary,
        cards=cards,
        kinds=KIND_TITLES,
        severities=SEVERITY_TITLES,
    )


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
        "kinds": {kind: KIND_TITLES[kind] for kind in KINDS},
        "severities": {severity: SEVERITY_TITLES[severity] for severity in SEVERITIES},
        "verdicts": {verdict: VERDICT_TITLES[verdict] for verdict in VERDICTS},
        "reasons": list(REASONS),
    }
