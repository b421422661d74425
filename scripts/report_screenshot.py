"""Makes docs/images/report.png: the report of the demo, its first cards of opposite sides.

usage: report_screenshot.py [OUT]
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]


def main(out: str = "") -> None:
    clinnote = str(Path(sys.executable).with_name("clinnote"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([clinnote, "demo", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 980})
            page.goto((Path(folder) / "report.html").as_uri())
            page.locator("#reviewer").fill("AB")
            page.locator("#reviewer").press("Enter")
            page.keyboard.press("Escape")
            for key in ("j", "2", "j", "1", "j", "2", "j", "2"):
                page.keyboard.press(key)
            page.get_by_label("Opposite side", exact=False).first.check()
            page.keyboard.press("j")
            page.evaluate("window.scrollTo(0, 160)")
            page.wait_for_timeout(300)
            page.screenshot(path=out or ROOT / "docs" / "images" / "report.png")
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
