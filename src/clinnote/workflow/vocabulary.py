"""``vocab build``: terminology releases and tables of terms in, one compiled vocabulary out."""

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clinnote import __version__
from clinnote.errors import Reject, UsageError
from clinnote.ontology.anatomy import Anatomy, load_anatomy
from clinnote.ontology.vocabularies.building import Built, Dropped, Filters, Knowledge, build_entries
from clinnote.ontology.vocabularies.dangerous import load_dangers
from clinnote.ontology.vocabularies.form_rules import load_form_rules
from clinnote.ontology.vocabularies.importers.records import Release, Wanted
from clinnote.ontology.vocabularies.importers.registry import IMPORTERS, read_release
from clinnote.ontology.vocabularies.importers.systems import load_systems
from clinnote.ontology.vocabularies.kinds import Licence, load_kinds, load_licences
from clinnote.ontology.vocabularies.starter import concept_entries, site_entries
from clinnote.ontology.vocabularies.vocabulary import Entry, build_vocabulary
from clinnote.settings import Home
from clinnote.store.records import STANDARD_STREAM, check_distinct, write_rejects

_NO = "no"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build from: (reader, path or None) in order, what to keep of it, and the user's own word lists."""

    inputs: Sequence[tuple[str, Path | None]]
    starter: bool = False
    languages: tuple[str, ...] = ("en",)
    statuses: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    keep: Path | None = None
    drop: Path | None = None


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What was compiled, what could not be read, and how many dangerous terms were dropped (listed in a file)."""

    info: Mapping[str, Any]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    dropped: int
    dropped_file: Path | None


def build_from(recipe: Recipe, out: Path, home: Home) -> BuildSummary:
    """Compile everything that ``recipe`` names, with the body sites of the anatomy.

    Raises:
        UsageError: a release can't be used (the message names file, line and remedy), a filter fits nothing, or
            ``out`` can't be written.
    """
    paths = [path for _, path in recipe.inputs if path is not None]
    check_distinct([out], paths)
    if out == STANDARD_STREAM or out.is_dir():
        raise UsageError(f"{out}: a vocabulary is mapped into memory and needs a file of its own; name one")
    if not recipe.inputs and not recipe.starter:
        options = ", ".join(importer.option for importer in IMPORTERS.values())
        raise UsageError(f"nothing to build from; give at least one of {options}, --starter")
    wanted = Wanted(
        recipe.languages, frozenset(status.lower() for status in recipe.statuses), load_systems(home.ontologies)
    )
    with _without_search_for_cycles():
        releases = [read_release(name, path, wanted) for name, path in recipe.inputs]
        know = _knowledge(recipe, home)
        built = build_entries(releases, recipe.filters, know)
        entries: list[Entry] = [*built.entries]
        if recipe.starter:
            entries += concept_entries(home.ontologies)
        entries += site_entries(home.ontologies)
        manifest = _manifest(releases, built, recipe, load_licences(home.ontologies))
        out.parent.mkdir(parents=True, exist_ok=True)
        vocabulary = build_vocabulary(entries, out, built.edges, manifest, know.dangers.words)
    rejects = [reject for release in releases for reject in release.rejects]
    written = _write_dropped(out, built)
    return BuildSummary(vocabulary.info(), tuple(rejects), write_rejects(out, rejects), len(built.dropped), written)


@contextmanager
def _without_search_for_cycles() -> Iterator[None]:
    """Millions of small objects are made and no cycles: the collector would take a seventh of the time for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _knowledge(recipe: Recipe, home: Home) -> Knowledge:
    anatomy = load_anatomy(home.ontologies)
    for path in filter(None, (recipe.keep, recipe.drop)):
        if not path.is_file():
            raise UsageError(f"{path}: no such file; give a list of terms, one a line")
    return Knowledge(
        load_kinds(home.ontologies),
        load_form_rules(home.ontologies, (node.name for node in anatomy.nodes.values())),
        load_dangers(home.ontologies, recipe.keep, recipe.drop),
        _sites_by_code(anatomy),
    )


def _sites_by_code(anatomy: Anatomy) -> dict[tuple[str, str], str]:
    return {node.code.key: node.id for node in anatomy.nodes.values() if node.code}


def _manifest(
    releases: Sequence[Release], built: Built, recipe: Recipe, licences: Mapping[str, Licence]
) -> dict[str, Any]:
    sources = [_source(release, built.used[place], licences) for place, release in enumerate(releases)]
    if recipe.starter:
        licence = licences["starter"]
        sources.append({"source": "starter", "name": "clinnote", "version": __version__, **_terms(licence)})
    return {
        "clinnote": __version__,
        "share": _NO if any(source["share"] == _NO for source in sources) else "see the licence of each source",
        "sources": sources,
        "filters": {
            "languages": list(recipe.languages),
            "statuses": list(recipe.statuses),
            "under": list(recipe.filters.under),
            "tags": list(recipe.filters.tags),
            "labels": list(recipe.filters.labels),
        },
        "dropped_terms": len(built.dropped),
        "left_out": dict(sorted(built.left_out.items())),
    }


def _source(release: Release, used: int, licences: Mapping[str, Licence]) -> dict[str, Any]:
    stated = licences[release.source]
    return {
        "source": release.source,
        "name": release.name,
        "version": release.version,
        **_terms(Licence(stated.owner, release.licence or stated.licence, release.share or stated.share)),
        "files": [_fingerprint(path) for path in release.files if path != STANDARD_STREAM],
        "concepts": len(release.concepts),
        "concepts_used": used,
        "terms": sum(len(concept.terms) for concept in release.concepts),
        "maps": len(release.maps),
    }


def _terms(licence: Licence) -> dict[str, str]:
    return {"owner": licence.owner, "licence": licence.licence, "share": licence.share}


def _fingerprint(path: Path) -> dict[str, Any]:
    """Name, size and hash of a source file; its folder is left out, so that the manifest says nothing of the host."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _write_dropped(out: Path, built: Built) -> Path | None:
    """The report of what was left out and why, beside the vocabulary; without any an older report is removed."""
    path = out.with_name(out.stem + ".dropped.tsv")
    if not built.dropped and not built.left_out:
        path.unlink(missing_ok=True)
        return None
    head = [f"# {count} concepts left out: {why}" for why, count in built.left_out.most_common()]
    rows = ["\t".join(_row(dropped)) for dropped in sorted(built.dropped, key=_order)]
    path.write_text("\n".join([*head, "why\tterm\tcode\tsystem", *rows, ""]), encoding="utf-8", errors="replace")
    return path


def _row(dropped: Dropped) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) for cell in (dropped.why, dropped.term, dropped.code, dropped.system))


def _order(dropped: Dropped) -> tuple[str, str, str]:
    return dropped.why, dropped.term, dropped.code
