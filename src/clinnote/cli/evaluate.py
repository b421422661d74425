"""``clinnote evaluate``: predicted mentions against a gold set."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinnote.cli.options import PATH, report_rejects
from clinnote.quality.traits import TRAITS
from clinnote.settings import SAMPLES, find_home

if TYPE_CHECKING:
    from clinnote.reports.error_report import ScoreTable
    from clinnote.workflow.evaluating import EvaluateSummary

_NAMED = 5
"""Note ids listed on the terminal; the scores file has all of them."""


@click.command(epilog="Example: clinnote evaluate --gold gold.jsonl --predicted tagged.jsonl --html errors.html")
@click.option("--gold", multiple=True, required=True, type=PATH, help="What is right; repeatable.")
@click.option("--predicted", multiple=True, type=PATH, help="What is to be judged; repeatable.")
@click.option("--pipeline", help="Without --predicted: tag the gold texts with general, radiology, or a .cfg.")
@click.option("--given", is_flag=True, help="Without --predicted: take the gold spans, judge what is said of them.")
@click.option("--html", type=PATH, help="Also write one self-contained page of the errors in their context.")
@click.option("-o", "--out", "out", type=PATH, help="Also write the scores: .json, - for standard output.")
@click.option("--any-label", is_flag=True, help="Let every label answer every other; scores spans without labels.")
@click.option("--label", "labels", multiple=True, help="Score mentions of this label alone; repeatable.")
@click.option("--attribute", "attributes", multiple=True, type=click.Choice(TRAITS), help="Score this one; repeatable.")
@click.option("--vocab", type=PATH, help="A compiled vocabulary: codes also by ancestor.")
@click.option(
    "--map", "own_map", type=PATH, help="Table of your own attribute names (columns of configs/gold_map.tsv)."
)
@click.option("--guideline", default="clinical", show_default=True, help="For Label Studio exports of pushed notes.")
@click.option(
    "--samples", default=SAMPLES, show_default=True, type=click.IntRange(0), help="Bootstrap samples; 0: none."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Seed of the bootstrap.")
def evaluate(
    gold: tuple[Path, ...],
    predicted: tuple[Path, ...],
    pipeline: str | None,
    given: bool,
    html: Path | None,
    out: Path | None,
    any_label: bool,
    labels: tuple[str, ...],
    attributes: tuple[str, ...],
    vocab: Path | None,
    own_map: Path | None,
    guideline: str,
    samples: int,
    seed: int,
) -> None:
    """Precision, recall and F1 of predicted mentions, with 95 % bootstrap intervals over notes.

    Gold and predictions are tagged notes (.jsonl, .parquet), brat folders (.txt with .ann), Label Studio exports
    (.json) or UIMA XMI (.xmi, .xml). Notes meet by note_id, else by their text. With --pipeline in place of
    --predicted, the gold texts are tagged and judged at once. Without --attribute, those are scored that the gold set
    says anything about.
    """
    if predicted and (pipeline or given):
        raise click.UsageError("give --predicted, or --pipeline and --given to tag the gold texts, not both")
    if not predicted and not (pipeline or given):
        raise click.UsageError("give --predicted, or --pipeline to tag the gold texts")
    from clinnote.quality.evaluation import Options
    from clinnote.store.records import STANDARD_STREAM
    from clinnote.workflow.evaluating import EvaluateFiles, evaluate_files, open_hierarchy
    from clinnote.workflow.marked_notes import Tagging
    from clinnote.workflow.score_tables import score_tables

    tagging = None if predicted else Tagging(pipeline or "general", vocab, given)
    is_a, systems = open_hierarchy(vocab)
    if vocab is not None and is_a is None:
        click.echo(f"clinnote: {vocab} holds no hierarchy, so codes are compared exactly only", err=True)
    options = Options(any_label, attributes or None, labels or None, is_a, systems, samples, seed)
    files = EvaluateFiles(gold, predicted, out, html, own_map, guideline, tagging)
    summary = evaluate_files(files, options, find_home())
    aside = out == STANDARD_STREAM or html == STANDARD_STREAM
    for table in score_tables(summary.evaluation):
        click.echo(as_text(table) + "\n", err=aside)
    click.echo(_counts(summary), err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "inputs"))


def as_text(table: "ScoreTable") -> str:
    """A table in aligned columns."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"== {table.caption}", *lines])


def _counts(summary: "EvaluateSummary") -> str:
    """What was compared and what was not, in a few lines; no note text."""
    found = summary.evaluation
    whole = found.labels[0]
    lines = [f"gold notes: {found.notes}, their mentions: {whole.gold}, predicted: {whole.predicted}"]
    if found.missing:
        lines.append(f"not predicted, so all missed: {len(found.missing)} ({_names(found.missing)})")
    if found.without_gold:
        lines.append(f"predicted without gold, so not scored: {len(found.without_gold)} ({_names(found.without_gold)})")
    if found.not_in_gold:
        lines.append(f"not scored, since the gold set says nothing of them: {', '.join(found.not_in_gold)}")
    return "\n".join(lines)


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
