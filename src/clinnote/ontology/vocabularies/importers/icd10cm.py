"""ICD-10-CM: the tabular of the package ``simple-icd-10-cm``, or the XML that CMS and NCHS publish (public domain).

Codes are categories and below, each with its description and inclusion terms; chapters and blocks stand in the
hierarchy only. The kind of a concept is the number of its chapter.
"""

import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from clinnote.errors import UsageError
from clinnote.model.codes import ICD10CM, well_formed
from clinnote.ontology.vocabularies.importers.records import Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import damaged

_FILLER: Final = "X"
_SEVENTH: Final = 6
"""A seventh character stands behind six others; shorter codes are filled up with X."""
_NAME: Final = "ICD-10-CM"
_BARRED: Final = re.compile(
    r"7th characters (\w) and (\w) do not apply to codes .* with 6th character (\d) - .* or (\d) - "
)
type _Seventh = Mapping[str, str]


def read_package(path: Path | None, wanted: Wanted) -> Release:  # noqa: ARG001 (the signature of every reader)
    """The tabular that the installed ``simple-icd-10-cm`` carries."""
    with warnings.catch_warnings():
        # It reads its data through an interface that Python 3.12 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm as icd

    release = Release("icd10cm", _NAME, f"simple-icd-10-cm {version('simple-icd-10-cm')}")
    # A block of one category ("B10") has the code of that category and is named twice.
    for code in dict.fromkeys(icd.get_all_codes(with_dots=True)):
        above = [parent for parent in icd.get_ancestors(code) if parent != code]
        if above:
            release.add_edge(ICD10CM, code, above[0])
        if well_formed(ICD10CM, code):
            display, *terms = (
                " ".join(text.split()) for text in (icd.get_description(code), *icd.get_inclusion_term(code))
            )
            release.concepts.append(_concept(code, display, (display, *terms), above[-1] if above else code))
    return release


def read_xml(path: Path, wanted: Wanted) -> Release:  # noqa: ARG001 (the signature of every reader)
    """The tabular list as CMS publishes it (``icd10cm-tabular-*.xml``), seventh characters spelt out.

    Raises:
        UsageError: the file is missing, is no whole XML, or holds no code.
    """
    try:
        root = ET.parse(path).getroot()  # noqa: S314 (the user's own release; expat bounds entity expansion)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from None
    except ET.ParseError as error:
        raise damaged(path, error.position[0], "not whole XML") from None
    except (LookupError, ValueError):  # an encoding that is unknown, or that the parser can't read
        raise damaged(path, 1, "an encoding that can't be read") from None
    release = Release("icd10cm_xml", _NAME, _text(root, "version") or None, files=[path])
    try:
        _read_chapters(root, release)
    except RecursionError:
        raise damaged(path, 1, "codes inside codes without end") from None
    if not release.concepts:
        raise UsageError(f"{path}: no code in it; give the tabular list (icd10cm-tabular-*.xml), not the index")
    return release


def _read_chapters(root: ET.Element, release: Release) -> None:
    for chapter in root.iter("chapter"):
        name = _text(chapter, "name")
        for section in chapter.iter("section"):
            block = section.get("id", "")
            for diag in section.findall("diag"):
                above = block or name
                _walk(diag, above, name, ({}, frozenset()), release)
                if block and block != _text(diag, "name"):
                    release.add_edge(ICD10CM, _text(diag, "name"), block)
            if block:
                release.add_edge(ICD10CM, block, name)


def _walk(
    diag: ET.Element, above: str, chapter: str, seventh: tuple[_Seventh, frozenset[tuple[str, str]]], release: Release
) -> None:
    """A code and all below it; ``seventh``: the seventh characters in force, and pairs of sixth and seventh barred."""
    code, display = _text(diag, "name"), _text(diag, "desc")
    if not well_formed(ICD10CM, code) or not display:
        return
    if well_formed(ICD10CM, above) and above != code:
        release.add_edge(ICD10CM, code, above)
    terms = (display, *(_plain(note) for note in diag.iterfind("inclusionTerm/note")))
    release.concepts.append(_concept(code, display, terms, chapter))
    own = {ext.get("char", ""): _plain(ext) for ext in diag.iterfind("sevenChrDef/extension")}
    rules = (_BARRED.search(_plain(note)) for note in diag.iterfind("*/note"))
    barred = {(sixth, last) for rule in rules if rule for sixth in rule.group(3, 4) for last in rule.group(1, 2)}
    seventh = (own or seventh[0], seventh[1] | barred)
    children = diag.findall("diag")
    for child in children:
        _walk(child, code, chapter, seventh, release)
    if children:
        return
    for character, meaning in seventh[0].items():
        full = _with_seventh(code, character)
        if (full[-2], character) not in seventh[1]:
            release.add_edge(ICD10CM, full, code)
            whole = f"{display}, {meaning}"
            release.concepts.append(_concept(full, whole, (whole,), chapter))


def _with_seventh(code: str, character: str) -> str:
    bare = code.replace(".", "").ljust(_SEVENTH, _FILLER)
    return f"{bare[:3]}.{bare[3:]}{character}"


def _concept(code: str, display: str, terms: tuple[str, ...], chapter: str) -> SourceConcept:
    return SourceConcept(ICD10CM, code, display, tuple(dict.fromkeys(terms)), (chapter,))


def _text(element: ET.Element, tag: str) -> str:
    found = element.find(tag)
    return _plain(found) if found is not None else ""


def _plain(element: ET.Element) -> str:
    return " ".join(_pieces(element))


def _pieces(element: ET.Element) -> Iterator[str]:
    for text in element.itertext():
        yield from text.split()
