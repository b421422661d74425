"""Push, pull and the readers' screen against a real Label Studio server and a real browser (see conftest.py)."""

import dataclasses
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from clinnote.errors import ServerError
from clinnote.labelstudio.config import load_config
from clinnote.labelstudio.http_gateway import HttpGateway
from clinnote.labelstudio.studio import StudioInfo
from clinnote.model.codes import CLINNOTE, ICD10CM, SNOMED, Code
from clinnote.model.mention import Evidence, Mention, Run, SiteMention, TaggedNote, mention_id, text_sha256
from clinnote.settings import find_home
from clinnote.store.records import RecordWriter, read_records

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("labelstudio")]

CONFIG = load_config(find_home().configs)
PLANTED = (
    "Read by \U0001f468\U0001f3fd\u200d\u2695\ufe0f at home.",  # astral, skin tone, zero width joiner
    "\U0001fac1 lungs \U0001d54f\U0001d4ce",
    "Cafe\u0301 worker, Ange\u0300le N\u0303.",  # combining marks
    "\r\n\r\nADDENDUM:\r\n",
    "\tA\u00a0B  C\u2028D\ufeffE",
    "<b>bold</b> &amp; </View> {{x}} \\n",
    "\u0634\u0645\u0627\u0644 \u0915\u094d\u0937",
)
CANARY = "Zebrafinch"
MARKED = (
    ("right", "body_site"),
    ("pleural effusion", "finding"),
    ("pneumothorax", "disorder"),
    (CANARY, "medication"),
)


def tagged_note(number: int) -> TaggedNote:
    """A synthetic report with trouble planted before, between and inside its mentions."""
    chosen = random.Random(number).sample(PLANTED, k=3)
    text = (
        f"{chosen[0]}FINDINGS: Small right pleural effusion, increased. {chosen[1]}No pneumothorax.\r\n"
        f"{CANARY} 5 mg. {chosen[2]} #{number}"
    )
    sha = text_sha256(text)
    marked = [*MARKED, *((words.strip(), "finding") for words in chosen)]
    mentions = []
    for words, label in marked:
        start = text.index(words)
        end = start + len(words)
        evidence = (Evidence("rule-1", start, end, "polarity=negated"),)
        made = Mention(mention_id(sha, start, end, label, "r"), start, end, words, label, evidence=evidence, score=0.5)
        mentions.append(made)
    site = mentions[0]
    mentions[0] = dataclasses.replace(site, laterality="right")
    mentions[1] = dataclasses.replace(
        mentions[1],
        laterality="right",
        change="increased",
        codes=(Code(SNOMED, "60046008", "Pleural effusion", "2025", 0.9), Code(CLINNOTE, "effusion")),
        sites=(SiteMention(site.start, site.end, site.text, "pleural_space", (), "right"),),
    )
    mentions[2] = dataclasses.replace(mentions[2], polarity="negated")
    return TaggedNote(f"note-{number}", sha, text, mentions=tuple(mentions), run=Run("0.1.0", "p@1", "v@1"))


def write(path: Path, notes: list[TaggedNote]) -> Path:
    with RecordWriter(path, TaggedNote) as writer:
        for note in notes:
            writer.write(note)
    return path


def plain(note: TaggedNote) -> list[Mention]:
    bare = (dataclasses.replace(m, origin="", metadata={}) for m in note.mentions)
    return sorted(bare, key=lambda m: (m.start, m.end, m.label))


def pulled(path: Path) -> list[TaggedNote]:
    notes = list(read_records(path, TaggedNote))
    assert all(isinstance(note, TaggedNote) for note in notes)
    return [note for note in notes if isinstance(note, TaggedNote)]


def submit_all_as_they_are(api: httpx.Client, title: str) -> int:
    """Every pre-tag becomes an annotation, on the server's side."""
    number = int(api.get("/api/projects/", params={"title": title}).json()["results"][0]["id"])
    everything = {"selectedItems": {"all": True, "excluded": []}}
    action = {"id": "predictions_to_annotations", "project": number}
    assert api.post("/api/dm/actions", params=action, json=everything).status_code == 200
    return number


def test_up_again_and_status_say_that_it_runs(run: Any, studio: StudioInfo) -> None:
    for verb in ("up", "status"):
        said = run("studio", verb, "--folder", studio.folder, code=0).stdout
        assert "running" in said
        assert studio.url in said
        assert studio.password not in said


def test_two_hundred_notes_with_planted_trouble_come_back_with_every_span_identical(
    tmp_path: Path, run: Any, api: httpx.Client, project: str, local: None
) -> None:
    notes = [tagged_note(n) for n in range(200)]
    file = write(tmp_path / "tagged.jsonl", notes)
    first = run("push", file, "--project", project, code=0)
    assert "200 new" in first.stderr
    second = run("push", file, "--project", project, code=0)
    assert "200 unchanged" in second.stderr
    submit_all_as_they_are(api, project)
    back = run("pull", "--project", project, "-o", tmp_path / "back.jsonl", code=0)
    assert "200 annotations" in back.stderr
    returned = {note.note_id: note for note in pulled(tmp_path / "back.jsonl")}
    for note in notes:
        came = returned[note.note_id]
        assert came.text == note.text
        assert plain(came) == plain(note)
        assert {m.origin for m in came.mentions} == {"human"}
        assert came.run == note.run
    assert CANARY not in first.stderr + second.stderr + back.stderr + first.stdout + back.stdout


def test_a_changed_note_is_updated_or_becomes_a_new_task_where_a_reader_has_begun(
    tmp_path: Path, run: Any, api: httpx.Client, project: str, local: None
) -> None:
    notes = [tagged_note(n) for n in range(3)]
    run("push", write(tmp_path / "a.jsonl", notes), "--project", project, code=0)
    changed = [dataclasses.replace(tagged_note(n + 10), note_id=f"note-{n}") for n in range(3)]
    done = run("push", write(tmp_path / "b.jsonl", changed), "--project", project, code=0)
    assert "3 updated" in done.stderr
    number = submit_all_as_they_are(api, project)
    again = [dataclasses.replace(tagged_note(n + 20), note_id=f"note-{n}") for n in range(2)]
    done = run("push", write(tmp_path / "c.jsonl", again), "--project", project, code=0)
    assert "2 new" in done.stderr
    assert "2 unchanged" in run("push", tmp_path / "c.jsonl", "--project", project, code=0).stderr
    assert api.get(f"/api/projects/{number}/").json()["task_number"] == 5
    run("pull", "--project", project, "-o", tmp_path / "back.jsonl", code=0)
    assert [plain(x) for x in pulled(tmp_path / "back.jsonl")] == [plain(x) for x in changed]


def test_pull_since_gives_only_what_is_newer(
    tmp_path: Path, run: Any, api: httpx.Client, project: str, local: None
) -> None:
    run("push", write(tmp_path / "a.jsonl", [tagged_note(1)]), "--project", project, code=0)
    submit_all_as_they_are(api, project)
    run("pull", "--project", project, "-o", tmp_path / "all.parquet", "--since", "2020-01-01", code=0)
    run("pull", "--project", project, "-o", tmp_path / "none.jsonl", "--since", "2100-01-01", code=0)
    assert (len(pulled(tmp_path / "all.parquet")), len(pulled(tmp_path / "none.jsonl"))) == (1, 0)


def test_a_personal_access_token_works_and_a_wrong_token_is_refused(studio: StudioInfo, api: httpx.Client) -> None:
    made = api.post("/api/token/")
    if made.status_code != 201:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"the server made no personal access token ({made.status_code})"
        )
    pat = made.json()["token"]
    try:
        with HttpGateway(studio.url, pat, CONFIG) as gateway:
            assert gateway.project("no project has this title") is None
        with HttpGateway(studio.url, "0" * 40, CONFIG) as gateway, pytest.raises(ServerError, match="401"):
            gateway.project("any")
    finally:
        assert api.post("/api/token/blacklist/", json={"refresh": pat}).status_code == 204


MARK_OF_WORDS = """words => {
    const walker = document.createTreeWalker(document.querySelector('.cn-note'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        const box = range.getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];
    }
}"""


ALL_DRAWN = """number => {
    const words = [...document.querySelectorAll('.htx-highlight')].map((mark) => mark.innerText).join('');
    return Array.from(words.replace(/[^\\S\ufeff]/g, '')).length === number;
}"""


def letters(texts: Iterable[str]) -> list[str]:
    """All characters but white space, whatever way the screen splits a highlight at line ends."""
    return sorted("".join("".join(texts).split()))


@pytest.mark.browser
def test_a_reader_sees_the_pretags_corrects_them_and_exactly_that_comes_back(
    tmp_path: Path, run: Any, studio: StudioInfo, api: httpx.Client, project: str, local: None, page: Any
) -> None:
    note = tagged_note(3)
    run("push", write(tmp_path / "a.jsonl", [note]), "--project", project, code=0)
    number = api.get("/api/projects/", params={"title": project}).json()["results"][0]["id"]
    page.goto(f"{studio.url}/projects/{number}/data?labeling=1", wait_until="networkidle")
    marks = page.locator(".htx-highlight")
    wanted = letters(m.text for m in note.mentions)
    page.wait_for_function(ALL_DRAWN, arg=len(wanted))  # marks are drawn one after the other, and twice
    assert letters(marks.all_inner_texts()) == wanted

    marks.filter(has_text="pleural effusion").click()
    page.locator(".cn-side input[name=left]").check()
    page.locator(".cn-side input[name=right]:not(:checked)").wait_for(state="attached")
    page.locator(".cn-side input[name=increased]").uncheck()
    page.get_by_placeholder("system:code display").fill("icd10cm:J90 Pleural effusion")
    page.keyboard.press("Enter")
    page.locator(".cn-side").get_by_text("icd10cm:J90").wait_for()
    marks.filter(has_text="pneumothorax").click()
    page.keyboard.press("Backspace")
    marks.filter(has_text="pneumothorax").wait_for(state="detached")
    page.keyboard.press("1")
    page.mouse.dblclick(*page.evaluate(MARK_OF_WORDS, "Small"))
    marks.filter(has_text="Small").wait_for()
    page.keyboard.press("Escape")
    page.locator("input[name='note complete']").check()
    with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as answer:
        page.get_by_test_id("bottombar-submit-button").click()
    assert answer.value.status == 201
    assert [url for url in page.requests if not url.startswith((studio.url, "data:", "blob:"))] == []

    run("pull", "--project", project, "-o", tmp_path / "back.jsonl", code=0)
    (back,) = pulled(tmp_path / "back.jsonl")
    kinds = {m.text: m.metadata["correction"] for m in back.mentions}
    pretag = note.mentions[1]
    was = {
        "codes": [f"{SNOMED}|60046008", f"{CLINNOTE}|effusion"],
        "change": "increased",
        "laterality": "right",
    }
    assert kinds.pop("pleural effusion") == {
        "kind": "changed", "pretag": pretag.id, "fields": list(was), "was": was,
    }  # fmt: skip
    assert kinds.pop("Small") == {"kind": "added"}
    assert {c["kind"] for c in kinds.values()} == {"unchanged"}
    effusion = next(m for m in back.mentions if m.text == "pleural effusion")
    assert (effusion.laterality, effusion.change, effusion.origin) == ("left", None, "human")
    assert effusion.codes == (pretag.codes[0], Code(ICD10CM, "J90", "Pleural effusion"))
    assert effusion.sites == pretag.sites
    added = next(m for m in back.mentions if m.text == "Small")
    assert (added.start, added.label) == (note.text.index("Small"), "finding")
    about = back.metadata["annotation"]
    gone = note.mentions[2]
    assert about["deleted"] == [{"id": gone.id, "start": gone.start, "end": gone.end, "label": gone.label}]
    assert (about["status"], about["corrections"]["unchanged"]) == ("note complete", len(note.mentions) - 2)
    assert about["lead_time"] > 0
    assert about["completed_by"] is not None


@pytest.mark.parametrize(
    ("name", "title", "makes"),
    [("label-studio", "Chest reports", "annotated.jsonl"), ("review", "Conflict review", "rules.toml")],
)
def test_the_commands_of_the_documentation_run(
    studio: StudioInfo, tmp_path: Path, root: Path, name: str, title: str, makes: str
) -> None:
    page = (root / "docs" / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh server\n(.*?)^```$", page, re.M | re.S)
    shutil.copytree(root / "demo", tmp_path / "demo")
    own = f"Docs {secrets.token_hex(6)}"
    script = "set -eu\n" + "\n".join(blocks).replace(title, own)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CLINNOTE_STUDIO": str(studio.folder)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / makes).exists()
    assert "unchanged" in done.stderr + done.stdout
