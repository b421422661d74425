"""Sections: headings that a table names, and the stretch of text each one heads.

A heading is recognised

* at the start of a line, before a colon or a dash, or alone on its line;
* at the start of a line in capitals, when the text goes on in mixed case behind it ("PLAN Chest CT next week.");
* inside a line before a colon: in capitals anywhere, otherwise behind the end of a sentence;
* in a text that came without line breaks, in capitals behind the end of a sentence.

Reports whose findings have no heading put them between a header section (indication, comparison, technique) and the
impression: there the header section is its first paragraph alone, and what follows is in no section.

Some headings are parts of a section and count only inside it ("Heart:" in a physical examination): such a stretch is
a section of its own in the result, with the kind and the defaults of the section around it and its own ``part``.
"""

import re
from typing import Final

from clinnote.ontology.sections import Heading, SectionKind, SectionTable, normal_heading
from clinnote.ontology.sections import load_sections as load_sections
from clinnote.pipeline.records import Section

_LONGEST: Final = 72
"""No heading, and nothing looked at before one, is longer than this many characters."""
_LINE: Final = re.compile(r"\n[ \t\r]*(?:\d{1,2}[.)][ \t]*|([0-9.()\[*#_=>\u2022-]+[ \t]*))?([A-Za-z]+)")
"""First word of a line, behind a number or a bullet. Starts with a plain character, so that a search is a jump."""
_RUN: Final = re.compile(r"[A-Za-z][A-Za-z0-9/&,()'\u2019 \t-]{0,70}+")
"""What a heading may consist of."""
_DASH: Final = re.compile(r"[ \t]+[-\u2013\u2014=]+[ \t]*|[-\u2013\u2014=]+[ \t]+|[\u2013\u2014=]+")
_MARKUP: Final = re.compile(r"[*_\]=#]+")
_BULLETS: Final = frozenset({"-", "*", "\u2022", ">", "--"})
_ENDS_LINE: Final = frozenset({"", "\n", "\r"})
_CAPITALS: Final = re.compile(r"[A-Z][A-Z/&,-]{2,}+(?: (?:[A-Z/&,-]{2,}+|&))*+(?= +(?:[A-Z][a-z]|\d))")
_NO_BREAKS: Final = re.compile(r"(?<=[.!?;]) +(?=[A-Z][A-Z/&-]{3})")
_LAST_WORD: Final = re.compile(r"([A-Za-z0-9]+)[^A-Za-z0-9]*$")
_COLON: Final = re.compile(r":")
_BEFORE_COLON: Final = re.compile(r"[A-Za-z][A-Za-z0-9/&,()' \t-]{0,70}$")
_PARENTHESIS: Final = re.compile(r"[ \t]*\([^()]*\)[ \t]*$")
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_FIRST_LINE: Final = re.compile(r"[ \t:]*[\r\n]?[^\n.:;]{0,60}")
"""Where the name of a study stands that a heading announces: on its line, or on the one below it."""
_EITHER: Final = frozenset({"exam", "examination", "exams", "examinations"})
"""Headings of an examination by hand or of a study: what stands below them tells."""


_HEADER: Final = frozenset(
    {"technique", "comparison", "indication", "clinical_history", "contrast", "radiation_dose", "image_quality"}
)
"""Sections that are one paragraph in a report; more of them is the findings, where those have no heading."""
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
_SHORT_LINE: Final = 40
_SHORT_HISTORY: Final = 200
"""Code points; a longer history is that of a visit, whose paragraphs belong to it."""

_Found = tuple[int, int, Heading]
"""First character of the heading, first character behind it, what it opens."""


def find_sections(text: str, table: SectionTable) -> tuple[Section, ...]:
    """The sections of ``text`` in order, not overlapping; text before the first heading is in none."""
    found = _at_line_starts(text, table)
    ordered = len(found)
    _inside_lines(text, table, found)
    if "\n" not in text:
        found += _without_breaks(text, table)
    if not found:
        return ()
    if len(found) > ordered:
        found.sort(key=_start_of)
    opened: list[tuple[int, int, SectionKind, SectionKind | None]] = []
    body = 0
    outer: SectionKind | None = None
    for start, end, (section, part, _) in found:
        if start < body:
            continue
        if section is not None and section.kind == "physical_exam" and _is_study(text, start, end, table):
            section = table.kinds["technique"]
        if part is not None and outer is not None and outer.kind in part.within:
            opened.append((start, end, outer, part))
        elif section is not None:
            opened.append((start, end, section, None))
            outer = section
        else:
            continue
        body = end
    ends = [start for start, _, _, _ in opened[1:]]
    ends.append(len(text))
    _end_headers(text, opened, ends)
    return tuple(
        [
            Section(
                kind.kind,
                start,
                body,
                ends[i],
                kind.rule,
                kind.temporality,
                kind.experiencer,
                None if part is None else part.kind.removeprefix("part_"),
                kind.by_label,
            )
            for i, (start, body, kind, part) in enumerate(opened)
        ]
    )


def _end_headers(text: str, opened: list[tuple[int, int, SectionKind, SectionKind | None]], ends: list[int]) -> None:
    """End a header section behind its first paragraph if the impression, or no heading at all, follows it."""
    kinds = [kind.kind for _, _, kind, _ in opened]
    if "findings" in kinds:
        return
    last = len(kinds) - 1
    bare = "impression" in kinds[:last] or _HEADER.issuperset(kinds)
    for i, kind in enumerate(kinds):
        if kind in _HEADER and (kinds[i + 1] == "impression" if i < last else bare):
            ends[i] = _paragraph_end(text, opened[i][1], ends[i], kind == "clinical_history")


def _paragraph_end(text: str, start: int, end: int, short: bool) -> int:
    """Where the first paragraph of text[start:end] ends; ``short``: only if it is a short one."""
    while start < end and text[start].isspace():
        start += 1
    blank = _BLANK_LINE.search(text, start, end)
    if blank is not None and text[blank.end() : end].strip():
        return blank.start() if not short or blank.start() - start <= _SHORT_HISTORY else end
    line = text.find("\n", start, end)
    if line < 0 or not text[line:end].strip():
        return end
    words = text[start:line].rstrip()
    ended = words[-1:] in ".!?" or (len(words) <= _SHORT_LINE and text[line:end].lstrip()[:1].isupper())
    return line if ended else end


def _is_study(text: str, start: int, end: int, table: SectionTable) -> bool:
    """Whether a heading [start, end) that may be of either kind is that of a study ("EXAM: MRI of the left knee")."""
    if normal_heading(text[start:end].rstrip(":")) not in _EITHER or "technique" not in table.kinds:
        return False
    line = _FIRST_LINE.match(text, end)
    return line is not None and table.studies.named.search(text, end, line.end()) is not None


def _start_of(found: _Found) -> tuple[int, int]:
    return found[0], -found[1]


def _at_line_starts(text: str, table: SectionTable) -> list[_Found]:
    """Headings before a colon or a dash, alone on their line, or in capitals before mixed case."""
    found: list[_Found] = []
    firsts = table.firsts
    for line in _LINE.finditer("\n" + text):
        if line[2].lower() in firsts:
            heading = _line_heading(text, line.start(2) - 1, line[1], table)
            if heading is not None:
                found.append(heading)
    return found


def _line_heading(text: str, at: int, lead: str | None, table: SectionTable) -> _Found | None:
    """A heading at ``at``, the first word of a line; ``lead`` is a bullet or the like before it."""
    run = _RUN.match(text, at)
    if run is None:
        return None
    words, end = run.group(), run.end()
    behind = text[end : end + 1]
    if lead is not None and behind in "*_]=#" and (markup := _MARKUP.match(text, end)) is not None:
        end = markup.end()
        behind = text[end : end + 1]
    if behind == ":":
        heading = _lookup(words, table)
        if heading is None or (len(words) == 1 and text[end + 1 : end + 3].strip()[:1].isdigit()):
            return None  # "P: 80" is a pulse, "P: Rest." a plan
        return (at, end + 1, heading)
    if behind in _ENDS_LINE:
        heading = _lookup(words, table)
        if heading is not None:
            words = words.rstrip()
            if words.isupper() or not (
                (lead is not None and lead.strip() in _BULLETS)
                or heading.only_marked
                or (words.islower() and _goes_on(text, at))
            ):
                return (at, end, heading)
    if "-" in words or behind in "\u2013\u2014=":
        dash = _DASH.search(text, at, end + 2)
        heading = None if dash is None else _lookup(text[at : dash.start()], table)
        if dash is not None and heading is not None:
            return (at, dash.end(), heading)
    return _capitals(text, at, table) if words[1:3].isupper() else None


def _goes_on(text: str, at: int) -> bool:
    """Whether the line before the one that starts at or before ``at`` breaks off inside a sentence."""
    before = text[max(0, at - 80) : at].rstrip(" \t\r0123456789.)")
    return before.endswith("\n") and before.rstrip("\r\n")[-1:].isalnum() and not before.endswith(("\n\n", "\n\r\n"))


def _capitals(text: str, at: int, table: SectionTable) -> _Found | None:
    """A heading in capitals at ``at`` that text in mixed case follows."""
    run = _CAPITALS.match(text, at, at + _LONGEST)
    heading = None if run is None else _lookup(run.group(), table)
    if run is None or heading is None or heading.only_marked or heading.section is None:
        return None
    return (at, run.end(), heading)


def _lookup(words: str, table: SectionTable) -> Heading | None:
    heading = table.written.get(words)
    if heading is not None:
        return heading
    key = words.lower().strip()
    heading = table.headings.get(key)
    if heading is None and not key.replace(" ", "").isalpha():
        heading = table.headings.get(normal_heading(key))
        if heading is None and key.endswith(")"):
            heading = table.headings.get(normal_heading(_PARENTHESIS.sub("", key)))
    return heading


def _inside_lines(text: str, table: SectionTable, found: list[_Found]) -> None:
    """Add to ``found`` the headings before a colon that do not begin their line."""
    known = {end for _, end, _ in found}
    lasts = table.lasts
    for colon in _COLON.finditer(text):
        at = colon.start()
        if at + 1 in known:
            continue
        word = _LAST_WORD.search(text, max(0, at - 24), at)
        if word is None or word[1].lower() not in lasts:
            continue
        low = max(0, at - _LONGEST)
        before = _BEFORE_COLON.search(text, max(low, text.rfind("\n", low, at) + 1), at)
        if before is not None:
            heading = _longest_suffix(text, before.start(), at, table)
            if heading is not None:
                found.append(heading)


def _longest_suffix(text: str, start: int, end: int, table: SectionTable) -> _Found | None:
    """The longest run of words that ends at ``end``, is a heading, and stands where a heading may stand."""
    words = [word.start() for word in _WORD.finditer(text, start, end)][-table.longest :]
    for at in words:
        heading = _lookup(text[at:end], table)
        if heading is not None and _may_begin(text, at, end):
            return (at, end + 1, heading)
    return None


def _may_begin(text: str, at: int, end: int) -> bool:
    """At the start of a line (behind a bullet), behind a sentence or a wide gap, or anywhere in capitals; no letter."""
    if end - at == 1:
        return False
    line = text[max(text.rfind("\n", max(0, at - _LONGEST), at) + 1, at - _LONGEST) : at]
    lead = line.strip(" \t\r0123456789.)(*#-_=>\u2022")
    if not lead:
        return True
    quote = text[at:end].strip()
    if quote.isupper() and len(quote) > 3:
        return True
    before = line.rstrip()
    gap = line[len(before) :]
    parted = len(gap) > 1 or (gap and before.endswith((".", ";", "!", "?"))) or before.endswith((".,", ":,", "),"))
    return quote[:1].isupper() and bool(parted)


def _without_breaks(text: str, table: SectionTable) -> list[_Found]:
    """Headings in capitals, behind the end of a sentence, of a text that is one long line."""
    found = [_capitals(text, gap.end(), table) for gap in _NO_BREAKS.finditer(text)]
    return [heading for heading in found if heading is not None]
