"""Makes docs/images/label-studio-task.png: a pre-filled task of the demo in the local Label Studio, which must run.

usage: label_studio_screenshot.py [NOTE_ID [WORDS_TO_SELECT [OUT]]]
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from clinnote.labelstudio.studio import default_folder, studio_status

ROOT = Path(__file__).resolve().parents[1]
TITLE = "Chest reports"


def main(note_id: str = "s01-chest-xray", words: str = "pleural effusion", out: str = "") -> None:
    studio = studio_status(default_folder(os.environ))
    if studio is None or not studio.running:
        sys.exit("start the server first: clinnote studio up")
    clinnote = str(Path(sys.executable).with_name("clinnote"))
    with tempfile.TemporaryDirectory() as folder:
        tagged, one = Path(folder) / "tagged.jsonl", Path(folder) / "one.jsonl"
        notes = ROOT / "demo" / "notes"
        subprocess.run([clinnote, "tag", notes, "-o", tagged, "--pipeline", "radiology"], check=True)
        lines = tagged.read_text(encoding="utf-8").splitlines(keepends=True)
        one.write_text("".join(line for line in lines if f'"note_id":"{note_id}"' in line), encoding="utf-8")
        subprocess.run([clinnote, "push", one, "--project", TITLE], check=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{studio.url}/user/login/")
        page.fill("#email", studio.username)
        page.fill("#password", studio.password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(f"{studio.url}/projects/")
        page.get_by_text(TITLE).first.click()
        page.get_by_text("Label All Tasks").click()
        page.locator(".htx-highlight", has_text=words).first.click()
        page.locator(".cn-side h4", has_text="codes").wait_for()
        page.mouse.move(600, 880)
        page.wait_for_timeout(1000)
        page.screenshot(path=out or ROOT / "docs" / "images" / "label-studio-task.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
