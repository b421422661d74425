"""Releases in, entries of a vocabulary out: filtered, labelled, freed of dangerous terms, varied and joined."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clinnote.errors import UsageError
from clinnote.model.codes import Code, canonical_system
from clinnote.ontology.vocabularies.dangerous import Dangers
from clinnote.ontology.vocabularies.entries import BODY_SITE, Entry
from clinnote.ontology.vocabularies.form_rules import FormRules
from clinnote.ontology.vocabularies.importers.records import Key, Release, SourceConcept
from clinnote.ontology.vocabularies.joining import Joiner
from clinnote.ontology.vocabularies.kinds import Kinds


@dataclass(frozen=True, slots=True)
class Filters:
    """What is to stay: codes with all below them ("404684003", "icd10cm|I00-I99"), semantic tags, labels; empty: all.

    A code restricts the systems it stands in, and a tag the releases that use it; others are left as they are.
    """

    under: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The tables and rules that building needs; ``site_of`` is SNOMED CT or another code -> node of the anatomy."""

    kinds: Kinds
    rules: FormRules
    dangers: Dangers
    site_of: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Dropped:
    """One term that was left out, and why."""

    system: str
    code: str
    term: str
    why: str


@dataclass(slots=True)
class Built:
    """Entries and hierarchy of all releases, the terms dropped, and counts of what no label or filter let in."""

    entries: list[Entry] = field(default_factory=list)
    edges: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    used: Counter[int] = field(default_factory=Counter)
    """Place of the release -> number of its concepts that came in with a term."""


def build_entries(releases: Sequence[Release], filters: Filters, know: Knowledge) -> Built:
    """The entries of all releases, in their order; what several say about one code under one label is one entry.

    Raises:
        UsageError: a filter names a code or a tag that no release has.
    """
    built = Built()
    for release in releases:
        for system, parents in release.edges.items():
            known = built.edges.setdefault(system, {})
            for child, above in parents.items():
                known.setdefault(child, []).extend(above)
    below = _below(filters.under, built.edges)
    tags = _tags(filters.tags, releases)
    displays = {(one.system, one.code): one.display for release in releases for one in release.concepts}
    joiner = Joiner((one for release in releases for one in release.maps), displays)
    merged: dict[tuple[str, str, str], tuple[SourceConcept, Release]] = {}
    places: dict[tuple[str, str, str], list[int]] = {}
    for place, release in enumerate(releases):
        for concept, label in _let_in(release, filters, below, tags[place], know, built):
            key = (concept.system, concept.code, label)
            places.setdefault(key, []).append(place)
            known_one = merged.get(key)
            merged[key] = (concept, release) if known_one is None else (_both(known_one[0], concept), known_one[1])
    for key, (concept, release) in merged.items():
        entry = _entry(concept, key[2], release.version, joiner, know, built)
        if entry is not None:
            built.entries.append(entry)
            built.used.update(places[key])
    return built


def _let_in(
    release: Release,
    filters: Filters,
    below: Mapping[str, set[str]],
    tags: frozenset[str],
    know: Knowledge,
    built: Built,
) -> Iterator[tuple[SourceConcept, str]]:
    """(concept, label) of what all filters let in."""
    for concept in release.concepts:
        if concept.system in below and concept.code not in below[concept.system]:
            built.left_out["not under the codes asked for"] += 1
        elif tags and tags.isdisjoint(kind.lower() for kind in concept.kinds):
            built.left_out["not of the tags asked for"] += 1
        else:
            label = concept.label or know.kinds.label(release.source, concept.kinds)
            if label is None:
                built.left_out[f"{release.source}: {concept.kinds[0] if concept.kinds else 'no kind'}"] += 1
            elif filters.labels and label not in filters.labels:
                built.left_out[f"label {label}"] += 1
            else:
                yield concept, label


def _both(one: SourceConcept, other: SourceConcept) -> SourceConcept:
    terms = tuple(dict.fromkeys((*one.terms, *other.terms)))
    return SourceConcept(one.system, one.code, one.display, terms, one.kinds, one.label, (*one.also, *other.also))


def _entry(
    concept: SourceConcept, label: str, version: str | None, joiner: Joiner, know: Knowledge, built: Built
) -> Entry | None:
    forms: list[str] = []
    capitals: list[str] = []
    variants: dict[str, None] = {}
    for term in concept.terms:
        why, in_capitals = know.dangers.judge(term)
        if why:
            built.dropped.append(Dropped(concept.system, concept.code, term, why))
            continue
        (capitals if in_capitals else forms).append(term)
        if not in_capitals:
            variants.update(dict.fromkeys(know.rules.variants(term)))
    if not forms and not capitals:
        return None
    codes = joiner.codes(Code(concept.system, concept.code, concept.display, version), concept.also)
    sites: tuple[str, ...] = ()
    if label == BODY_SITE:
        sites = tuple(dict.fromkeys(know.site_of[code.key] for code in codes if code.key in know.site_of))
    safe = tuple(variant for variant in variants if not know.dangers.judge(variant)[0])
    return Entry(label, tuple(forms), codes, None, sites, safe, tuple(capitals))


def _below(under: Sequence[str], edges: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, set[str]]:
    """System -> the codes asked for and all below them, for the systems in which one of them stands."""
    found: dict[str, set[str]] = {}
    for asked in under:
        name, bar, bare = asked.partition("|")
        systems = [canonical_system(name)] if bar else list(edges)
        code = bare if bar else asked
        holders = [system for system in systems if _stands(code, edges.get(system, {}))]
        if not holders:
            raise UsageError(f"--under {asked}: no release has this code in a hierarchy; write SYSTEM|CODE or CODE")
        for system in holders:
            children: dict[str, list[str]] = {}
            for child, parents in edges[system].items():
                for parent in parents:
                    children.setdefault(parent, []).append(child)
            seen = dict.fromkeys([code])
            queue = [code]
            for one in queue:
                fresh = [child for child in children.get(one, ()) if child not in seen]
                seen.update(dict.fromkeys(fresh))
                queue += fresh
            found.setdefault(system, set()).update(seen)
    return found


def _stands(code: str, parents: Mapping[str, Sequence[str]]) -> bool:
    return code in parents or any(code in above for above in parents.values())


def _tags(asked: Sequence[str], releases: Sequence[Release]) -> list[frozenset[str]]:
    """For each release the tags asked for that it uses."""
    wanted = {tag.lower() for tag in asked}
    used = [
        frozenset(wanted & {kind.lower() for one in release.concepts for kind in one.kinds}) if wanted else frozenset()
        for release in releases
    ]
    missing = wanted.difference(*used)
    if missing:
        raise UsageError(f"--tag {', '.join(sorted(missing))}: no release has concepts of this tag")
    return used
