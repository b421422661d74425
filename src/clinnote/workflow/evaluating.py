"""``evaluate``: predicted mentions against a gold set, in any of the formats that either comes in."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clinnote import __version__
from clinnote.errors import Reject, UsageError
from clinnote.model.mention import TaggedNote
from clinnote.model.schema import to_dict
from clinnote.ontology.vocabularies.vocabulary import Vocabulary
from clinnote.quality.evaluation import Evaluation, IsA, Options, evaluate_notes
from clinnote.quality.intervals import LEVEL
from clinnote.reports.error_report import ErrorSummary, write_error_report
from clinnote.settings import DEFAULT_GUIDELINE, Home
from clinnote.sources.placed import Placed
from clinnote.store.records import STANDARD_STREAM, check_distinct, check_output, rejects_path, write_rejects
from clinnote.workflow.marked_notes import Joined, Tagging, join, read_side, tagged_anew
from clinnote.workflow.score_tables import score_tables


@dataclass(frozen=True, slots=True)
class EvaluateFiles:
    """Where an evaluation reads and writes; ``own_map`` goes before the shipped meanings of foreign annotations.

    Without ``predicted`` the gold texts are tagged as ``tagging`` says.
    """

    gold: tuple[Path, ...]
    predicted: tuple[Path, ...] = ()
    out: Path | None = None
    html: Path | None = None
    own_map: Path | None = None
    guideline: str = DEFAULT_GUIDELINE
    tagging: Tagging | None = None


@dataclass(frozen=True, slots=True)
class EvaluateSummary:
    """The scores, and what could not be read."""

    evaluation: Evaluation
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


def evaluate_files(files: EvaluateFiles, options: Options, home: Home) -> EvaluateSummary:
    """Read both sides, compare them, write the scores (JSON) and the page of errors where they are asked for.

    Raises:
        UsageError: an input does not exist, or an output can't be written.
        OntologyError: the map of foreign annotations breaks its contract.
    """
    rejected_to = rejects_path(files.out or files.html or STANDARD_STREAM)
    check_distinct([files.out, files.html, rejected_to], [*files.gold, *files.predicted])
    if files.out is not None:
        check_output(files.out, (".json",))
    if files.html is not None:
        check_output(files.html, (".html", ".htm"))
    gold = list(read_side(files.gold, home, files.own_map, files.guideline))
    predicted = read_side(files.predicted, home, files.own_map, files.guideline)
    if files.tagging is not None:
        predicted = tagged_anew(gold, files.tagging, home)
    joined = join(gold, predicted)
    if not joined.pairs and not joined.rejects:
        raise UsageError(f"{files.gold[0]}: no gold note in it, so there is nothing to score")
    evaluation = evaluate_notes(joined.pairs, options)
    evaluation = replace(evaluation, without_gold=joined.without_gold)
    if files.out is not None:
        _write_scores(evaluation, options, files.out)
    if files.html is not None:
        write_page(evaluation, joined, files.html)
    beside = files.out or files.html or STANDARD_STREAM
    return EvaluateSummary(evaluation, joined.rejects, write_rejects(beside, list(joined.rejects)))


def open_hierarchy(path: Path | None) -> tuple[IsA | None, tuple[str, ...]]:
    """``is_a`` of a compiled vocabulary and the code systems it knows; None without one, or when it has no hierarchy.

    Raises:
        UsageError: the file is no vocabulary.
    """
    if path is None:
        return None, ()
    vocabulary = Vocabulary.open(path)
    systems = vocabulary.hierarchy.systems
    return (vocabulary.is_a if systems else None), systems


def _write_scores(evaluation: Evaluation, options: Options, out: Path) -> None:
    """The scores as one JSON object; the errors stand in it as counts, since they hold words of the notes."""
    kinds = Counter(error.kind for error in evaluation.errors)
    data = {
        "clinnote": __version__,
        "interval": {"level": LEVEL, "samples": options.samples, "seed": options.seed},
        **to_dict(replace(evaluation, errors=())),
        "errors": dict(kinds.most_common()),
    }
    raw = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    if out == STANDARD_STREAM:
        print(raw.decode(), end="")  # noqa: T201 (asked for with -o -)
        return
    partial = out.with_name(out.name + ".partial")
    partial.write_bytes(raw)
    partial.replace(out)


def write_page(evaluation: Evaluation, joined: Joined, out: Path) -> None:
    """The page of errors; it quotes the notes around every error."""
    texts: dict[str, str] = {}
    for gold, predicted in joined.pairs:
        text = gold.text if gold.text is not None else (predicted.text if predicted is not None else None)
        if text is not None:
            texts[gold.note_id] = text
    summary = ErrorSummary(
        notes=evaluation.notes,
        gold=evaluation.labels[0].gold,
        predicted=evaluation.labels[0].predicted,
        missing=len(evaluation.missing),
        rejects=sum(not reject.skipped for reject in joined.rejects),
        tables=score_tables(evaluation),
        run={"clinnote": __version__},
    )
    write_error_report(evaluation.errors, texts, summary, out)


type Marked = str | Path | Sequence[str | Path] | Iterable[TaggedNote]
"""Notes with their mentions: tagged notes, or where they stand."""


def evaluate_marked(
    gold: Marked, predicted: Marked, options: Options, home: Home, html: Path | None = None
) -> Evaluation:
    """The scores of notes or files from Python.

    Raises:
        UsageError: an input does not exist, or any part of it can't be read: nothing is left out in silence.
    """
    joined = join(_side(gold, "gold", home), _side(predicted, "predicted", home))
    unreadable = [reject for reject in joined.rejects if not reject.skipped]
    if unreadable:
        first = unreadable[0]
        place = f"{first.file}:{first.line}" if first.line else first.file
        more = f" (and {len(unreadable) - 1} more)" if len(unreadable) > 1 else ""
        raise UsageError(f"{place}: {first.message}{more}")
    evaluation = replace(evaluate_notes(joined.pairs, options), without_gold=joined.without_gold)
    if html is not None:
        check_output(html, (".html", ".htm"))
        write_page(evaluation, joined, html)
    return evaluation


def _side(given: Marked, name: str, home: Home) -> Iterator[Placed | Reject]:
    if isinstance(given, str | Path):
        given = [given]
    items = list(given)
    paths = [Path(item) for item in items if isinstance(item, str | Path)]
    if len(paths) == len(items):
        yield from read_side(paths, home)
        return
    for number, note in enumerate(items, 1):
        if not isinstance(note, TaggedNote):
            raise UsageError(f"{name}: item {number} is no tagged note; give tagged notes, or paths of files")
        yield Placed(note, name, number)
