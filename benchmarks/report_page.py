"""How long the report page takes with many conflicts: to write, to open in Chromium, to decide, to search.

usage: report_page.py [CONFLICTS]   (default 5000; the conflicts of the demo, repeated)
"""

import dataclasses
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from clinnote.model.conflict import Conflict
from clinnote.reports import ReportSummary, write_conflict_report
from clinnote.store.records import read_records

KEY = """key => {
  const started = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  document.body.offsetHeight;
  return performance.now() - started;
}"""
SEARCH = """words => {
  const field = document.getElementById("query");
  field.value = words;
  const started = performance.now();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  document.body.offsetHeight;
  return performance.now() - started;
}"""


def main(count: str = "5000") -> None:
    with tempfile.TemporaryDirectory() as folder:
        clinnote = str(Path(sys.executable).with_name("clinnote"))
        subprocess.run([clinnote, "demo", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        found = [c for c in read_records(Path(folder) / "conflicts.jsonl", Conflict) if isinstance(c, Conflict)]
        many = [dataclasses.replace(found[i % len(found)], id=f"c{i}", study_id=f"2.25.{i}") for i in range(int(count))]
        out = Path(folder) / "many.html"
        started = time.perf_counter()
        write_conflict_report(many, ReportSummary(len(many), len(many), 0, 0, 0), out)
        print(f"write   {time.perf_counter() - started:6.2f} s, {out.stat().st_size / 1e6:.1f} MB")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            started = time.perf_counter()
            page.goto(out.as_uri())
            print(f"open    {time.perf_counter() - started:6.2f} s")
            page.evaluate(KEY, "j")
            decided = [page.evaluate(KEY, key) for key in "121212"]
            print(f"decide  {sorted(decided)[3] / 1000:6.3f} s")
            first, second = (page.evaluate(SEARCH, words) / 1000 for words in ("kidney", "mass 2.25.4"))
            print(f"search  {first:6.3f} s, then {second:.3f} s")
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
