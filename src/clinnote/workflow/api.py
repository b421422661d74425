"""The public functions of ``import clinnote``: the same records as the command line, in Python."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinnote.errors import Reject, UsageError
from clinnote.model.conflict import Conflict
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import to_dict
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import find_home

if TYPE_CHECKING:
    import pandas as pd

    from clinnote.quality.evaluation import Evaluation
    from clinnote.workflow.evaluating import Marked

__all__ = ["Tagger", "check", "evaluate", "load", "read_image_labels", "tag", "to_frame"]


def load(pipeline: str = "general", vocab: str | Path | None = None, home: str | Path | None = None) -> Tagger:
    """A tagger: call it with a text or a :class:`Note`, or stream notes through ``.pipe``.

    Args:
        pipeline: ``general``, ``radiology``, or the path of a ``.cfg``.
        vocab: A compiled vocabulary; the starter vocabulary when None.
        home: The folder that holds ``ontologies`` and ``configs``; found by itself when None.

    Raises:
        UsageError: the pipeline, vocabulary or home does not exist.
        OntologyError: a knowledge table breaks its contract.
    """
    place = find_home(Path(home) if home else None)
    return load_tagger(pipeline, Path(vocab) if vocab else None, place)


def tag(notes: Iterable[str | Note], pipeline: str = "general", given: bool = False) -> list[TaggedNote]:
    """Tag notes with the starter vocabulary; for many notes keep a tagger from :func:`load` instead."""
    return list(load(pipeline).pipe(notes, given=given))


def check(
    notes: Iterable[Note | TaggedNote], labels: Iterable[ImageLabel] = (), pipeline: str = "radiology"
) -> list[Conflict]:
    """Contradictions between notes and image labels of the same study, and inside each report.

    Args:
        notes: Raw notes are tagged first.
        labels: Image labels; with none, only the checks inside each report run.
        pipeline: The pipeline for raw notes.
    """
    from clinnote.crosscheck.engine import check_studies
    from clinnote.crosscheck.knowledge import load_knowledge
    from clinnote.crosscheck.suppression import load_suppressions, suppress
    from clinnote.imaging.sides.geometry import with_geometry_side
    from clinnote.imaging.sides.pictures import settle
    from clinnote.imaging.sides.places import load_places

    home = find_home()
    tagger: Tagger | None = None
    tagged: list[TaggedNote] = []
    for note in notes:
        if isinstance(note, Note):
            tagger = tagger or load_tagger(pipeline, None, home)
            tagged.append(tagger(note))
        else:
            tagged.append(note)
    sided = settle([with_geometry_side(label) for label in labels], load_places(home))
    knowledge = load_knowledge(home)
    muting = load_suppressions(home.configs / "crosscheck.toml", knowledge.rules.traps)
    return [suppress(c, muting) for result in check_studies(tagged, sided, knowledge) for c in result.conflicts]


def evaluate(
    gold: "Marked",
    predicted: "Marked",
    any_label: bool = False,
    attributes: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    vocab: str | Path | None = None,
    html: str | Path | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> "Evaluation":
    """Scores of predicted mentions against a gold set, with bootstrap intervals, and every error.

    Args:
        gold: Tagged notes, or paths of files or folders (records, brat, Label Studio export, UIMA XMI).
        predicted: The same.
        any_label: Let every label answer every other.
        attributes: Those to score; None for those that the gold set says anything about.
        labels: Mentions of these alone; None for all.
        vocab: A compiled vocabulary with a hierarchy, to compare codes by ancestor too.
        html: Also write the page of errors; it quotes the notes.
        samples: Bootstrap samples, 0 for no intervals.
        seed: Seed of the bootstrap; the same seed gives the same intervals.

    Raises:
        UsageError: an input does not exist, or part of it can't be read.
    """
    from clinnote.quality.evaluation import Options
    from clinnote.workflow.evaluating import evaluate_marked, open_hierarchy

    options = Options(
        any_label,
        tuple(attributes) if attributes is not None else None,
        tuple(labels) if labels is not None else None,
        *open_hierarchy(Path(vocab) if vocab else None),
        samples,
        seed,
    )
    return evaluate_marked(gold, predicted, options, find_home(), Path(html) if html else None)


def read_image_labels(path: str | Path | Sequence[str | Path], strict: bool = False) -> list[ImageLabel]:
    """The image labels of files or folders (DICOM SR, SEG, RTSTRUCT, headers; CSV, COCO, JSON Lines).

    Raises:
        UsageError: with ``strict``, a file can't be read.
    """
    from clinnote.imaging.read import read_image_labels as read_labels

    paths = [path] if isinstance(path, str | Path) else path
    labels: list[ImageLabel] = []
    for item in read_labels([Path(p) for p in paths], find_home()):
        if not isinstance(item, Reject):
            labels.append(item)
        elif strict and not item.skipped:
            raise UsageError(f"{item.file}: {item.message}")
    return labels


def to_frame(records: Iterable[Any]) -> "pd.DataFrame":
    """Records as a pandas frame, one row each; a tagged note gives one row per mention with the note's keys."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for record in records:
        data = to_dict(record)
        if isinstance(record, TaggedNote):
            keys = ("note_id", "patient_id", "study_id", "accession", "note_type", "date")
            note = {key: data[key] for key in keys}
            rows.extend({**note, **mention} for mention in data["mentions"])
        else:
            rows.append(data)
    return pd.DataFrame(rows)
