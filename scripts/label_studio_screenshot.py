"""Makes docs/images/label-studio-task.png: a pre-filled task of the demo in the local Label Studio, which must run.

usage: label_studio_screenshot.py [NOTE_ID [WORDS_TO_SELECT [OUT]]]
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page
from studio_screenshot import DEMO_NOTES, IMAGES, clinnote, only_note, running_studio, take

TITLE = "Chest reports"


def main(note_id: str = "s01-chest-xray", words: str = "pleural effusion", out: str = "") -> None:
    studio = running_studio()
    with tempfile.TemporaryDirectory() as folder:
        tagged = Path(folder) / "tagged.jsonl"
        clinnote("tag", DEMO_NOTES, "-o", tagged, "--pipeline", "radiology")
        clinnote("push", only_note(tagged, note_id), "--project", TITLE)

    def select(page: Page) -> None:
        page.locator(".htx-highlight", has_text=words).first.click()
        page.locator(".cn-side h4", has_text="codes").wait_for()
        page.mouse.move(600, 880)

    take(studio, TITLE, select, out or IMAGES / "label-studio-task.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
