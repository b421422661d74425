"""How many headings and time expressions are found, in data that people have marked.

    headings_and_time.py --notes aci_notes.json --e3c FOLDER --maccrobat FOLDER

``--notes`` is a JSON list of texts: the share of lines in capitals, alone or before a colon, that open a section or a
part of one. ``--e3c`` is a folder of UIMA XMI with TIMEX3, ``--maccrobat`` one of brat standoff with Date, Duration and
Age: the share of their spans that an expression of ours overlaps or equals, and of ours that overlap one of theirs.
"""

import argparse
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from clinnote.ontology.sections import load_sections
from clinnote.ontology.times import load_times
from clinnote.ontology.words import split_words
from clinnote.pipeline.sections import find_sections
from clinnote.pipeline.times.stage import find_dates
from clinnote.settings import find_home

CAPITALS = re.compile(r"^[ \t]*([A-Z][A-Z0-9/&,()' -]{2,60}?)[ \t]*(?::|$)", re.MULTILINE)
TIME = {"date", "relative", "duration", "phase"}


def headings(path):
    table = load_sections(find_home().ontologies)
    missed, found = Counter(), 0
    for text in json.loads(path.read_text(encoding="utf-8")):
        starts = {section.start for section in find_sections(text, table)}
        for line in CAPITALS.finditer(text):
            if line.start(1) in starts:
                found += 1
            else:
                missed[line[1]] += 1
    total = found + missed.total()
    print(f"headings in capitals: {total}, recognised {found} = {found / total:.1%}; not: {dict(missed)}")


def e3c(folder):
    for file in sorted(folder.glob("*.xml")):
        root = ET.parse(file).getroot()
        text = next(e for e in root if e.tag.endswith("}Sofa")).get("sofaString")
        marks = [e for e in root if e.tag.endswith("}TIMEX3")]
        yield text, [(int(e.get("begin")), int(e.get("end")), e.get("timex3Class")) for e in marks]


def brat(folder):
    for file in sorted(folder.glob("*.ann")):
        marks = []
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("T"):
                label, *places = re.split("[ ;]", line.split("\t")[1])
                marks.append((int(places[0]), int(places[-1]), label))
        yield file.with_suffix(".txt").read_text(encoding="utf-8"), marks


def spans(name, notes, labels, anything, kinds):
    table = load_times(find_home().ontologies)
    gold = touched = equal = ours = right = 0
    for text, marks in notes:
        own = [d for d in find_dates(text, split_words(text), table) if d.kind in kinds]
        for start, end, label in marks:
            if label in labels:
                gold += 1
                touched += any(d.start < end and start < d.end for d in own)
                equal += any((d.start, d.end) == (start, end) for d in own)
        marked = [mark for mark in marks if mark[2] in anything]
        ours += len(own)
        right += sum(any(d.start < end and start < d.end for start, end, _ in marked) for d in own)
    print(
        f"{name}: {gold} gold spans, recall {touched / gold:.3f} (exact {equal / gold:.3f}); "
        f"{ours} found, precision {right / ours:.3f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--notes", "--e3c", "--maccrobat"):
        parser.add_argument(option, type=Path)
    given = parser.parse_args()
    if given.notes:
        headings(given.notes)
    if given.e3c:
        every = {"DATE", "DURATION", "TIME", "SET", "QUANTIFIER", "PREPOSTEXP"}
        spans("E3C date, duration, time", e3c(given.e3c), {"DATE", "DURATION", "TIME"}, every, TIME)
    if given.maccrobat:
        every = {"Date", "Duration", "Time", "Frequency", "Age"}
        spans("MACCROBAT date, duration", brat(given.maccrobat), {"Date", "Duration"}, every, {*TIME, "age"})
        spans("MACCROBAT age", brat(given.maccrobat), {"Age"}, every, {"age"})


if __name__ == "__main__":
    main()
