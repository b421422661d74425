"""Bad, huge, empty, interrupted, repeated input on the command line: a clear message, the rest done, the right code."""

import json
import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

NOTE = "FINDINGS: Small left pleural effusion. No pneumothorax.\n"


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_note_of_one_megabyte_is_tagged_whole(run, tmp_path):
    (tmp_path / "big.txt").write_text(NOTE * (1_000_000 // len(NOTE) + 1))
    run("tag", "big.txt", "-o", "out.jsonl", "--pipeline", "radiology", code=0)
    (tagged,) = read(tmp_path / "out.jsonl")
    effusions = [m for m in tagged["mentions"] if m["text"] == "pleural effusion"]
    assert len(effusions) == tagged["text"].count("pleural effusion")
    assert {m["laterality"] for m in effusions} == {"left"}
    assert all(tagged["text"][m["start"] : m["end"]] == m["text"] for m in tagged["mentions"])


@pytest.mark.parametrize("text", ["", "\n", "\r\n", "\ufeff", "   "], ids=repr)
def test_a_note_without_words_gives_no_mentions(run, tmp_path, text):
    (tmp_path / "n.txt").write_bytes(text.encode())
    run("tag", "n.txt", "-o", "out.jsonl", code=0)
    (tagged,) = read(tmp_path / "out.jsonl")
    assert tagged["text"] == text
    assert tagged["mentions"] == []


def test_bytes_that_are_not_utf8_are_named_and_the_rest_is_done(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"\xff\xfe bad")
    (tmp_path / "in" / "b.txt").write_text(NOTE)
    done = run("tag", "in", "-o", "out.jsonl", code=2)
    assert "a.txt" in done.stderr
    assert "UTF-8" in done.stderr
    assert [n["note_id"] for n in read(tmp_path / "out.jsonl")] == ["b"]
    assert [r["reason"] for r in read(tmp_path / "out.rejects.jsonl")] == ["not_utf8"]


def test_a_csv_without_the_named_column_says_what_it_has(run, tmp_path):
    (tmp_path / "n.csv").write_text("id,report\n1,x\n")
    done = run("tag", "n.csv", "-o", "out.jsonl", code=2)
    assert "no column 'text'" in done.stderr
    assert "--text-column" in done.stderr


def test_half_a_dicom_file_is_named_and_the_rest_is_done(run, tmp_path, root):
    whole = sorted((root / "demo" / "labels").rglob("*.dcm"))
    (tmp_path / "in").mkdir()
    data = whole[0].read_bytes()
    (tmp_path / "in" / "half.dcm").write_bytes(data[: len(data) // 2])
    (tmp_path / "in" / "whole.dcm").write_bytes(whole[1].read_bytes())
    done = run("images", "in", "-o", "labels.jsonl", code=2)
    assert "half.dcm" in done.stderr
    assert any(label["source"]["file"].endswith("whole.dcm") for label in read(tmp_path / "labels.jsonl"))


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("tag missing.txt -o out.jsonl", "no such file"),
        ("tag n.txt -o out.docx", "must end in"),
        ("tag n.txt", "--out"),
        ("tag n.txt -o out.jsonl --encoding nonsense", "no text encoding"),
        ("tag - - -o out.jsonl", "only once"),
        ("check --notes - --labels - -o c.jsonl", "only once"),
        ("check --notes n.txt -o c.jsonl --pairs c.jsonl", "two outputs"),
        ("check --notes n.txt -o - --html -", "two outputs"),
        ("tag n.txt -o /proc/out.jsonl", "can't be written"),
        ("tag n.txt -o out.jsonl --pipeline nonsense", "nonsense"),
        ("check --notes missing.jsonl -o c.jsonl", "no such file"),
        ("check --notes n.txt -o c.jsonl --html report.pdf", "must end in"),
        ("images missing -o out.jsonl", "missing"),
        ("schema nonsense", "nonsense"),
        ("nonsense", "nonsense"),
    ],
)
def test_bad_usage_ends_with_code_2_and_a_remedy(run, tmp_path, command, hint):
    (tmp_path / "n.txt").write_text(NOTE)
    done = run(*command.split(), code=2)
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_standard_input_and_output_can_be_piped(run):
    done = run("tag", "-", "-o", "-", stdin=json.dumps({"note_id": "1", "text": NOTE}) + "\n", code=0)
    assert json.loads(done.stdout)["note_id"] == "1"


def test_two_processes_give_the_same_as_one(run, tmp_path):
    notes = [{"note_id": str(i), "text": f"{NOTE}Nodule {i} in the right upper lobe."} for i in range(100)]
    (tmp_path / "n.jsonl").write_text("".join(json.dumps(n) + "\n" for n in notes))
    run("tag", "n.jsonl", "-o", "one.jsonl", code=0)
    run("tag", "n.jsonl", "-o", "two.jsonl", "--jobs", "2", code=0)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_second_run_replaces_the_first(run, tmp_path):
    (tmp_path / "n.txt").write_text(NOTE)
    run("tag", "n.txt", "-o", "out.jsonl", code=0)
    first = read(tmp_path / "out.jsonl")
    run("tag", "n.txt", "-o", "out.jsonl", code=0)
    second = read(tmp_path / "out.jsonl")
    assert [m["id"] for m in first[0]["mentions"]] == [m["id"] for m in second[0]["mentions"]]


def test_an_interrupted_run_keeps_the_older_output_and_leaves_no_half(tmp_path, clinnote_command):
    (tmp_path / "out.jsonl").write_text("older\n")
    process = subprocess.Popen(
        [clinnote_command, "tag", "-", "-o", "out.jsonl"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "HOME": str(tmp_path)},
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell ignores it for what runs behind it
    )
    line = json.dumps({"text": NOTE}).encode() + b"\n"
    process.stdin.write(line * (4 * 65536 // len(line)))  # more than a pipe holds: it returns once notes are read
    process.stdin.flush()
    assert (tmp_path / "out.jsonl.partial").exists()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert (tmp_path / "out.jsonl").read_text() == "older\n"
    assert not (tmp_path / "out.jsonl.partial").exists()


@pytest.mark.parametrize("verb", ["tag n.jsonl", "images n.jsonl", "check --notes n.jsonl"])
def test_an_input_is_never_overwritten_by_the_output(run, tmp_path, verb):
    line = json.dumps({"note_id": "1", "text": NOTE}) + "\n"
    (tmp_path / "n.jsonl").write_text(line)
    assert "also an input" in run(*verb.split(), "-o", "n.jsonl", code=2).stderr
    assert (tmp_path / "n.jsonl").read_text() == line


def test_the_report_can_go_to_standard_output(run, tmp_path):
    (tmp_path / "n.txt").write_text(NOTE)
    assert run("check", "--notes", "n.txt", "-o", "c.jsonl", "--html", "-", code=0).stdout.startswith("<!doctype html>")


def test_a_reader_that_closes_the_pipe_is_no_problem_found(tmp_path, clinnote_command):
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [clinnote_command, "vocab", "search", "e", "--limit", "1000"],
        cwd=tmp_path,
        stdout=write_end,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full disk that Linux has in /dev/full")
def test_a_full_disk_is_named_and_leaves_no_half_output(run, tmp_path):
    (tmp_path / "n.txt").write_text(NOTE)
    (tmp_path / "out.jsonl.partial").symlink_to("/dev/full")
    done = run("tag", "n.txt", "-o", "out.jsonl", code=2)
    assert "No space left" in done.stderr
    assert "internal error" not in done.stderr
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("out")] == []


def test_given_takes_the_mentions_of_a_tagged_note_and_fills_in_the_same(run, tmp_path):
    (tmp_path / "n.txt").write_text(NOTE)
    run("tag", "n.txt", "-o", "tagged.jsonl", "--pipeline", "radiology", code=0)
    run("tag", "tagged.jsonl", "--given", "-o", "again.jsonl", "--pipeline", "radiology", code=0)
    assert read(tmp_path / "tagged.jsonl")[0]["mentions"] == read(tmp_path / "again.jsonl")[0]["mentions"] != []


def test_notes_and_labels_that_never_meet_are_named(run, tmp_path):
    (tmp_path / "n.jsonl").write_text(json.dumps({"note_id": "1", "study_id": "a", "text": NOTE}) + "\n")
    (tmp_path / "l.csv").write_text("study_id,finding,laterality\nb,pleural effusion,R\n")
    done = run("check", "--notes", "n.jsonl", "--labels", "l.csv", "-o", "c.jsonl", code=0)
    assert "no study has both a note and labels" in done.stderr


LABEL_LINE = json.dumps(
    {
        "label_id": "l",
        "study_id": "1.2",
        "finding": {"text": "Nodule"},
        "source": {"format": "csv", "file": "f", "pointer": "1"},
    }
)


@pytest.mark.parametrize(
    ("command", "piped"),
    [
        ("vocab build --table - -o house.vocab", "a thing\tX-1\n"),
        ("guideline show -", None),
        ("images - -o labels.jsonl", LABEL_LINE + "\n"),
    ],
)
def test_a_minus_means_standard_input(run, root, command, piped):
    guideline = (root / "configs" / "guidelines" / "clinical.toml").read_text(encoding="utf-8")
    run(*command.split(), stdin=piped or guideline, code=0)
