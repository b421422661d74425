import json

import pytest

from clinnote.errors import UsageError
from clinnote.settings import find_home
from clinnote.workflow.label_studio import Server, find_guideline, open_server, utc


def test_guideline_check_show_and_labelconfig(run):
    assert "8 labels, 7 attributes" in run("guideline", "check", code=0).stdout
    shown = run("guideline", "show", code=0).stdout
    assert "clinical 1.0" in shown
    assert "affirmed · negated" in shown
    config = run("guideline", "labelconfig", "clinical", code=0).stdout
    assert config.startswith("<View>")
    assert config.endswith("</View>\n")


def test_a_broken_guideline_ends_with_exit_code_2_and_names_file_and_key(run, tmp_path):
    (tmp_path / "mine.toml").write_text("title = 'x'\n", encoding="utf-8")
    for verb in ("check", "show", "labelconfig"):
        done = run("guideline", verb, "mine.toml", code=2)
        assert "mine.toml: title: unknown key" in done.stderr
    assert "none.toml" in run("guideline", "check", "none.toml", code=2).stderr


def test_a_guideline_in_the_folder_comes_before_the_bundled_one_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_guideline("clinical", find_home()).version == "1.0"
    text = (find_home().configs / "guidelines" / "clinical.toml").read_text(encoding="utf-8")
    (tmp_path / "clinical").write_text(text.replace('version = "1.0"', 'version = "2.0"'), encoding="utf-8")
    assert find_guideline("clinical", find_home()).version == "2.0"


def test_studio_status_and_down_without_a_studio(run):
    assert "clinnote studio up" in run("studio", "status", code=1).stdout
    assert "was not running" in run("studio", "down", code=0).stdout


def test_push_and_pull_without_a_server_say_how_to_get_one(run, tmp_path):
    (tmp_path / "t.jsonl").write_text(json.dumps({"note_id": "1", "text_sha256": "x"}) + "\n", encoding="utf-8")
    assert "clinnote studio up" in run("push", "t.jsonl", "--project", "Chest", code=2).stderr
    assert "clinnote studio up" in run("pull", "--project", "Chest", "-o", "out.jsonl", code=2).stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_push_refuses_an_unencrypted_line_and_a_server_that_is_not_there(run, tmp_path):
    (tmp_path / "t.jsonl").write_text("", encoding="utf-8")
    far = ("--url", "http://studio.example.org", "--token", "0" * 40)
    assert "unencrypted" in run("push", "t.jsonl", "--project", "Chest", *far, code=2).stderr
    gone = ("--url", "http://127.0.0.1:9", "--token", "0" * 40)
    done = run("push", "t.jsonl", "--project", "Chest", *gone, code=2)
    assert "127.0.0.1:9: GET api/version: not reached" in done.stderr
    assert "0000" not in done.stderr


def test_pull_refuses_a_since_that_is_no_time(run):
    assert (
        "--since must be" in run("pull", "--project", "Chest", "-o", "o.jsonl", "--since", "yesterday", code=2).stderr
    )


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00.1239+02:00", "2026-01-31T10:00:00.123Z"),
    ],
)
def test_times_are_sent_in_utc(given, sent):
    assert utc(given) == sent


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (Server(), "clinnote studio up"),
        (Server(token="t"), "token without an address"),
        (Server(url="https://studio.example.org"), "no token"),
    ],
)
def test_an_address_and_a_token_belong_together(tmp_path, server, words):
    with pytest.raises(UsageError, match=words):
        open_server(server, find_home(), {"CLINNOTE_STUDIO": str(tmp_path)})


def test_a_token_is_not_shown_when_a_server_is_printed():
    assert "hush" not in repr(Server("https://x.org", "hush"))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("push t.jsonl --project Chest --notes n.jsonl", "--notes and --images go with --review"),
        ("push t.jsonl --project Chest --images pictures", "--notes and --images go with --review"),
        ("pull --project Chest -o o.jsonl --conflicts c.jsonl", "--conflicts goes with --review"),
        ("pull --review --project Chest -o o.jsonl --notes n.jsonl", "give --conflicts with --review"),
        ("push none.jsonl --review --project Chest", "none.jsonl: no such file"),
    ],
)
def test_options_of_a_review_go_with_review(run, command, says):
    assert says in run(*command.split(), code=2).stderr
