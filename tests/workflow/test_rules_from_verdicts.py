"""``check --learn`` and ``check --suppress`` as a user runs them."""

import json
import tomllib

import pytest

from clinnote.crosscheck.learning import Lessons, Proposal
from clinnote.crosscheck.suppression import Suppression, load_suppressions
from clinnote.workflow.learning import rules_toml

NOTE = "FINDINGS: Small left pleural effusion.\nIMPRESSION: Right pleural effusion."


@pytest.fixture
def checked(run, tmp_path):
    """Six reports that contradict themselves, checked; gives the conflicts as objects."""
    notes = [{"note_id": f"n{i}", "study_id": f"s{i}", "text": NOTE} for i in range(6)]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    run("check", "--notes", "notes.jsonl", "-o", "c.jsonl", code=1)
    return read(tmp_path / "c.jsonl")


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judge(path, conflicts, *values, by="AB"):
    """Verdicts on the first conflicts, as a file that has them inside whole conflict records."""
    judged = [
        {**c, "verdict": {"value": value, "reason": "two_lesions", "by": by, "at": "2026-01-01"}}
        for c, value in zip(conflicts, values, strict=False)
    ]
    path.write_text("".join(json.dumps(c) + "\n" for c in judged), encoding="utf-8")


def test_verdicts_become_rules_and_rules_mute_what_they_were_learnt_from(run, tmp_path, checked):
    judge(tmp_path / "v.jsonl", checked, *["not_a_conflict"] * 4)
    done = run("check", "--learn", "v.jsonl", "--conflicts", "c.jsonl", "-o", "rules.toml", code=0)
    assert "4 verdicts on 4 flags: 0 errors, 4 false alarms, PPV 0% (95 % 0% to 49%)" in done.stdout
    assert "rules to adopt" in done.stdout
    assert "--suppress rules.toml" in done.stdout
    (rule,) = tomllib.loads((tmp_path / "rules.toml").read_text(encoding="utf-8"))["suppress"]
    assert rule["kind"] == checked[0]["kind"]
    assert "of 4 reviewed flags 4 were false and 0 true" in rule["why"]
    command = "check --notes notes.jsonl -o again.jsonl --html r.html --suppress rules.toml"
    muted = run(*command.split(), code=0)
    assert f"0 contradictions\nmuted by rule {rule['id']}: {len(checked)}" in muted.stderr
    again = read(tmp_path / "again.jsonl")
    assert [c["id"] for c in again] == [c["id"] for c in checked]
    assert {c["severity"] for c in again} == {"info"}
    assert {c["metadata"]["suppressed_by"] for c in again} == {rule["id"]}
    assert {c["metadata"]["severity_was"] for c in again} == {checked[0]["severity"]}
    assert "Of these muted by rules" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_file_without_verdicts_is_told(run, tmp_path, checked):
    assert "no verdicts: export them from the report page" in run("check", "--learn", "c.jsonl", code=0).stdout


@pytest.mark.parametrize(("reviewed", "guess"), [(3, True), (4, False)])
def test_a_rule_from_few_verdicts_is_called_a_guess(run, tmp_path, checked, reviewed, guess):
    judge(tmp_path / "v.jsonl", checked, *["not_a_conflict"] * reviewed)
    done = run("check", "--learn", "v.jsonl", code=0)
    assert ("a rule is a guess: review more such flags first" in done.stdout) == guess


def test_a_rule_that_hides_a_true_conflict_is_shown_as_a_warning_and_not_written_as_a_rule(run, tmp_path, checked):
    judge(tmp_path / "v.jsonl", checked, *["not_a_conflict"] * 5, "report_error")
    done = run("check", "--learn", "v.jsonl", "-o", "rules.toml", code=0)
    assert "BEWARE, these would have hidden true conflicts:" in done.stdout
    text = (tmp_path / "rules.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {}
    assert f"hid {checked[5]['id']}" in text


def test_readers_who_disagree_are_named_and_bad_lines_are_told_by_number(run, tmp_path, checked):
    judge(tmp_path / "ab.jsonl", checked, "not_a_conflict")
    judge(tmp_path / "cd.jsonl", checked, "report_error", by="CD")
    bad = {**checked[0], "verdict": {"value": "perhaps"}}
    with (tmp_path / "cd.jsonl").open("a", encoding="utf-8") as more:
        more.write("no json\n" + json.dumps(bad) + "\n")
    done = run("check", "--learn", "ab.jsonl", "--learn", "cd.jsonl", code=2)
    assert f"{checked[0]['id']}: AB not_a_conflict, CD report_error" in done.stdout
    assert "cd.jsonl:2: not_json" in done.stderr
    assert "cd.jsonl:3: " in done.stderr


def test_rules_can_go_to_standard_output(run, tmp_path, checked):
    judge(tmp_path / "v.jsonl", checked, *["not_a_conflict"] * 3)
    done = run("check", "--learn", "v.jsonl", "-o", "-", code=0)
    assert len(tomllib.loads(done.stdout)["suppress"]) == 1
    assert "rules to adopt" in done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("check -o c.jsonl", "--notes"),
        ("check --notes notes.jsonl", "-o"),
        ("check --learn v.jsonl --notes notes.jsonl", "--learn goes with"),
        ("check --notes notes.jsonl -o x.jsonl --conflicts c.jsonl", "--conflicts goes with --learn"),
        ("check --learn v.jsonl -o rules.jsonl", "must end in .toml"),
        ("check --learn none.jsonl", "none.jsonl: no such file"),
        ("check --notes notes.jsonl -o x.jsonl --suppress none.toml", "none.toml: can't be read"),
    ],
)
def test_bad_usage_is_told(run, tmp_path, command, says):
    (tmp_path / "notes.jsonl").write_text(json.dumps({"note_id": "n", "text": NOTE}) + "\n")
    (tmp_path / "v.jsonl").write_text("")
    assert says in run(*command.split(), code=2).stderr


def test_any_words_of_a_label_survive_the_way_through_the_file(tmp_path):
    odd = 'a "quoted"\\ back\u0001 \u007f \U0001fac1 [x]'
    proposals = tuple(Proposal(Suppression("same", "side_subset", (("label", odd),)), 3, 0, (), 0) for _ in range(2))
    (tmp_path / "r.toml").write_text(rules_toml(Lessons(proposals, (), 3, 0, ())), encoding="utf-8")
    back = load_suppressions(tmp_path / "r.toml", {})
    assert [rule.id for rule in back] == ["same", "same-2"]
    assert {rule.conditions for rule in back} == {(("label", odd),)}
