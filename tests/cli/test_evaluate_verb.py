"""``clinnote evaluate`` as a user runs it."""

import json

import pytest

CANARY = "Quetzalbird"
TEXT = f"No fever, {CANARY}. Cough and {CANARY}."
GOLD = [
    {"start": 3, "end": 8, "label": "finding", "polarity": "negated"},
    {"start": 23, "end": 28, "label": "finding", "codes": [{"system": "snomed", "code": "2"}]},
]


@pytest.fixture
def files(tmp_path):
    def write(name, *notes):
        (tmp_path / name).write_text("".join(json.dumps(n) + "\n" for n in notes))

    write("gold.jsonl", {"note_id": "a", "text": TEXT, "mentions": GOLD}, {"note_id": "b", "text": "x", "mentions": []})
    predicted = [{**GOLD[0], "polarity": "affirmed"}, {**GOLD[1], "codes": [{"system": "snomed", "code": "21"}]}]
    write(
        "pred.jsonl",
        {"note_id": "a", "text": TEXT, "mentions": predicted},
        {"note_id": "c", "text": "y", "mentions": []},
    )
    write("empty.jsonl")
    write("broken.jsonl", {"note_id": "d", "text": CANARY, "mentions": [{"start": CANARY, "end": 3}]})
    return tmp_path


def test_tables_scores_and_page(run, files):
    command = "evaluate --gold gold.jsonl --predicted pred.jsonl -o s.json --html e.html"
    done = run(*command.split(), code=0)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["all", "exact", "2", "2", "1.000", "[1.000,", "1.000]"] in [row[:7] for row in rows]
    assert "polarity" in done.stdout
    assert "negated" in done.stdout
    assert "not predicted, so all missed: 1 (b)" in done.stderr
    assert "predicted without gold, so not scored: 1 (c)" in done.stderr
    assert "says nothing of them: certainty" in done.stderr
    scores = json.loads((files / "s.json").read_text())
    assert (scores["notes"], scores["missing"], scores["without_gold"]) == (2, ["b"], ["c"])
    assert scores["errors"] == {"polarity": 1, "code": 1}
    assert scores["labels"][0]["exact"]["f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert scores["attributes"][0]["values"][0]["score"]["fn"] == 1
    assert CANARY in (files / "e.html").read_text(encoding="utf-8")


def test_words_of_the_notes_are_on_the_page_alone(run, files):
    command = "evaluate --gold gold.jsonl --gold broken.jsonl --predicted pred.jsonl -o s.json --html e.html"
    done = run(*command.split(), code=2)
    assert "broken.jsonl:1: bad_span" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    written = {p.name for p in files.iterdir() if p.is_file() and CANARY in p.read_text(encoding="utf-8")}
    assert written == {"gold.jsonl", "pred.jsonl", "broken.jsonl", "e.html"}
    assert json.loads((files / "s.rejects.jsonl").read_text())["reason"] == "bad_span"


def test_scores_on_standard_output_leave_the_tables_to_standard_error(run, files):
    command = "evaluate --gold gold.jsonl --predicted pred.jsonl -o - --samples 0"
    done = run(*command.split(), code=0)
    assert json.loads(done.stdout)["interval"]["samples"] == 0
    assert "== Mentions" in done.stderr


def test_gold_texts_may_be_tagged_at_once(run, files):
    command = "evaluate --gold gold.jsonl --pipeline radiology --given"
    done = run(*command.split(), code=0)
    assert "not predicted" not in done.stderr
    assert "negated" in done.stdout


def test_gold_from_standard_input(run, files):
    done = run("evaluate", "--gold", "-", "--predicted", "pred.jsonl", stdin=(files / "gold.jsonl").read_text(), code=0)
    assert "== Mentions" in done.stdout


OBO = """format-version: 1.2
ontology: test

[Term]
id: T:1
name: lung disease

[Term]
id: T:2
name: pneumonia
is_a: T:1 ! lung disease
"""


def test_codes_by_ancestor_with_a_vocabulary_that_has_a_hierarchy(run, files):
    (files / "t.obo").write_text(OBO)
    run("vocab", "build", "--obo", "t.obo", "-o", "v.vocab", code=0)
    system = "http://purl.obolibrary.org/obo/t.owl"
    for name, code in (("g.jsonl", "T:1"), ("p.jsonl", "T:2")):
        mention = {"start": 0, "end": 9, "label": "disorder", "codes": [{"system": system, "code": code}]}
        (files / name).write_text(json.dumps({"note_id": "1", "text": "Pneumonia", "mentions": [mention]}))
    command = "evaluate --gold g.jsonl --predicted p.jsonl --vocab v.vocab -o s.json --samples 0"
    run(*command.split(), code=0)
    [code] = json.loads((files / "s.json").read_text())["codes"]
    assert (code["first"]["value"], code["related"]["value"]) == (0.0, 1.0)


def test_codes_by_ancestor_with_a_vocabulary_that_has_none(run, files):
    (files / "t.tsv").write_text("term\tcode\tsystem\nfever\t386661006\tsnomed\n")
    run(*["vocab", "build", "--table", "t.tsv", "-o", "v.vocab"], code=0)
    done = run(*["evaluate", "--gold", "gold.jsonl", "--predicted", "pred.jsonl", "--vocab", "v.vocab"], code=0)
    assert "holds no hierarchy" in done.stderr
    assert "no hierarchy" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--gold nothing.jsonl --predicted pred.jsonl", "no such file"),
        ("--gold gold.jsonl --predicted gold.csv", "no such file"),
        ("--gold empty.jsonl --predicted pred.jsonl", "no gold note in it"),
        ("--gold gold.jsonl", "give --predicted, or --pipeline"),
        ("--gold gold.jsonl --predicted pred.jsonl --given", "not both"),
        ("--gold gold.jsonl --pipeline nonsense", "nonsense"),
        ("--gold gold.jsonl --predicted pred.jsonl -o s.csv", "must end in .json"),
        ("--gold gold.jsonl --predicted pred.jsonl --html e.txt", "must end in .html"),
        ("--gold gold.jsonl --predicted pred.jsonl --attribute colour", "colour"),
        ("--gold gold.jsonl --predicted pred.jsonl --map gold.jsonl", "header must be format kind"),
        ("--gold gold.jsonl --predicted pred.jsonl --map nothing.tsv", "missing"),
        ("--gold gold.jsonl --predicted pred.jsonl --vocab gold.jsonl", "vocab"),
    ],
)
def test_bad_usage(run, files, arguments, message):
    done = run("evaluate", *arguments.split(), code=2)
    assert message in done.stderr
    assert CANARY not in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
