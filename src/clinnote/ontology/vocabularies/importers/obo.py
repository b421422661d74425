"""OBO 1.2 and 1.4: the terms of an ontology such as HPO, Mondo, the Disease Ontology or Uberon.

Read are name, exact synonyms, is-a and cross-references to code systems that ``systems.tsv`` lists; obsolete terms only
when that status is wanted. The kind of a term is the prefix of its identifier. The format is read here and not by
a library, because those at hand stop at the first line they can't read, and one bad line must not hide the rest.
"""

import re
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.ontology.vocabularies.importers.records import CodeMap, Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import damaged, text_lines
from clinnote.ontology.vocabularies.importers.systems import Systems

_SYNONYM: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s+(EXACT|BROAD|NARROW|RELATED)\b\s*([^\[]*)\[')
_ESCAPE: Final = re.compile(r"\\(.)")
_STANZA: Final = re.compile(r"\[(\w+)\]\s*")
_LICENCE: Final = re.compile(r"(?:terms|dc|dcterms):(?:license|rights)\s+(\"[^\"]*\"|\S+)")
_DISCARDED: Final = "obsolete_synonym"
_EQUIVALENT: Final = "equivalent"
_SOURCE_OF_XREF: Final = re.compile(r'source="([^"]*)"')
_FREE: Final = ("creativecommons.org/publicdomain", "creativecommons.org/licenses/by/", "cc0", "cc-by-4", "cc by 4")


def read_obo(path: Path, wanted: Wanted) -> Release:
    """The terms of one OBO file.

    Raises:
        UsageError: the file can't be read, is cut short, or holds no term.
    """
    release = Release("obo", path.name, files=[path])
    stanza, tags, start = "", dict[str, list[str]](), 1
    line, number = "", 0
    for number, line in text_lines(path):
        opened = _STANZA.fullmatch(line)
        if opened:
            _close(stanza, tags, release, wanted, path, start)
            stanza, tags, start = opened.group(1), {}, number
        elif line.strip() and not line.startswith("!"):
            tag, colon, value = line.partition(": ")
            if colon:
                tags.setdefault(tag, []).append(value.strip())
            elif not line.endswith(":"):
                release.rejects.append(Reject(str(path), number, "bad_line", "a line is a tag, a colon and a value"))
    if stanza == "Term" and "name" not in tags:
        raise damaged(path, number, "the last term has no name")
    _close(stanza, tags, release, wanted, path, start)
    if not release.concepts:
        raise UsageError(f"{path}: no term in it; give an ontology in OBO format")
    return release


def _close(stanza: str, tags: dict[str, list[str]], release: Release, wanted: Wanted, path: Path, start: int) -> None:
    if not stanza:
        _header(tags, release)
    elif stanza == "Term":
        _term(tags, release, wanted, path, start)


def _header(tags: dict[str, list[str]], release: Release) -> None:
    release.name = tags.get("ontology", [release.name])[0]
    release.version = tags.get("data-version", [None])[0]
    for value in tags.get("property_value", ()):
        found = _LICENCE.match(value)
        if found and (release.licence is None or "license" in value[: found.start(1)]):
            release.licence = found.group(1).strip('"')
    if release.licence:
        release.share = "yes" if any(free in release.licence.lower() for free in _FREE) else "see licence"


def _term(tags: dict[str, list[str]], release: Release, wanted: Wanted, path: Path, start: int) -> None:
    key = wanted.systems.from_curie(tags.get("id", [""])[0])
    name = _plain(tags.get("name", [""])[0])
    obsolete = tags.get("is_obsolete", [""])[0].startswith("true")
    if key is None or not name:
        if not obsolete:
            release.rejects.append(Reject(str(path), start, "bad_term", "a term needs an id with a prefix, and a name"))
        return
    if obsolete and "obsolete" not in wanted.statuses:
        return
    terms = [name]
    for value in tags.get("synonym", ()):
        found = _SYNONYM.match(value)
        if found is None:
            release.rejects.append(
                Reject(str(path), start, "bad_synonym", "a synonym needs quotes, scope and brackets")
            )
        elif found.group(2) == "EXACT" and _DISCARDED not in found.group(3):
            terms.append(_plain(found.group(1)))
    system, code = key
    kind = tags["id"][0].partition(":")[0]
    release.concepts.append(SourceConcept(system, code, name, tuple(dict.fromkeys(terms)), (kind,)))
    for value in tags.get("is_a", ()):
        parent = wanted.systems.from_curie(value.split(" ")[0])
        if parent and parent[0] == system:
            release.add_edge(system, code, parent[1])
    for value in tags.get("xref", ()):
        _xref(key, value, release, wanted.systems)


def _xref(key: tuple[str, str], value: str, release: Release, systems: Systems) -> None:
    """A cross-reference; where the source says how near it is, only an equivalence counts."""
    curie = value.split(" ")[0]
    sources = _SOURCE_OF_XREF.findall(value)
    if sources and not any(_EQUIVALENT in source for source in sources):
        return
    target = systems.from_curie(curie) if systems.listed(curie) else None
    if target and target[0] != key[0]:
        release.maps.append(CodeMap(key, target, exact=True))


def _plain(text: str) -> str:
    """Text without OBO's escapes and trailing comment."""
    return _ESCAPE.sub(lambda match: {"n": " ", "t": " ", "W": " "}.get(match.group(1), match.group(1)), text).strip()
