import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "demo"


def expected():
    with (DEMO / "expected.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


@pytest.fixture(scope="module")
def kinds(clinnote_command, tmp_path_factory):
    """Kinds of the conflicts of medium severity or more, by study."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "HOME": str(folder), "NO_COLOR": "1"}
    subprocess.run(
        [clinnote_command, "demo"], cwd=folder, env=environment, check=False, capture_output=True, timeout=300
    )
    lines = (folder / "demo-out" / "conflicts.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, set[str]] = {}
    for conflict in map(json.loads, lines):
        if conflict["severity"] in ("critical", "high", "medium"):
            found.setdefault(conflict["study_id"] or conflict["note_id"], set()).add(conflict["kind"])
    return found


@pytest.mark.parametrize("row", expected(), ids=lambda row: f"{row['study']} {row['kind']}")
def test_a_study_gives_the_planted_contradiction_and_no_other(kinds, row):
    wanted = set() if row["kind"] == "none" else {row["kind"]}
    assert kinds.get(row["study_id"], set()) == wanted, row["why"]


def test_the_clinical_notes_contradict_nothing(kinds):
    assert set(kinds) <= {row["study_id"] for row in expected()}
