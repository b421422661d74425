"""``images`` from a PACS: every study of a search to image labels; a run that was cut off goes on where it was."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clinnote import __version__
from clinnote.errors import RecordError, Reject
from clinnote.imaging.dicomweb.address import Login, PacsOptions
from clinnote.imaging.dicomweb.client import FoundStudy, Pacs
from clinnote.imaging.dicomweb.http import Server
from clinnote.imaging.sides.places import load_places
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home
from clinnote.store.json_text import dump_line
from clinnote.store.records import write_rejects
from clinnote.store.spool import Part, Spool, total
from clinnote.workflow.imaging import ImagesSummary

_RETRIED: Final = frozenset(("server_failed", "bad_answer"))
"""Reasons of rejects that a later run may not meet again."""


@dataclass(frozen=True, slots=True)
class PacsJob:
    """What to read from which server."""

    options: PacsOptions
    query: Mapping[str, str]
    modalities: tuple[str, ...] = ()
    """Series of these alone; empty for all."""
    login: Login | None = None


def read_pacs(
    job: PacsJob,
    out: Path,
    home: Home,
    strict: bool = False,
    fresh: bool = False,
    progress: Callable[[Sequence[Any]], Iterable[Any]] = iter,
    connect: Callable[[PacsOptions, Login | None], Server] = Server,
) -> ImagesSummary:
    """Write the image labels of all studies that the server lists to ``out``.

    Each finished study is kept at once; the same command after an interruption asks for the others only. What was
    kept of studies that have changed since, or that the server lists no more, is dropped.

    Raises:
        UsageError: the output can't be written.
        ServerError: the server does not answer, refuses the credentials or can't be searched.
        RecordError: with ``strict``, the first object that can't be read.
    """
    places = load_places(home)
    with (
        Spool(out, ImageLabel, _stamp(job), fresh) as spool,
        connect(job.options, job.login) as server,
    ):
        pacs = Pacs(server, places, job.modalities)
        wanted = {_digest(study): study for study in pacs.studies(job.query)}
        spool.select(lambda part: part.digest in wanted and not _RETRIED.intersection(r.reason for r in part.rejects))
        done = {part.digest for part in spool.parts}
        _check(spool.parts, strict)
        for digest, study in progress(list(wanted.items())):
            if digest not in done:
                _check([_add(spool, digest, pacs.read(study), out)], strict)
        labels, with_side, rejects = total(spool.parts)
        rejects_file = write_rejects(out, list(rejects))
    return ImagesSummary(labels, with_side, rejects, rejects_file, len(done), len(wanted))


def _stamp(job: PacsJob) -> dict[str, Any]:
    """What names a run; of the query only a hash, for it may hold the name of a patient."""
    query = hashlib.sha256(json.dumps(dict(job.query), sort_keys=True).encode()).hexdigest()
    return {"clinnote": __version__, "server": job.options.base, "query": query, "modalities": sorted(job.modalities)}


def _digest(study: FoundStudy) -> str:
    return f"{study.uid} {study.state}"


def _add(spool: Spool, digest: str, found: Sequence[ImageLabel | Reject], out: Path) -> Part:
    labels = [item for item in found if isinstance(item, ImageLabel)]
    rejects = [item for item in found if isinstance(item, Reject)]
    if out.suffix.lower() == ".parquet":
        from clinnote.store.parquet import to_bytes

        labels, unfit = _fitting(labels)
        rejects += unfit
        payload = to_bytes(labels, ImageLabel) if labels else b""
    else:
        payload = b"".join(map(dump_line, labels))
    return spool.add(digest, payload, len(labels), sum(bool(label.sides.values) for label in labels), tuple(rejects))


def _fitting(labels: Sequence[ImageLabel]) -> tuple[list[ImageLabel], list[Reject]]:
    """The labels that Parquet can hold, and why not the others."""
    from clinnote.store.parquet import row_of

    fitting, unfit = list[ImageLabel](), list[Reject]()
    for label in labels:
        try:
            row_of(label, ImageLabel)
        except RecordError as error:
            unfit.append(Reject(label.source.file, None, error.reason, str(error)))
        else:
            fitting.append(label)
    return fitting, unfit


def _check(parts: Iterable[Part], strict: bool) -> None:
    for part in parts:
        for reject in part.rejects:
            if strict and not reject.skipped:
                raise RecordError(reject.reason, f"{reject.place}: {reject.message} (--strict)")
