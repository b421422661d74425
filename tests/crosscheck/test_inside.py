"""Reports against themselves, without labels: one a row of ``inside_clean.tsv`` and ``inside_planted.tsv``."""

from pathlib import Path

import pytest

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.conflict import SEVERITIES, Conflict
from clinnote.model.note import Note
from clinnote.ontology.tables import Row, read_table
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import find_home

HERE = Path(__file__).parent
LOUD = ("critical", "high", "medium")
CLEAN = list(read_table(HERE / "inside_clean.tsv", ("report", "sex", "order", "text")))
PLANTED = list(read_table(HERE / "inside_planted.tsv", ("report", "kind", "severity", "sex", "order", "text")))
TABLES = find_home().ontologies / "consistency"
EXAMPLES = {
    "acute": ("concept", "source", "positive", "negative"),
    "normal": ("id", "sites", "concepts", "where", "severity", "source", "positive", "negative"),
    "sexes": ("id", "sex", "sites", "concepts", "source", "positive", "negative"),
    "impossible": ("id", "severity", "pattern", "says", "source", "positive", "negative"),
}
RULES = [(name, row) for name, columns in EXAMPLES.items() for row in read_table(TABLES / f"{name}.tsv", columns)]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger("radiology", None, find_home())


def found(text: str, tagger: Tagger, knowledge: Knowledge, **metadata: str) -> tuple[Conflict, ...]:
    told = {key: value for key, value in metadata.items() if value}
    note = tagger(Note("N1", text.replace("\\n", "\n"), study_id="S1", metadata=told))
    return check_study([note], [], knowledge).conflicts


def of_row(row: Row, tagger: Tagger, knowledge: Knowledge) -> list[Conflict]:
    every = found(row["text"], tagger, knowledge, sex=row["sex"], procedure=row["order"])
    return [conflict for conflict in every if conflict.severity in LOUD or conflict.kind == "present_but_absent"]


@pytest.mark.parametrize("row", CLEAN, ids=[row["report"] for row in CLEAN])
def test_no_flag_where_nothing_contradicts(row, tagger, knowledge: Knowledge):
    assert [(c.kind, c.explanation) for c in of_row(row, tagger, knowledge)] == []


@pytest.mark.parametrize("row", PLANTED, ids=[row["report"] for row in PLANTED])
def test_the_planted_contradiction_is_found_once(row, tagger, knowledge: Knowledge):
    loud = of_row(row, tagger, knowledge)
    assert [conflict.kind for conflict in loud] == [row["kind"]]
    assert SEVERITIES.index(loud[0].severity) <= SEVERITIES.index(row["severity"])


@pytest.mark.parametrize(("table", "row"), RULES, ids=[f"{name} {row.line}" for name, row in RULES])
def test_every_row_fires_on_its_example_and_not_beside_it(table, row, tagger, knowledge: Knowledge):
    kinds = {
        "acute": "present_but_absent",
        "normal": "present_but_absent",
        "sexes": "identity",
        "impossible": "count_or_size",
    }
    for example, wanted in (("positive", True), ("negative", False)):
        kept = [conflict.kind for conflict in found(row[example], tagger, knowledge) if conflict.kind == kinds[table]]
        assert bool(kept) == wanted, example
