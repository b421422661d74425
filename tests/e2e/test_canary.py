"""No verb lets a word of a note slip into what it prints, logs, or writes beside the outputs that were asked for."""

import json

import pytest

CANARY = "Quetzalbird"
TEXT = f"HISTORY: {CANARY} was seen.\r\nFINDINGS: Left effusion, {CANARY}. \U0001f426 No nodule in {CANARY}."
NOTE = {"note_id": "1", "text": TEXT, "study_id": "1.2.3"}
GIVEN = {**NOTE, "mentions": [{"start": 5, "end": 99999, "label": "finding"}]}
LABEL = {
    "label_id": "l",
    "study_id": "1.2.3",
    "finding": {"text": "Pleural effusion", "codes": []},
    "sides": {"values": ["right"], "basis": "code"},
    "source": {"format": "csv", "file": "boxes.csv", "pointer": "1"},
}


def lines(*objects):
    return "\n".join(json.dumps(o) for o in objects) + "\n"


INPUTS = {
    "notes.jsonl": lines(NOTE, {"note_id": "2", "text": ["not", CANARY]}) + f'{{"text": "{CANARY} broken\n',
    "given.jsonl": lines(GIVEN, {**NOTE, "note_id": "3", "mentions": [{"start": CANARY, "end": 3}]}),
    "table.csv": f'id,report\n1,"{TEXT}"\n',
    "badly_quoted.csv": f'note_id,text\n1,"{CANARY}\n2,x"y"{CANARY}"\n',
    "report.json": json.dumps({"resourceType": "DiagnosticReport", "conclusion": TEXT, "presentedForm": [CANARY]}),
    "broken.json": f'{{"resourceType": "{CANARY}',
    "labels.jsonl": lines(LABEL, {**LABEL, "presence": CANARY}),
    "folder/a.txt": TEXT,
    "folder/b.txt": "",
    "boxes.csv": f"study_id,finding,x,y,width,height\n1.2.3,{CANARY},a,b,c,d\n1.2.3,,1,2,3,4\n",
}

RUNS = {
    "tag lines": ("tag notes.jsonl -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag lines to parquet": ("tag notes.jsonl -o asked/out.parquet", ["asked/out.parquet"]),
    "tag in two processes": ("-v tag notes.jsonl folder -o asked/out.jsonl --jobs 2", ["asked/out.jsonl"]),
    "tag given spans that are wrong": ("tag given.jsonl -o asked/out.jsonl --given", ["asked/out.jsonl"]),
    "tag a table without the column": ("tag table.csv -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag a table with the column": ("tag table.csv --text-column report -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag a badly quoted table": ("tag badly_quoted.csv -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag FHIR": ("tag report.json -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag broken FHIR": ("tag broken.json -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag a folder": ("-v tag folder -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag bytes that are not UTF-8": ("tag latin.txt -o asked/out.jsonl", ["asked/out.jsonl"]),
    "tag strictly": ("tag notes.jsonl -o asked/out.jsonl --strict", ["asked/out.jsonl"]),
    "tag without text": ("tag folder -o asked/out.jsonl --no-text", []),
    "tag with a pipeline that is not there": ("tag folder -o asked/out.jsonl --pipeline nonsense", []),
    "tag with a vocabulary that is none": ("tag folder -o asked/out.jsonl --vocab folder/a.txt", []),
    "images": ("images boxes.csv -o asked/out.jsonl", ["asked/out.jsonl"]),
    "images of a note": ("images folder/a.txt -o asked/out.jsonl", []),
    "check": (
        "check --notes notes.jsonl --labels labels.jsonl --labels boxes.csv -o asked/c.jsonl --html asked/r.html",
        ["asked/c.jsonl", "asked/r.html"],
    ),
    "check with pairs": ("check --notes folder -o asked/c.jsonl --pairs asked/p.jsonl", ["asked/c.jsonl"]),
    "push to nowhere": ("push notes.jsonl --project demo --url http://127.0.0.1:9 --token none", []),
    "guideline that is a note": ("guideline check folder/a.txt", []),
    "vocabulary from a note": ("vocab build --table folder/a.txt -o asked/v.vocab", []),
}


def leaks(text):
    return CANARY.lower() in text.lower()


@pytest.mark.parametrize("name", RUNS)
def test_a_word_of_a_note_stays_in_the_outputs_that_were_asked_for(run, tmp_path, name):
    command, asked = RUNS[name]
    for file, content in INPUTS.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(content, newline="")
    (tmp_path / "latin.txt").write_bytes(f"{CANARY} caf\xe9".encode("latin-1"))
    done = run(*command.split())
    assert done.returncode in (0, 1, 2), done.stderr
    assert not leaks(done.stdout)
    assert not leaks(done.stderr)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    written = [p for p in tmp_path.rglob("*") if p.is_file() and str(p.relative_to(tmp_path)) not in asked]
    untouched = {tmp_path / file for file in INPUTS} | {tmp_path / "latin.txt"}
    assert [p.name for p in written if p not in untouched and leaks(p.read_bytes().decode("utf-8", "replace"))] == (
        ["out.jsonl"] if name == "tag without text" and leaks_in_mentions(tmp_path) else []
    )


def leaks_in_mentions(folder):
    """Whether a mention's own words hold the canary (they may: a mention quotes itself)."""
    tagged = [json.loads(line) for line in (folder / "asked/out.jsonl").read_text().splitlines()]
    return any(leaks(json.dumps(note["mentions"])) for note in tagged)
