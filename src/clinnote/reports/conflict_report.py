"""One self-contained HTML page with every conflict as a card to decide on.

The page opens from disk and loads nothing: styles and scripts stand in it and are allowed by their hash alone, the
cards are JSON in a data block, drawn on demand, so that some thousand conflicts stay smooth.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clinnote.model.conflict import KINDS, SEVERITIES, VERDICTS, Conflict
from clinnote.reports.cards import card
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
    # Half a surrogate pair has no UTF-8; it shows as "?" without scripts and is kept whole in the JSON.
    page = render_conflict_report(conflicts, summary).encode("utf-8", "replace")
    if out == Path("-"):
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
        return
    partial = out.with_name(out.name + ".partial")
    try:
        partial.write_bytes(page)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def render_conflict_report(conflicts: Iterable[Conflict], summary: ReportSummary) -> str:
    """The page as a string; the same input always gives the same page."""
    cards = [card(conflict) for conflict in sorted(conflicts, key=_order)]
    style = _asset("page.css")
    script = "\n".join(_asset(name) for name in _SCRIPTS)
    environment = Environment(
        loader=PackageLoader("clinnote.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("conflicts.html").render(
        summary=summary,
        cards=cards,
        kinds=KIND_TITLES,
        severities=SEVERITY_TITLES,
        style=Markup(style),  # noqa: S704 -- a file of this package, no input in it
        script=Markup(script),  # noqa: S704 -- the same
        policy=_policy(style, script),
        data=Markup(_json({"cards": cards, "words": _words()})),  # noqa: S704 -- every < > & is escaped by _json
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


def _json(value: Any) -> str:
    """JSON that cannot end the script element it stands in: ASCII only, and no ``<``, ``>`` or ``&``."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return files("clinnote.reports").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Content Security Policy: nothing may be loaded, and only this very style and script may run."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
