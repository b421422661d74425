"""A picture of the first task of a project in the local Label Studio, for the pictures of the documentation."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from clinnote.labelstudio.studio import StudioInfo, default_folder, studio_status

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
DEMO_NOTES = ROOT / "demo" / "notes"


def running_studio() -> StudioInfo:
    """The studio that runs; without one the program ends."""
    studio = studio_status(default_folder(os.environ))
    if studio is None or not studio.running:
        sys.exit("start the server first: clinnote studio up")
    return studio


def clinnote(*words: str | Path, check: bool = True) -> None:
    """Run a verb of this environment's clinnote."""
    subprocess.run([str(Path(sys.executable).with_name("clinnote")), *map(str, words)], check=check)


def only_note(records: Path, note_id: str) -> Path:
    """A file with those lines alone that are about one note."""
    one = records.with_name("one.jsonl")
    lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
    one.write_text("".join(line for line in lines if f'"note_id":"{note_id}"' in line), encoding="utf-8")
    return one


def take(studio: StudioInfo, title: str, prepare: Callable[[Page], None], out: str | Path) -> None:
    """Open the project's tasks as a reader does, wait for the marked words, and save what is seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{studio.url}/user/login/")
        page.fill("#email", studio.username)
        page.fill("#password", studio.password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(f"{studio.url}/projects/")
        page.get_by_text(title).first.click()
        page.get_by_text("Label All Tasks").click()
        page.locator(".htx-highlight").first.wait_for()
        prepare(page)
        page.wait_for_timeout(1000)
        page.screenshot(path=out)
        browser.close()
