"""What a command makes Python load: no clock, but packages by name (docs/architecture.md, "What is loaded when")."""

import subprocess
import sys

import pytest

from clinnote.cli.main import VERBS

HEAVY = {
    "confection", "highdicom", "httpx", "jinja2", "label_studio_sdk", "marisa_trie", "medspacy", "msgspec", "nibabel",
    "numpy", "pandas", "pyarrow", "pydantic", "pydicom", "rapidfuzz", "simple_icd_10_cm", "spacy", "thinc", "tqdm",
}  # fmt: skip
MATCHING = {"marisa_trie", "rapidfuzz"}
RECORDS = {"msgspec"}
WORDS = {"numpy"}
"""Splitting a text into words takes numpy."""
BAR = {"tqdm"}
"""The progress bar; pydicom loads it, too, and nibabel loads pydicom."""
NOTE = "CHEST X-RAY\nFINDINGS: No pneumothorax. Small left pleural effusion.\n"
LABEL = (
    '{"label_id": "l1", "study_id": "s1", "finding": {"text": "pleural effusion", "codes": []}, "presence": "present",'
    ' "sides": {"values": ["right"], "basis": "label_text"},'
    ' "source": {"format": "own", "file": "x", "pointer": "1"}}\n'
)


def loaded_by(code, cwd):
    """The heavy packages that a fresh Python has loaded behind ``code``."""
    told = f"{code}\nimport sys; print('loaded:', *set({sorted(HEAVY)!r}) & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", told], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("loaded:", 1)[1].split())


def running(*lines):
    """Code that runs ``clinnote`` with each line of arguments in one process, whatever its exit codes."""
    calls = "\n".join(f"try:\n    main({line.split()!r})\nexcept SystemExit:\n    pass" for line in lines)
    return f"from clinnote.cli.main import main\n{calls}"


def test_help_of_every_verb_loads_nothing_heavy(tmp_path):
    assert loaded_by(running("--help", *(f"{verb} --help" for verb in VERBS)), tmp_path) == set()


def test_help_below_a_verb_loads_nothing_heavy(tmp_path):
    lines = ("vocab build", "vocab search", "ontology check", "guideline show", "studio up")
    assert loaded_by(running(*(f"{line} --help" for line in lines)), tmp_path) == set()


def test_errors_of_usage_load_nothing_heavy(tmp_path):
    lines = (
        "tag",
        "tag x.txt",
        "tag --no-such-option",
        "images",
        "images x.csv --query A=B -o out.jsonl",
        "check",
        "check --notes x.jsonl",
        "check --conflicts x.jsonl",
        "evaluate",
        "evaluate --gold x.jsonl",
        "push x.jsonl",
        "pull --project P --notes x -o out.jsonl --review",
        "vocab build",
        "vocab search",
        "schema nothing",
        "no-such-verb",
    )
    assert loaded_by(running(*lines), tmp_path) == set()


@pytest.mark.parametrize(
    ("module", "may"),
    [
        ("clinnote", set()),
        ("clinnote.workflow.api", MATCHING),
        ("clinnote.workflow.tagging", RECORDS),
        ("clinnote.workflow.checking", MATCHING | RECORDS),
        ("clinnote.workflow.imaging", RECORDS),
        ("clinnote.workflow.pacs", RECORDS | BAR | {"httpx", "numpy", "pydicom"}),
        ("clinnote.workflow.label_studio", RECORDS | {"httpx"}),
        ("clinnote.imaging.dicom.reader", BAR | {"numpy", "pydicom"}),
        ("clinnote.imaging.nifti.reader", RECORDS | BAR | {"nibabel", "numpy", "pydicom"}),
        ("clinnote.store.parquet", {"numpy", "pyarrow"} | RECORDS),
    ],
)
def test_a_module_loads_what_its_work_needs(module, may, tmp_path):
    assert loaded_by(f"import {module}", tmp_path) <= may


@pytest.mark.parametrize(
    ("line", "may"),
    [
        ("tag notes -o out.jsonl", MATCHING | RECORDS | WORDS | BAR),
        ("check --notes notes.jsonl -o out.jsonl", MATCHING | RECORDS | WORDS | BAR),
        ("check --notes notes.jsonl --labels labels.jsonl -o out.jsonl", MATCHING | RECORDS | WORDS | BAR),
        ("check --notes notes.jsonl -o out.jsonl --html out.html", MATCHING | RECORDS | WORDS | BAR | {"jinja2"}),
        ("images boxes.csv -o out.jsonl", RECORDS | WORDS | BAR),
        ("images labels.jsonl -o out.jsonl", RECORDS | WORDS | BAR),
        ("vocab info", MATCHING | WORDS),
        ("schema mention", set()),
    ],
)
def test_a_run_loads_what_its_input_needs(line, may, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "n1.txt").write_text(NOTE, encoding="utf-8")
    note = '{"note_id": "n1", "study_id": "s1", "text": "FINDINGS: Small left pleural effusion."}\n'
    (tmp_path / "notes.jsonl").write_text(note, encoding="utf-8")
    (tmp_path / "labels.jsonl").write_text(LABEL, encoding="utf-8")
    table = "study_id,finding,x,y,width,height,image_width,image_height\ns1,Effusion,10,10,20,20,100,100\n"
    (tmp_path / "boxes.csv").write_text(table, encoding="utf-8")
    assert loaded_by(running(line), tmp_path) <= may
    assert (tmp_path / "out.jsonl").exists() == ("-o" in line)


def test_a_pipeline_of_ones_own_takes_spacy_only_for_what_is_spacys(tmp_path):
    plain = '[nlp]\nlang="en"\npipeline=["s"]\n[components]\n[components.s]\nfactory="clinnote_sentences"\n'
    foreign = plain.replace("clinnote_sentences", "sentencizer")
    (tmp_path / "own.cfg").write_text(plain, encoding="utf-8")
    (tmp_path / "foreign.cfg").write_text(foreign, encoding="utf-8")
    code = "import clinnote; clinnote.load('{}.cfg')('Cough. Fever.')"
    assert "spacy" not in loaded_by(code.format("own"), tmp_path)
    assert "spacy" in loaded_by(code.format("foreign").replace("('Cough. Fever.')", ""), tmp_path)
