"""Makes docs/images/review-task.png: a conflict of the demo in a review project of the local Label Studio (running).

usage: review_screenshot.py [NOTE_ID [OUT]]
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
TITLE = "Conflict review"


def main(note_id: str = "s01-chest-xray", out: str = "") -> None:
    studio = studio_status(default_folder(os.environ))
    if studio is None or not studio.running:
        sys.exit("start the server first: clinnote studio up")
    clinnote = str(Path(sys.executable).with_name("clinnote"))
    with tempfile.TemporaryDirectory() as folder:
        conflicts, one = Path(folder) / "conflicts.jsonl", Path(folder) / "one.jsonl"
        notes, labels = ROOT / "demo" / "notes", ROOT / "demo" / "labels"
        subprocess.run([clinnote, "check", "--notes", notes, "--labels", labels, "-o", conflicts], check=False)
        lines = conflicts.read_text(encoding="utf-8").splitlines(keepends=True)
        one.write_text("".join(line for line in lines if f'"note_id":"{note_id}"' in line), encoding="utf-8")
        command = [clinnote, "push", one, "--review", "--notes", notes, "--project", TITLE]
        subprocess.run(command, check=True)
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
        page.locator(".htx-highlight").first.wait_for()
        page.keyboard.press("2")
        page.wait_for_timeout(1000)
        page.screenshot(path=out or ROOT / "docs" / "images" / "review-task.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
