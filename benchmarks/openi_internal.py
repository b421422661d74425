"""Reports of the Indiana University chest film collection against themselves, without any image label.

The contradictions were found by reading: every report in which one finding word stands with both sides, whose findings
and impression name different sides or parts of the lung, that denies in one section what it states in the other, or
that gives two sizes, levels or counts. Their ids are in ``openi_contradictions.tsv``; a report outside the list that is
flagged counts as false. Prints figures and study ids, never report text.

usage: openi_internal.py --xml DIR_OR_TGZ [--list TSV] [--need-found 1.0] [--need-true 0.75]
"""

import argparse
import collections
import csv
import sys
import time
from pathlib import Path

from openi_sides import reports

import clinnote
from clinnote.crosscheck.engine import check_study, load_knowledge
from clinnote.model.note import Note
from clinnote.settings import find_home

LOUD = ("critical", "high", "medium")
LISTED = Path(__file__).with_name("openi_contradictions.tsv")


def listed(path: Path) -> dict[str, bool]:
    """The known contradictions by report id, and whether each is grave."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {row["report"]: row["grave"] == "yes" for row in csv.DictReader(lines, delimiter="\t")}


def flags(xml: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """How many reports were read, and (kind, severity) of every flag by report id."""
    tagger, knowledge = clinnote.load("radiology"), load_knowledge(find_home())
    found: dict[str, list[tuple[str, str]]] = {}
    count = 0
    for report, text, _ in reports(xml):
        count += 1
        note = tagger(Note(report, text, study_id=report))
        told = [(conflict.kind, conflict.severity) for conflict in check_study([note], [], knowledge).conflicts]
        if told:
            found[report] = told
    return count, found


def main() -> int:
    """Print what was found, missed and false."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--xml", required=True)
    parser.add_argument("--list", type=Path, default=LISTED)
    parser.add_argument("--need-found", type=float, default=0.0)
    parser.add_argument("--need-true", type=float, default=0.0)
    arguments = parser.parse_args()
    start = time.perf_counter()
    count, found = flags(arguments.xml)
    known = listed(arguments.list)
    loud = {report for report, told in found.items() if any(severity in LOUD for _, severity in told)}
    quiet = set(found) - loud
    grave = {report for report, is_grave in known.items() if is_grave}
    seen, false = set(known) & set(found), loud - set(known)
    kinds = collections.Counter(kind for report in loud for kind, severity in found[report] if severity in LOUD)
    true = len(loud - false) / len(loud) if loud else 1.0
    print(f"{count} reports in {time.perf_counter() - start:.0f} s, {len(known)} contradict themselves")
    print(f"found {len(seen)} of {len(known)}, grave ones at medium or above {len(grave & loud)} of {len(grave)}")
    print(f"missed {sorted(set(known) - set(found))}")
    print(f"flags at medium or above {len(loud)}, true {len(loud - false)} = {true:.0%}, false {sorted(false)}")
    print(f"false per 1,000 reports {1000 * len(false) / max(1, count):.2f}; kinds {dict(kinds)}")
    print(f"low or info only: {len(quiet)}, of them known {sorted(quiet & set(known))}")
    return int(len(grave & loud) < arguments.need_found * len(grave) or true < arguments.need_true)


if __name__ == "__main__":
    sys.exit(main())
