"""``push --review`` and ``pull --review``: conflicts before reviewers in Label Studio, and their verdicts back."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clinnote.errors import Reject
from clinnote.labelstudio.config import load_config
from clinnote.labelstudio.review import Shown, decode_review, encode_review
from clinnote.labelstudio.review_config import review_interface
from clinnote.labelstudio.sync import pull_tasks, push_records
from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.stated import stated_elsewhere
from clinnote.model.verdicts import verdict_record
from clinnote.reports.cards import label_rows
from clinnote.reports.headlines import headline
from clinnote.reports.quotes import clipped
from clinnote.reports.schematic import edges
from clinnote.reports.svg import schematic_svg, svg_uri
from clinnote.reports.words import plain
from clinnote.settings import Home
from clinnote.sources.placed import Placed
from clinnote.sources.read import read_notes
from clinnote.store.records import (
    RecordWriter,
    check_distinct,
    read_records,
    rejects_path,
    write_rejects,
)
from clinnote.workflow.label_studio import PushSummary, Server, open_server, push_summary, utc, write_pulled
from clinnote.workflow.review_images import Pictures, load_pictures


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What a pull of verdicts brought, by verdict."""

    verdicts: Counter[str]
    latest: str | None
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


def push_review(
    conflicts: Path,
    project: str,
    server: Server,
    home: Home,
    notes: Sequence[Path] = (),
    images: Path | None = None,
    identifiers: bool = False,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> PushSummary:
    """Push the conflicts of a check as tasks: report beside picture or schematic, without a verdict.

    Args:
        conflicts: What ``check`` wrote.
        project: Title or number of the review project.
        server: Which Label Studio.
        home: Where the configuration is.
        notes: Notes (raw or tagged) whose whole text is shown; without them the quotes alone are.
        images: Folder or table of pictures, see :func:`~clinnote.workflow.review_images.load_pictures`.
        identifiers: Also send study and note ids, dates and file names.
        progress: Wraps the stream of conflicts.

    Raises:
        UsageError: a file can't be read, or the project has another labelling interface.
        ServerError: the server refused or is gone; the same push again continues.
    """
    records, rejects = _read(conflicts)
    texts = _texts(notes, {record.note_id for record in records if record.note_id}) if notes else {}
    pictures = load_pictures(images) if images is not None else Pictures({}, {})

    def encode(conflict: Conflict) -> dict[str, Any]:
        return encode_review(conflict, _shown(conflict, texts, pictures, identifiers), identifiers)

    with open_server(server, home) as gateway:
        result = push_records(
            records,
            encode,
            lambda conflict: f"conflict {conflict.id}",
            gateway,
            review_interface(),
            project,
            batch=load_config(home.configs).batch,
            progress=progress,
        )
        name = gateway.name
    rejects += result.rejects
    summary = push_summary(result, name, conflicts, rejects)
    return summary if images is None else replace(summary, pictures=_shown_pictures(records, pictures))


def _shown_pictures(records: Sequence[Conflict], pictures: Pictures) -> str:
    """How many conflicts have a picture; a drawing stands in for those that have none."""
    with_picture = sum(pictures.has(record) for record in records)
    return f"{with_picture} of {len(records)} with a picture" + (
        "; pictures are found by image id or study id" if records and not with_picture else ""
    )


def _read(path: Path) -> tuple[list[Conflict], list[Reject]]:
    records: list[Conflict] = []
    rejects: list[Reject] = []
    for item in read_records(path, Conflict):
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            records.append(item)
    return records, rejects


def _texts(paths: Sequence[Path], wanted: set[str]) -> dict[str, str]:
    """The texts of the notes that conflicts are about, by note id."""
    records = (item.record for item in read_notes(paths) if isinstance(item, Placed))
    return {record.note_id: record.text for record in records if record.note_id in wanted and record.text}


def _shown(conflict: Conflict, texts: dict[str, str], pictures: Pictures, identifiers: bool) -> Shown:
    picture, label = pictures.find(conflict), conflict.image
    exact = picture is not None and picture.exact
    return Shown(
        svg_uri(schematic_svg(conflict)) if picture is None else picture.address,
        exact,
        _about(conflict, identifiers),
        "\n".join(_quotes(conflict)),
        texts.get(conflict.note_id or ""),
        "".join(words for words, _ in headline(conflict)),
        edges(label) if exact and isinstance(label, ImageSide) else ("", ""),
    )


def _quotes(conflict: Conflict) -> list[str]:
    """The sentences that disagree, with their sections, and the lines that give their sides."""
    sides = [side for side in (conflict.text, conflict.image) if isinstance(side, TextSide)]
    sides += stated_elsewhere(conflict).values()
    return [f"{plain(side.section or 'report').capitalize()}: “{clipped(side.quote.strip())}”" for side in sides]


def _about(conflict: Conflict, identifiers: bool) -> str:
    """The label's side and the doubts as lines; names of files and dates only with ``identifiers``."""
    rows = label_rows(conflict.image, identifiers) if isinstance(conflict.image, ImageSide) else []
    lines = [f"{name}: {value}" for name, value in rows]
    lines.append(f"Severity: {conflict.severity}, confidence {conflict.confidence:.0%}")
    if conflict.could_be_false_because:
        lines += ["Might be a false alarm:", *(f"- {trap}" for trap in conflict.could_be_false_because)]
    return "\n".join(lines)


def pull_review(
    project: str,
    out: Path,
    server: Server,
    home: Home,
    since: str | None = None,
    conflicts: Path | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> ReviewSummary:
    """Write the reviewers' verdicts, one line for each annotation, as the report page exports them.

    ``conflicts`` names those that were pushed: their study and note ids, which stayed at home, are joined again.

    Raises:
        UsageError: no such project, ``since`` is no time, or the output can't be written.
        ServerError: the server refused or is gone.
    """
    check_distinct([out, rejects_path(out)], [conflicts] if conflicts else [])
    after = None if since is None else utc(since)
    items = read_records(conflicts, Conflict) if conflicts else iter(())
    home_records = {item.id: verdict_record(item, None) for item in items if isinstance(item, Conflict)}
    rejects: list[Reject] = []
    counts: Counter[str] = Counter()
    latest: str | None = None
    with open_server(server, home) as gateway, RecordWriter(out, Conflict) as writer:
        pulled = progress(pull_tasks(gateway, decode_review, project, after))

        def joined(conflict: Conflict) -> Conflict:
            return _rejoined(conflict, home_records.get(conflict.id))

        source = f"{gateway.name}, project {project}"
        for item in write_pulled(pulled, writer, joined, lambda conflict: f"conflict {conflict.id}", source, rejects):
            if item.verdict is not None:
                counts[item.verdict.value] += 1
                latest = max(latest or "", item.verdict.at or "") or None
    return ReviewSummary(counts, latest, tuple(rejects), write_rejects(out, rejects))


def _rejoined(pulled: Conflict, home: Conflict | None) -> Conflict:
    if home is None:
        return pulled
    more = {key: value for key, value in pulled.metadata.items() if key not in home.metadata}
    return verdict_record(home, pulled.verdict, more)
