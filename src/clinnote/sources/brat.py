"""brat standoff: a ``.txt`` file with its ``.ann`` file (https://brat.nlplab.org/standoff.html).

Read are text-bound annotations (``T``, also of several stretches), events (``E``, for the attributes of their
trigger), attributes (``A``, ``M``) and normalisations (``N``). Relations, equivalences and notes are passed over.
Offsets are code points, as brat writes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.errors import RecordError, Reject
from clinnote.model.codes import Code
from clinnote.model.mention import TaggedNote, text_sha256
from clinnote.model.offsets import is_offset
from clinnote.model.spans import valid
from clinnote.ontology.gold_map import Annotation, GoldMap, mentions_from
from clinnote.sources.placed import Placed

_PASSED_OVER: Final = ("R", "*", "#")


@dataclass(slots=True)
class _Standoff:
    """What the lines of one file have said so far."""

    spans: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    attributes: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(line, target, name, value)"""
    codes: list[tuple[int, str, Code]] = field(default_factory=list)


def read_brat(path: Path, note_id: str, rules: GoldMap) -> Iterator[Placed | Reject]:
    """The note of one ``.txt`` file with the mentions of the ``.ann`` file beside it.

    A line that can't be read comes as a :class:`Reject` that names it; the other lines still count.
    """
    notes = path.with_suffix(".ann")
    try:
        text = path.read_bytes().decode("utf-8")
        lines = notes.read_bytes().decode("utf-8-sig").split("\n")  # a quote may hold U+2028, which splitlines splits
    except UnicodeDecodeError as error:
        yield Reject(str(path), None, "not_utf8", f"byte {error.start} of text or .ann is not UTF-8; re-encode it")
        return
    except FileNotFoundError:
        yield Reject(str(notes), None, "no_annotations", "there is no .ann file beside the text")
        return
    except OSError as error:
        yield Reject(str(path), None, "unreadable_file", error.strerror or type(error).__name__)
        return
    found = _Standoff()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(_PASSED_OVER):
            continue
        try:
            _read_line(line.rstrip("\r"), number, text, found, rules)
        except RecordError as error:
            yield Reject(str(notes), number, error.reason, str(error))
    annotations, rejects = _joined(found, str(notes))
    yield from rejects
    digest = text_sha256(text)
    mentions = mentions_from(text, digest, annotations, rules)
    yield Placed(TaggedNote(note_id, digest, text, metadata={"file": path.name}, mentions=mentions), str(path))


def _read_line(line: str, number: int, text: str, found: _Standoff, rules: GoldMap) -> None:
    name, _, rest = line.partition("\t")
    cells = rest.split("\t")
    words = cells[0].split()
    if name.startswith("T"):
        found.spans[name] = _span(words, cells, text)
    elif name.startswith("E"):
        _, colon, trigger = words[0].partition(":") if words else ("", "", "")
        if not colon:
            raise RecordError("bad_line", "an event must name its trigger as Type:T1")
        found.triggers[name] = trigger
    elif name.startswith(("A", "M")):
        if len(words) not in (2, 3):
            raise RecordError("bad_line", "an attribute must be: name, target and perhaps a value")
        found.attributes.append((number, words[1], words[0], words[2] if len(words) == 3 else ""))
    elif name.startswith("N"):
        system, colon, code = words[2].partition(":") if len(words) == 3 else ("", "", "")
        if not colon:
            raise RecordError("bad_line", "a normalisation must be: Reference, target and system:code")
        found.codes.append((number, words[1], Code(rules.system(system), code, cells[1] if cells[1:] else None)))
    else:
        raise RecordError("bad_line", "no brat annotation starts like this line")


def _span(words: list[str], cells: list[str], text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Type and stretches of a text-bound annotation, proven against the words it quotes."""
    pairs = [part.split() for part in " ".join(words[1:]).split(";")]
    if len(cells) < 2 or not all(len(pair) == 2 and all(map(is_offset, pair)) for pair in pairs):
        raise RecordError("bad_line", "a text-bound annotation must be: type, start, end and the words")
    fragments = tuple((int(start), int(end)) for start, end in pairs)
    if not all(valid(start, end, len(text)) for start, end in fragments) or list(fragments) != sorted(fragments):
        raise RecordError("bad_span", f"its offsets mark no stretch of the text ({len(text)} code points)")
    quoted = " ".join(text[start:end] for start, end in fragments)
    if _loose(quoted) != _loose(cells[1]):
        raise RecordError("quote_mismatch", "its words are not what stands at its offsets; was the text changed?")
    return words[0], fragments


def _loose(words: str) -> str:
    return " ".join(words.split())  # brat writes line ends inside a span as blanks


def _joined(found: _Standoff, file: str) -> tuple[list[Annotation], list[Reject]]:
    """Every span with its attributes and codes, those of events among them."""
    attributes: dict[str, list[tuple[str, str]]] = {}
    codes: dict[str, list[Code]] = {}
    rejects: list[Reject] = []
    lines = [(line, target) for line, target, _, _ in found.attributes]
    lines += [(line, target) for line, target, _ in found.codes]
    for line, target in sorted(lines):
        if found.triggers.get(target, target) not in found.spans:
            rejects.append(Reject(file, line, "unknown_target", "its target is not in this file"))
    for _, target, name, value in found.attributes:
        attributes.setdefault(found.triggers.get(target, target), []).append((name, value))
    for _, target, code in found.codes:
        codes.setdefault(found.triggers.get(target, target), []).append(code)
    annotations = [
        Annotation(kind, fragments, tuple(attributes.get(name, ())), tuple(codes.get(name, ())))
        for name, (kind, fragments) in found.spans.items()
    ]
    return annotations, rejects
