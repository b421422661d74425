"""Conflicts before reviewers in a real Label Studio server and a real browser, and their verdicts back."""

import base64
import dataclasses
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from clinnote.labelstudio.studio import StudioInfo
from clinnote.model.conflict import Conflict, Highlight, ImageSide, TextSide
from clinnote.model.image_label import Geometry
from clinnote.store.records import RecordWriter, read_records

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("labelstudio")]

NOTE = "FINDINGS:\r\n\U0001fac1 Small left pleural effusion.\n\nIMPRESSION: Left pleural effusion. Zebrafinch."
BOX = Geometry("box", x=16, y=16, width=16, height=32, image_width=64, image_height=64, orientation="L\\F")


def conflict(number: int) -> Conflict:
    quote = "\U0001fac1 Small left pleural effusion."
    start = NOTE.index(quote)
    marks = tuple(
        Highlight(NOTE.index(words), NOTE.index(words) + len(words), role)
        for words, role in (("left", "side"), ("pleural effusion", "finding"))
    )
    text = TextSide("m", "pleural effusion", "left", None, "findings", quote, start, start + len(quote), marks)
    image = ImageSide(
        "l",
        "Effusion",
        ("right",),
        "code",
        None,
        "present",
        "csv",
        "boxes.csv",
        "row 1",
        geometry=BOX,
        image_id=f"i{number}",
    )
    return Conflict(
        f"c{number}",
        "side_opposite",
        "critical",
        0.9,
        "LEFT effusion; label says RIGHT",
        f"s{number}",
        "n",
        text,
        image,
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    with RecordWriter(tmp_path / "conflicts.jsonl", Conflict) as writer:
        for number in range(40):
            writer.write(conflict(number))
    (tmp_path / "notes.jsonl").write_text(json.dumps({"note_id": "n", "text": NOTE}) + "\n", encoding="utf-8")
    return tmp_path


def grey_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(range(0, 256, 4)) for _ in range(64)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tasks_of(api: httpx.Client, project: str) -> list[dict[str, Any]]:
    number = api.get("/api/projects/", params={"title": project}).json()["results"][0]["id"]
    found = api.get("/api/tasks/", params={"project": number, "fields": "all", "page_size": 100}).json()["tasks"]
    return list(found)


def decide(api: httpx.Client, task: int, verdict: str, reason: str) -> None:
    items = [
        {"id": name, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [title]}}
        for name, title in (("verdict", verdict), ("reason", reason))
    ]
    assert api.post(f"/api/tasks/{task}/annotations/", json={"result": items, "lead_time": 4.2}).status_code == 201


def verdicts(path: Path) -> dict[str, Conflict]:
    return {item.id: item for item in read_records(path, Conflict) if isinstance(item, Conflict)}


def test_forty_conflicts_go_out_once_and_every_verdict_comes_back(
    files: Path, run: Any, api: httpx.Client, project: str, local: None
) -> None:
    push = ("push", "conflicts.jsonl", "--review", "--notes", "notes.jsonl", "--project", project)
    assert "40 new" in run(*push, code=0).stderr
    again = run(*push, code=0)
    assert "40 unchanged" in again.stderr
    tasks = tasks_of(api, project)
    assert len(tasks) == 40
    assert {task["data"]["text"] for task in tasks} == {NOTE}
    assert '"s7"' not in json.dumps(tasks)
    for task in tasks:
        decide(api, task["id"], "Label error", "Wrong side marked")
    pulled = run("pull", "--review", "--project", project, "--conflicts", "conflicts.jsonl", "-o", "v.jsonl", code=0)
    assert "40 verdicts (40 label error)" in pulled.stderr
    back = verdicts(files / "v.jsonl")
    assert {key: record.study_id for key, record in back.items()} == {f"c{n}": f"s{n}" for n in range(40)}
    assert {record.verdict and (record.verdict.value, record.verdict.reason) for record in back.values()} == {
        ("label_error", "wrong_side")
    }
    assert all(record.verdict and record.verdict.by and record.verdict.at for record in back.values())
    plain = run("pull", "--project", project, "-o", "plain.jsonl", code=2)
    assert "a review project is pulled with --review" in plain.stderr
    none = run("pull", "--review", "--project", project, "--since", "2100-01-01", "-o", "none.jsonl", code=0)
    assert "0 verdicts" in none.stderr
    learnt = run("check", "--learn", "v.jsonl", "--conflicts", "conflicts.jsonl", code=0)
    assert "40 verdicts on 40 flags: 40 errors, 0 false alarms" in learnt.stdout
    assert "Zebrafinch" not in "".join(done.stdout + done.stderr for done in (again, pulled, learnt))


def test_what_a_reviewer_has_begun_is_left_alone_and_the_rest_is_updated(
    files: Path, run: Any, api: httpx.Client, project: str, local: None
) -> None:
    push = ("push", "conflicts.jsonl", "--review", "--project", project)
    run(*push, code=0)
    decide(api, tasks_of(api, project)[0]["id"], "Both wrong", "Other")
    with RecordWriter(files / "conflicts.jsonl", Conflict) as writer:
        for number in range(3):
            writer.write(dataclasses.replace(conflict(number), confidence=0.5))
    said = run(*push, code=0).stderr
    assert "2 updated" in said
    assert "1 left to readers" in said


@pytest.mark.browser
def test_a_reviewer_sees_both_sides_and_decides_by_keyboard(
    files: Path, run: Any, studio: StudioInfo, api: httpx.Client, project: str, local: None, page: Any
) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    (files / "pictures").mkdir()
    (files / "pictures" / "i0.png").write_bytes(grey_png())
    with RecordWriter(files / "two.jsonl", Conflict) as writer:
        for number in range(2):
            writer.write(conflict(number))
    push = ("push", "two.jsonl", "--review", "--images", "pictures", "--notes", "notes.jsonl", "--project", project)
    assert "(1 of 2 with a picture)" in run(*push, code=0).stderr
    tasks = {task["data"]["note_id"]: task for task in tasks_of(api, project)}
    assert tasks["c0"]["data"]["image"] == "data:image/png;base64," + base64.b64encode(grey_png()).decode()
    assert tasks["c1"]["data"]["image"].startswith("data:image/svg+xml;base64,")
    for name in ("c0", "c1"):
        address = f"{studio.url}/projects/{tasks[name]['project']}/data?task={tasks[name]['id']}"
        page.goto(address, wait_until="networkidle")  # a task's address is drawn twice: without and with its tab
        expect(page.locator(".cr-side .htx-highlight")).to_have_text(["left", "pleural effusion"], timeout=60_000)
        page.wait_for_function(
            "[...document.querySelectorAll('.cr-side img')].some((i) => i.complete && i.naturalWidth > 0)"
        )
        expect(page.get_by_text("Text says LEFT pleural effusion (findings); image label says RIGHT")).to_be_visible()
        quote = "Findings: \N{LEFT DOUBLE QUOTATION MARK}\U0001fac1 Small left pleural effusion."
        expect(page.locator(".cr-quotes")).to_contain_text(quote)
        expect(page.locator(".cr-about")).to_contain_text("Finding: Effusion")
        edges = ["R patient's right", "L patient's left"] if name == "c0" else ["", ""]
        expect(page.locator(".cr-edges h4")).to_have_text(edges)
        page.keyboard.press("2")
        page.locator("input[name='Label error']:checked").wait_for(state="attached")
        page.get_by_placeholder("Optional").fill(f"seen {name}")
        expect(page.locator("input[name='Label error']")).to_be_checked()
        if name == "c0":
            page.keyboard.press("Enter")  # without it the comment counts as well
        with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as sent:
            page.get_by_test_id("bottombar-submit-button").click()
        assert sent.value.status == 201
    assert [url for url in page.requests if not url.startswith((studio.url, "data:", "blob:"))] == []
    run("pull", "--review", "--project", project, "-o", "v.jsonl", code=0)
    back = verdicts(files / "v.jsonl")
    assert {key: record.verdict and record.verdict.value for key, record in back.items()} == {
        "c0": "label_error", "c1": "label_error",
    }  # fmt: skip
    assert {key: record.metadata["comment"] for key, record in back.items()} == {"c0": "seen c0", "c1": "seen c1"}
    assert back["c0"].study_id is None
