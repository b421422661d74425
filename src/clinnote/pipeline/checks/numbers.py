"""Runs the example sentences of the number tables (``clinnote ontology check``).

Without its row the positive sentence must read differently, and the negative one the same.
"""

import re
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.ontology.number_tables import NumberTables, load_numbers
from clinnote.ontology.tables import Row
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import Vocabulary
from clinnote.pipeline.checks.rules import RuleFailure
from clinnote.pipeline.concepts import find_concepts
from clinnote.pipeline.numbers.short_names import ShortNames
from clinnote.pipeline.numbers.stage import find_measurements
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sentences import find_sentences
from clinnote.settings import Home

_MENTION: Final = re.compile(r"\[\[(.+?)\]\]")
_LABELS: Final = {"value_words": "lab", "drug_words": "medication"}


def check_numbers(home: Home) -> tuple[RuleFailure, ...]:
    """Every row of ``ontologies/numbers`` whose examples fail, in the order of the tables.

    Raises:
        OntologyError: a table can't be read, or an example does not mark exactly one mention.
    """
    tables = load_numbers(home.ontologies)
    vocabulary = starter_vocabulary(home.ontologies)
    found: list[RuleFailure] = []
    for row, table in tables.examples:
        fewer = load_numbers(home.ontologies, without=row["id"])
        for example, wanted in (("positive", True), ("negative", False)):
            changed = _read(row, example, table, tables, vocabulary) != _read(row, example, table, fewer, vocabulary)
            if changed != wanted:
                message = "changes nothing" if wanted else "changes what is read"
                found.append(RuleFailure(row["id"], f"{row.file.name}:{row.line}", example, message))
    return tuple(found)


def _read(row: Row, example: str, table: str, tables: NumberTables, vocabulary: Vocabulary) -> Any:
    marks = list(_MENTION.finditer(row[example]))
    if len(marks) != 1:
        raise OntologyError(f"{row.file.name}:{row.line}: the {example} example must mark one mention with [[ ]]")
    mark = marks[0]
    text = row[example][: mark.start()] + mark[1] + row[example][mark.end() :]
    start, end = mark.start(), mark.start() + len(mark[1])
    if table == "lab_names":
        concepts = ShortNames(tables, vocabulary).add(text, find_concepts(text, vocabulary))
        return [concept for concept in concepts if (concept.start, concept.end) == (start, end)]
    return find_measurements(text, find_sentences(text), (Concept(start, end, _LABELS[table]),), tables)
