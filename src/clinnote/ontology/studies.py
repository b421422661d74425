"""Words that name an imaging study, in a heading or in a title: ``ontologies/sections/study_words.tsv``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import Row, read_table

COLUMNS: Final = ("id", "pattern", "case", "names", "positive", "negative", "source")
_NOTHING: Final = re.compile("(?!)")


@dataclass(frozen=True, slots=True)
class Studies:
    """``named`` finds what names an imaging study, ``title`` also what does so only in a title ("scan")."""

    named: re.Pattern[str] = _NOTHING
    title: re.Pattern[str] = _NOTHING


def load_studies(ontologies: Path) -> Studies:
    """The words of ``sections/study_words.tsv``.

    Raises:
        OntologyError: a row names an unknown value, or a pattern is no regular expression without groups.
    """
    named: list[str] = []
    title: list[str] = []
    for row in read_table(ontologies / "sections" / "study_words.tsv", COLUMNS):
        if row["case"] not in ("yes", "no") or row["names"] not in ("study", "title"):
            raise row.error("case or names is not one of the values that the header comment names")
        source = study_pattern(row)
        title.append(source)
        if row["names"] == "study":
            named.append(source)
    return Studies(_any(named), _any(title))


def study_pattern(row: Row) -> str:
    """The regular expression of one row, with its case and at the borders of words.

    Raises:
        OntologyError: it is no regular expression, or has a group of its own.
    """
    source = row["pattern"]
    try:
        groups = re.compile(source).groups
    except re.error as error:
        raise row.error(f"pattern is no regular expression: {error}") from None
    if groups:
        raise row.error("a pattern must hold no group of its own")
    return rf"\b(?:{source})\b" if row["case"] == "yes" else rf"\b(?i:{source})\b"


def _any(sources: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(sources)) if sources else _NOTHING
