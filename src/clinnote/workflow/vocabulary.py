"""``vocab build``: tables of terms in, one compiled vocabulary out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinnote.errors import Reject, UsageError
from clinnote.ontology.starter import concept_entries, site_entries, table_entries
from clinnote.ontology.vocabulary import Entry, build_vocabulary
from clinnote.settings import Home
from clinnote.store.records import check_distinct, write_rejects


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What was compiled."""

    info: Mapping[str, Any]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


def build_from_tables(tables: Sequence[Path], starter: bool, out: Path, home: Home) -> BuildSummary:
    """Compile the rows of all tables, the body sites, and with ``starter`` the starter concepts.

    Raises:
        UsageError: a table can't be used, or ``out`` can't be written.
    """
    check_distinct([out], tables)
    entries: list[Entry] = []
    rejects: list[Reject] = []
    for table in tables:
        made, bad = table_entries(table)
        entries += made
        rejects += bad
    if starter:
        entries += concept_entries(home.ontologies)
    entries += site_entries(home.ontologies)
    if out.is_dir():
        raise UsageError(f"{out}: is a folder; name a file")
    out.parent.mkdir(parents=True, exist_ok=True)
    vocabulary = build_vocabulary(entries, out)
    return BuildSummary(vocabulary.info(), tuple(rejects), write_rejects(out, rejects))
