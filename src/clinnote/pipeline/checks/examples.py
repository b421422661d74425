"""Runs the examples of the section and the time tables (``clinnote ontology check``)."""

import re
from collections.abc import Iterator
from typing import Final

from clinnote.ontology.sections import SECTION_COLUMNS, SectionTable, load_sections
from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.times import TimeTable, load_times
from clinnote.ontology.words import split_words
from clinnote.pipeline.checks.rules import RuleFailure
from clinnote.pipeline.sections import find_sections
from clinnote.pipeline.times.stage import Date, find_dates
from clinnote.settings import Home

NOTE_DATE: Final = "2020-03-10"
"""The day from which the examples of the time table are seen: a Tuesday."""
_EXAMPLE: Final = re.compile(r"(?P<before>.*)\[\[(?P<words>.+)\]\](?P<behind>.*) => (?P<wanted>[^/]*/[^/]*/[^/]*)")


def check_sections(home: Home) -> tuple[RuleFailure, ...]:
    """The kinds of section whose positive example they don't open, or whose negative one they do.

    Raises:
        OntologyError: the table can't be read.
    """
    table = load_sections(home.ontologies)
    rows = read_table(home.ontologies / "sections" / "sections.tsv", SECTION_COLUMNS)
    return tuple(failure for row in rows for failure in _section_failures(row, table))


def _section_failures(row: Row, table: SectionTable) -> Iterator[RuleFailure]:
    for example, wanted in (("positive", True), ("negative", False)):
        found = find_sections(row[example].replace("\\n", "\n"), table)
        opened = any(
            (section.kind if section.part is None else f"part_{section.part}") == row["id"] for section in found
        )
        if opened is not wanted:
            message = "does not open the section" if wanted else "opens the section"
            yield RuleFailure(f"section.{row['id']}", f"{row.file.name}:{row.line}", example, message)


def check_times(home: Home) -> tuple[RuleFailure, ...]:
    """The time rules that miss the words or the dates of their positive example, or fire on the negative one.

    Raises:
        OntologyError: a table can't be read, or an example marks no expression.
    """
    table = load_times(home.ontologies)
    return tuple(failure for row in table.rows for failure in _time_failures(row, table))


def _time_failures(row: Row, table: TimeTable) -> Iterator[RuleFailure]:
    example = _EXAMPLE.fullmatch(row["positive"])
    if example is None:
        raise row.error("the positive example must be 'text [[expression]] text => start/end/granularity'")
    rule, place = f"time.{row['id']}", f"{row.file.name}:{row.line}"
    found = _of_rule(rule, f"{example['before']}{example['words']}{example['behind']}", table)
    said = [(dated.start, dated.when.text, _spelled(dated)) for dated in found]
    if said != [(len(example["before"]), example["words"], example["wanted"])]:
        told = ", ".join(f"{words!r} {value}" for _, words, value in said) or "nothing"
        yield RuleFailure(rule, place, "positive", f"gives {told}")
    if _of_rule(rule, row["negative"], table):
        yield RuleFailure(rule, place, "negative", "fires")


def _of_rule(rule: str, text: str, table: TimeTable) -> list[Date]:
    return [dated for dated in find_dates(text, split_words(text), table, NOTE_DATE) if dated.rule == rule]


def _spelled(dated: Date) -> str:
    return "/".join(part or "" for part in (dated.when.start, dated.when.end, dated.when.granularity))
