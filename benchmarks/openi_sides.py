"""Sides of human-coded findings, found again in the reports of the Indiana University chest film collection.

A coded heading ("Opacity/lung/lower lobe/left") counts as found if a mention of that finding, from any section of the
report, carries that side; a bilateral heading also if one mention is left and another right. The tagger is the one
of the public interface. Prints figures and study ids, never report text unless --show asks for it.

usage: openi_sides.py --xml DIR_OR_TGZ [--show N] [--heading NAME]
"""

import argparse
import collections
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import clinnote
from clinnote.model.codes import CLINNOTE
from clinnote.model.mention import Mention, TaggedNote
from clinnote.model.note import Note
from clinnote.ontology.anatomy import Anatomy, load_anatomy
from clinnote.ontology.concepts import load_concepts
from clinnote.ontology.families import load_families
from clinnote.ontology.label_maps import load_label_maps
from clinnote.settings import find_home

SECTIONS = ("COMPARISON", "INDICATION", "FINDINGS", "IMPRESSION")
SIDES = ("left", "right", "bilateral")
PLACES = {
    "Diaphragm": ("hemidiaphragm", "diaphragm"),
    "Diaphragmatic Eventration": ("hemidiaphragm", "diaphragm"),
    "Costophrenic Angle": ("costophrenic_angle",),
    "Sulcus": ("costophrenic_angle",),
    "Lung": ("lung",),
    "Ribs": ("rib",),
    "Shoulder": ("shoulder",),
    "Heart": ("heart",),
    "Mediastinum": ("mediastinum",),
    "Pleura": ("pleura",),
    "Lymph Nodes": ("lymph_node", "hilum", "mediastinum"),
    "Pulmonary Artery": ("pulmonary_artery",),
    "Trachea": ("trachea",),
}
"""Headings that name a part of the body: a mention of it, or of anything in it, counts."""


def reports(xml: str) -> Iterator[tuple[str, str, list[str]]]:
    """(study id, text, coded headings) of every report."""
    folder = Path(xml)
    if xml.endswith(".tgz"):
        folder = Path(tempfile.mkdtemp())
        with tarfile.open(xml) as archive:
            archive.extractall(folder, filter="data")
    for file in sorted(folder.rglob("*.xml")):
        root = ET.parse(file).getroot()
        sections = {part.get("Label"): part.text or "" for part in root.iter("AbstractText")}
        text = "\n".join(f"{name}: {sections[name]}" for name in SECTIONS if sections.get(name))
        majors = [major.text for major in root.findall(".//MeSH/major") if major.text]
        yield root.find("uId").get("id"), text, majors


def concept_of(mention: Mention) -> str | None:
    """The project's own concept id of a mention."""
    return next((code.code for code in mention.codes if code.system == CLINNOTE), None)


class Judge:
    """Decides whether a mention is of the finding that a heading names."""

    def __init__(self) -> None:
        ontologies = find_home().ontologies
        self.maps = load_label_maps(ontologies)
        self.families = load_families(ontologies)
        self.concepts = load_concepts(ontologies)
        self.anatomy: Anatomy = load_anatomy(ontologies)

    def above(self, concept: str) -> set[str]:
        """A concept with everything it is a kind of."""
        found, todo = set(), [concept]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self.concepts[one].parents if one in self.concepts else ()
        return found

    def same(self, heading: str, mention: Mention) -> str | None:
        """``concept`` for a mention of the finding itself, ``family`` for one of its family, None otherwise."""
        own = concept_of(mention)
        wanted = {c for meaning in self.maps.find(heading, "indiana_chest") for c in meaning.concepts}
        if own and mention.label != "body_site":
            if self.above(own) & wanted:
                return "concept"
            if wanted and self.families.share(frozenset({own}), frozenset(wanted)):
                return "family"
        wholes = PLACES.get(heading, ())
        sites = [site.site for site in mention.sites if site.site in self.anatomy.nodes]
        if any(self.anatomy.is_part_of(site, whole) for site in sites for whole in wholes):
            return "concept"
        return None


def side_found(side: str, mentions: list[Mention]) -> bool:
    """Whether one mention, or one of its sites, has the side; for a bilateral heading also two with one side each."""
    said = {mention.laterality for mention in mentions} | {site.laterality for m in mentions for site in m.sites}
    return side in said or (side == "bilateral" and {"left", "right"} <= said)


def coded_sides(majors: list[str]) -> Iterator[tuple[str, str, str]]:
    """(heading with qualifiers, finding, side) of every sided heading."""
    for major in majors:
        parts = [part.strip() for part in major.split("/")]
        sides = [part for part in parts[1:] if part in SIDES]
        if sides:
            yield major, parts[0], "bilateral" if "bilateral" in sides or len(set(sides)) > 1 else sides[0]


def verdict(judge: Judge, note: TaggedNote, finding: str, side: str) -> str:
    """``found``, ``by family``, ``other side``, ``no side`` or ``not mentioned``."""
    kinds = {mention.id: judge.same(finding, mention) for mention in note.mentions}
    own = [m for m in note.mentions if kinds[m.id] == "concept"]
    near = [m for m in note.mentions if kinds[m.id]]
    if side_found(side, own):
        return "found"
    if side_found(side, near):
        return "by family"
    if not near:
        return "not mentioned"
    return "other side" if any(m.laterality for m in own or near) else "no side"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xml", required=True)
    parser.add_argument("--show", type=int, default=0, help="print so many misses with their sentences")
    parser.add_argument("--heading", help="only headings of this finding")
    args = parser.parse_args()
    judge, tagger = Judge(), clinnote.load("radiology")
    total: collections.Counter[str] = collections.Counter()
    by_heading: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    chars = seconds = 0.0
    studies = 0
    for study, text, majors in reports(args.xml):
        studies += 1
        started = time.process_time()
        note = tagger(Note(study, text))
        seconds += time.process_time() - started
        chars += len(text)
        for major, finding, side in coded_sides(majors):
            if args.heading and finding != args.heading:
                continue
            outcome = verdict(judge, note, finding, side)
            total[outcome] += 1
            by_heading[finding][outcome] += 1
            if outcome != "found" and args.show > 0:
                args.show -= 1
                print(
                    f"--- {study} {major}: {outcome}\n{text}\n",
                    *(
                        f"    {m.text!r} {concept_of(m)} {m.laterality} {[s.site for s in m.sites]}\n"
                        for m in note.mentions
                    ),
                )
    coded = sum(total.values())
    print(
        f"{studies} reports, {coded} headings with a side, {chars / 1e6 / seconds:.2f} million characters a CPU second"
    )
    for outcome, count in total.most_common():
        print(f"{outcome:14} {count:5} {100 * count / coded:5.1f} %")
    for finding, counts in sorted(by_heading.items(), key=lambda item: item[1]["found"] - item[1].total())[:25]:
        print(f"  {finding:28} {counts['found']:4} of {counts.total():4}  {dict(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
