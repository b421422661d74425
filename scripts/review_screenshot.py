"""Makes docs/images/review-task.png: a conflict of the demo in a review project of the local Label Studio (running).

usage: review_screenshot.py [NOTE_ID [OUT]]
"""

import sys
import tempfile
from pathlib import Path

from studio_screenshot import DEMO_NOTES, IMAGES, ROOT, clinnote, only_note, running_studio, take

TITLE = "Conflict review"


def main(note_id: str = "s01-chest-xray", out: str = "") -> None:
    studio = running_studio()
    with tempfile.TemporaryDirectory() as folder:
        conflicts = Path(folder) / "conflicts.jsonl"
        labels = ROOT / "demo" / "labels"
        clinnote("check", "--notes", DEMO_NOTES, "--labels", labels, "-o", conflicts, check=False)
        one = only_note(conflicts, note_id)
        clinnote("push", one, "--review", "--notes", DEMO_NOTES, "--project", TITLE)
    take(studio, TITLE, lambda page: page.keyboard.press("2"), out or IMAGES / "review-task.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
