"""UIMA CAS in XMI: E3C, WebAnno and INCEpTION exports, Apache cTAKES output.

Of the annotations, those are read whose type has a row in the map; tokens and the rest are passed over. UIMA counts
UTF-16 code units; offsets are turned into code points. No type system file is needed, since the features wanted are
plain XML attributes; that, and the file and line in every complaint, is why the format is read here with expat
instead of with dkpro-cassis. Document types and entities are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from clinnote.errors import RecordError, Reject
from clinnote.model.codes import Code
from clinnote.model.mention import TaggedNote, text_sha256
from clinnote.model.offsets import Utf16Offsets, is_offset
from clinnote.model.spans import valid
from clinnote.ontology.gold_map import Annotation, GoldMap, mentions_from
from clinnote.sources.placed import Placed

_CONCEPTS: Final = "ontologyConceptArr"
_PLACE: Final = frozenset({"xmi:id", "sofa", "begin", "end", _CONCEPTS})
_INITIAL: Final = "_InitialView"


@dataclass(slots=True)
class _Cas:
    """What the elements of one file have said: texts by sofa id, wanted annotations with their line."""

    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """xmi:id of the sofa -> (name of the view, text)"""
    found: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    concepts: dict[str, Code] = field(default_factory=dict)
    """Codes by xmi:id: cTAKES keeps them apart from the mentions that name their ids."""


def read_xmi(path: Path, note_id: str, rules: GoldMap) -> Iterator[Placed | Reject]:
    """The note of one XMI file with its mentions; a file with several views with text gives a note for each.

    The note of the initial view is ``note_id``, of another ``note_id#view``. An annotation whose offsets are not in
    its text is a :class:`Reject` with its line, a file that is no XMI one for the file.
    """
    try:
        cas = _parse(path.read_bytes(), rules)
    except RecordError as error:
        yield Reject(str(path), getattr(error, "line", None), error.reason, str(error))
        return
    except OSError as error:
        yield Reject(str(path), None, "unreadable_file", error.strerror or type(error).__name__)
        return
    if not cas.texts:
        yield Reject(str(path), None, "no_text", "holds no sofaString; is it a UIMA CAS with its text?")
        return
    main = next((sofa for sofa, (view, _) in cas.texts.items() if view == _INITIAL), next(iter(cas.texts)))
    for sofa, (view, text) in cas.texts.items():
        units = Utf16Offsets(text)
        annotations: list[Annotation] = []
        for line, kind, features in cas.found:
            if features.get("sofa") != sofa:
                continue
            try:
                annotations.append(_annotation(kind, features, units, len(text), cas.concepts))
            except RecordError as error:
                yield Reject(str(path), line, error.reason, str(error))
        digest = text_sha256(text)
        name = note_id if sofa == main else f"{note_id}#{view}"
        mentions = mentions_from(text, digest, annotations, rules)
        yield Placed(TaggedNote(name, digest, text, metadata={"file": path.name}, mentions=mentions), str(path))


class _LineError(RecordError):
    """A record error that knows its line."""

    def __init__(self, reason: str, message: str, line: int) -> None:
        super().__init__(reason, message)
        self.line = line


def _parse(raw: bytes, rules: GoldMap) -> _Cas:
    wanted = {*rules.labels, *rules.label_features, *rules.inside}
    cas = _Cas()
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise _LineError("document_type", "declares a document type, which is refused", parser.CurrentLineNumber)

    def start(name: str, features: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "Sofa" and "sofaString" in features:
            cas.texts[features.get("xmi:id", "")] = (features.get("sofaID", _INITIAL), features["sofaString"])
        elif "codingScheme" in features and "code" in features:
            code = Code(rules.system(features["codingScheme"]), features["code"], features.get("preferredText"))
            cas.concepts[features.get("xmi:id", "")] = code
        elif kind in wanted and "begin" in features:
            cas.found.append((parser.CurrentLineNumber, kind, features))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise _LineError("not_xml", f"not XML at column {error.offset} ({reason})", error.lineno) from None
    except (LookupError, ValueError):
        raise _LineError("not_xml", "declares an encoding that can't be read; save it as UTF-8", 1) from None
    return cas


def _annotation(
    kind: str, features: dict[str, str], units: Utf16Offsets, length: int, concepts: Mapping[str, Code]
) -> Annotation:
    begin, end = features.get("begin", ""), features.get("end", "")
    if not (is_offset(begin) and is_offset(end)):
        raise RecordError("bad_span", "begin and end must be whole numbers")
    first, last = units.point(int(begin)), units.point(int(end))
    if first is None or last is None or not valid(first, last, length):
        raise RecordError("bad_span", "begin and end mark no stretch of the text (UTF-16 code units)")
    named = [concepts[name] for name in features.get(_CONCEPTS, "").split() if name in concepts]
    codes = tuple({code.key: code for code in named}.values())
    own = tuple((name, value) for name, value in features.items() if name not in _PLACE)
    return Annotation(kind, ((first, last),), own, codes)
