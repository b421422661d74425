"""``push`` and ``pull``: tagged notes to a Label Studio project, and the readers' annotations back as records."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.labelstudio.codec import Quarantined
from clinnote.labelstudio.config import load_config
from clinnote.labelstudio.http_gateway import HttpGateway
from clinnote.labelstudio.studio import default_folder, studio_status
from clinnote.labelstudio.sync import PushResult, pull, push
from clinnote.model.mention import TaggedNote
from clinnote.ontology.guideline import Guideline, load_guideline
from clinnote.settings import Home
from clinnote.store.records import (
    STANDARD_STREAM,
    RecordWriter,
    check_distinct,
    read_records,
    rejects_path,
    write_rejects,
)


@dataclass(frozen=True, slots=True)
class Server:
    """Which Label Studio to talk to; without an address, the local studio that is running."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class PushSummary:
    """What a push did."""

    project: str
    project_id: int
    server: str
    counts: Mapping[str, int]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    pictures: str = ""
    """How many conflicts of a review have a picture, where pictures were named."""


@dataclass(frozen=True, slots=True)
class PullSummary:
    """What a pull brought. ``corrections`` counts mentions by what readers did with the pre-tags."""

    annotations: int
    corrections: Mapping[str, int]
    latest: str | None
    """The newest annotation's time by the server's clock: the ``since`` of the next pull."""
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


def find_guideline(name: str, home: Home) -> Guideline:
    """A guideline by the path of its file, or by the name of one that comes with clinnote (``clinical``).

    Raises:
        OntologyError: the file is missing or breaks the contract of guidelines.
    """
    path = Path(name)
    bundled = home.configs / "guidelines" / f"{name}.toml"
    return load_guideline(bundled if not path.is_file() and bundled.is_file() else path)


def open_server(server: Server, home: Home, environ: Mapping[str, str] | None = None) -> HttpGateway:
    """A connection to the server, proven by its version and the token.

    Raises:
        UsageError: no address and no local studio, an address without a token, or an unencrypted one.
        ServerError: the server is not there, too old, or refuses the token.
    """
    url, token = server.url, server.token
    if url is None or token is None:
        local = studio_status(default_folder(os.environ if environ is None else environ))
        if url is None and token is not None:
            raise UsageError("a token without an address; give --url (or CLINNOTE_LS_URL) too")
        if url is None and (local is None or not local.running):
            raise UsageError("no Label Studio: start a local one with 'clinnote studio up', or give --url and --token")
        if local is None or url not in (None, local.url):
            raise UsageError("no token: give --token, or better set CLINNOTE_LS_TOKEN")
        url, token = local.url, local.token
    return HttpGateway(url, token, load_config(home.configs), server.insecure)


def push_file(
    tagged: Path,
    project: str,
    guideline: str,
    server: Server,
    home: Home,
    identifiers: bool = False,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> PushSummary:
    """Push the tagged notes of a file; what can't be sent is named in a rejects file beside it.

    Raises:
        UsageError: the file can't be read, or the project has another labelling interface.
        ServerError: the server refused or is gone; the same push again continues.
    """
    rules = find_guideline(guideline, home)
    rejects: list[Reject] = []

    def notes() -> Iterator[TaggedNote]:
        for item in read_records(tagged, TaggedNote):
            if isinstance(item, Reject):
                rejects.append(item)
            else:
                yield item

    batch = load_config(home.configs).batch
    with open_server(server, home) as gateway:
        result: PushResult = push(
            notes(), gateway, rules, project, identifiers=identifiers, batch=batch, progress=progress
        )
        name = gateway.name
    return push_summary(result, name, tagged, rejects)


def push_summary(result: PushResult, server: str, pushed: Path, unread: Sequence[Reject]) -> PushSummary:
    """What a push did; what could not be read or sent is written to a rejects file beside the file that was pushed."""
    rejects = [*unread, *result.rejects]
    beside = pushed if pushed == STANDARD_STREAM else pushed.with_name(f"{pushed.stem}.push.jsonl")
    file = write_rejects(beside, rejects)
    counts = {action.value: count for action, count in result.counts.items()}
    return PushSummary(result.project.title, result.project.id, server, counts, tuple(rejects), file)


def pull_file(
    project: str,
    out: Path,
    guideline: str,
    server: Server,
    home: Home,
    since: str | None = None,
    notes: Path | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> PullSummary:
    """Write the readers' annotations of a project; skipped, unfinished and quarantined ones go to the rejects file.

    ``notes`` names the notes that were pushed: what stayed at home (identifiers, date, metadata) is joined again.

    Raises:
        UsageError: no such project, ``since`` is no time, or the output can't be written.
        ServerError: the server refused or is gone.
    """
    check_distinct([out, rejects_path(out)], [notes] if notes else [])
    rules = find_guideline(guideline, home)
    after = None if since is None else utc(since)
    kept = _kept_at_home(notes) if notes else {}
    rejects: list[Reject] = []
    corrections: Counter[str] = Counter()
    latest: str | None = None
    with open_server(server, home) as gateway, RecordWriter(out, TaggedNote) as writer:
        pulled = progress(pull(gateway, rules, project, after))

        def joined(note: TaggedNote) -> TaggedNote:
            return _rejoin(note, kept.get((note.note_id, note.text_sha256)))

        source = f"{gateway.name}, project {project}"
        for note in write_pulled(pulled, writer, joined, lambda note: f"note {note.note_id}", source, rejects):
            about = note.metadata["annotation"]
            corrections.update(about["corrections"])
            latest = max(latest or "", about.get("updated_at") or "") or None
    return PullSummary(writer.count, corrections, latest, tuple(rejects), write_rejects(out, rejects))


def write_pulled[R](
    pulled: Iterable[R | Quarantined],
    writer: RecordWriter,
    joined: Callable[[R], R],
    name: Callable[[R], str],
    source: str,
    rejects: list[Reject],
) -> Iterator[R]:
    """Write what was pulled, joined with what stayed at home, and give back each record that could be written.

    Args:
        pulled: Records, and annotations that were set aside.
        writer: Where they go.
        joined: A record with what stayed at home.
        name: What a reject calls a record.
        source: Where an annotation that was set aside stands.
        rejects: Takes what was set aside or can't be written.
    """
    for item in pulled:
        if isinstance(item, Quarantined):
            rejects.append(item.to_reject(source))
            continue
        record = joined(item)
        try:
            writer.write(record)
        except RecordError as error:
            rejects.append(Reject(name(record), None, error.reason, str(error)))
            continue
        yield record


def _kept_at_home(path: Path) -> dict[tuple[str, str], TaggedNote]:
    """The pushed notes by id and text, without their text and mentions."""
    items = (item for item in read_records(path, TaggedNote) if isinstance(item, TaggedNote))
    return {(item.note_id, item.text_sha256): replace(item, text=None, mentions=()) for item in items}


def _rejoin(pulled: TaggedNote, home: TaggedNote | None) -> TaggedNote:
    """The pulled note with the keys that never left home; what the server sent back stays as it is."""
    if home is None:
        return pulled
    keys = ("patient_id", "study_id", "accession", "note_type", "date")
    missing = {key: getattr(home, key) for key in keys if getattr(pulled, key) is None}
    return replace(pulled, **missing, metadata={**home.metadata, **pulled.metadata})


def utc(time: str) -> str:
    """A time as Label Studio's filters want it: UTC with milliseconds; a time without an offset is taken as UTC.

    Raises:
        UsageError: it is no ISO 8601 date or time.
    """
    try:
        read = datetime.fromisoformat(time)
    except ValueError:
        raise UsageError("--since must be a date or time like 2026-01-31 or 2026-01-31T12:00:00Z") from None
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return read.strftime("%Y-%m-%dT%H:%M:%S.") + f"{read.microsecond // 1000:03d}Z"
