"""Sides and places of human-coded findings, found again in the reports of the Indiana University chest film collection.

Side: a coded heading ("Opacity/lung/lower lobe/left") counts as found if a mention of that finding, from any section of
the report, carries that side; a bilateral heading also if one mention is left and another right. Two headings of one
finding that say left in the one and right in the other ("Pleural Effusion/left/small", "Pleural Effusion/right/large")
are both met by a bilateral mention, because that is how a report says it in one sentence; they are counted apart.

Place: a heading with a place that says more than "lung" ("Opacity/lung/upper lobe", "Fractures, Bone/ribs") counts
as found if mentions of that finding carry each of its places. A mention carries a place if one of its sites is the
place, a part of it, or overlaps it (a lower lobe with a lower lung zone) without being a whole that contains it: a
mention at the lung does not carry the upper lobe. Sites that a finding's name implies count like those in words.

``by family``: only a mention of a kindred finding has it ("opacity" for "infiltrate"). The tagger is the one of the
public interface. Prints figures and study ids, never report text unless --show asks for it.

usage: openi_sides.py --xml DIR_OR_TGZ [--show N] [--what side|place] [--heading NAME]
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
QUALIFIERS = {
    "lower lobe": "lower_lobe",
    "upper lobe": "upper_lobe",
    "middle lobe": "middle_lobe",
    "lingula": "lingula",
    "azygos lobe": "azygos_lobe",
    "base": "lung_base",
    "apex": "lung_apex",
    "hilum": "hilum",
    "retrocardiac": "retrocardiac_region",
    "paratracheal": "paratracheal_region",
    "costophrenic angle": "costophrenic_angle",
    "sulcus": "costophrenic_angle",
    "pleura": "pleura",
    "mediastinum": "mediastinum",
    "lymph nodes": "lymph_node",
    "ribs": "rib",
    "clavicle": "clavicle",
    "humerus": "humerus",
    "shoulder": "shoulder",
    "sternum": "sternum",
    "spine": "spine",
    "cervical vertebrae": "cervical_spine",
    "thoracic vertebrae": "thoracic_spine",
    "lumbar vertebrae": "lumbar_spine",
    "aorta": "aorta",
    "aorta, thoracic": "thoracic_aorta",
    "pulmonary artery": "pulmonary_artery",
    "coronary vessels": "coronary_artery",
    "trachea": "trachea",
    "trachea, carina": "carina",
    "heart": "heart",
    "heart atria": "heart",
    "aortic valve": "aortic_valve",
    "mitral valve": "mitral_valve",
    "diaphragm": "diaphragm",
    "thorax": "chest",
    "neck": "neck",
    "abdomen": "abdomen",
    "breast": "breast",
}
"""Qualifiers that name a place, with its site; bare "lung" is none."""
SEVERAL = {"lymph nodes": ("lymph_node", "hilum", "mediastinum"), "diaphragm": ("diaphragm", "hemidiaphragm")}
"""Qualifiers that more than one site stands for."""


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


def coded_places(majors: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """(heading with qualifiers, finding, places) of every heading with a place that says more than "lung"."""
    for major in majors:
        finding, *qualifiers = (part.strip() for part in major.split("/"))
        places = [qualifier for qualifier in qualifiers if qualifier in QUALIFIERS]
        if places:
            yield major, finding, places


def carries(judge: Judge, places: list[str], mentions: list[Mention]) -> bool:
    """Whether the mentions carry each of the places (see the head of this file)."""
    anatomy = judge.anatomy
    sites = {site.site for mention in mentions for site in mention.sites if site.site in anatomy.nodes}
    return all(any(_at(site, place, anatomy) for site in sites) for place in places)


def _at(site: str, place: str, anatomy: Anatomy) -> bool:
    wanted = SEVERAL.get(place, (QUALIFIERS[place],))
    return any(anatomy.overlap(site, node) and (site == node or not anatomy.is_part_of(node, site)) for node in wanted)


def kindred(judge: Judge, note: TaggedNote, finding: str) -> tuple[list[Mention], list[Mention]]:
    """The mentions of a coded finding, and those together with the mentions of its family."""
    kinds = {mention.id: judge.same(finding, mention) for mention in note.mentions}
    return [m for m in note.mentions if kinds[m.id] == "concept"], [m for m in note.mentions if kinds[m.id]]


def side_verdict(judge: Judge, note: TaggedNote, finding: str, side: str, coded: set[str]) -> str:
    """``found``, ``found as bilateral``, ``by family``, ``other side``, ``no side`` or ``not mentioned``."""
    own, near = kindred(judge, note, finding)
    if side_found(side, own):
        return "found"
    if {"left", "right"} <= coded and side_found("bilateral", own):
        return "found as bilateral"
    if side_found(side, near):
        return "by family"
    if not near:
        return "not mentioned"
    return "other side" if any(m.laterality for m in own or near) else "no side"


def place_verdict(judge: Judge, note: TaggedNote, finding: str, places: list[str]) -> str:
    """``found``, ``by family``, ``other place``, ``no place`` or ``not mentioned``."""
    own, near = kindred(judge, note, finding)
    if carries(judge, places, own):
        return "found"
    if carries(judge, places, near):
        return "by family"
    if not near:
        return "not mentioned"
    return "other place" if any(m.sites for m in own or near) else "no place"


def outcomes(judge: Judge, note: TaggedNote, majors: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """(``side`` or ``place``, heading, finding, verdict) of every heading with a side or a place."""
    sided = list(coded_sides(majors))
    for major, finding, side in sided:
        coded = {other for _, name, other in sided if name == finding}
        yield "side", major, finding, side_verdict(judge, note, finding, side, coded)
    for major, finding, places in coded_places(majors):
        yield "place", major, finding, place_verdict(judge, note, finding, places)


def show(study: str, major: str, outcome: str, note: TaggedNote) -> None:
    """Print a miss with its report."""
    found = [f"    {m.text!r} {concept_of(m)} {m.laterality} {[s.site for s in m.sites]}\n" for m in note.mentions]
    print(f"--- {study} {major}: {outcome}\n{note.text}\n", *found)


def report(what: str, by_heading: dict[str, collections.Counter[str]]) -> None:
    """Print the figures for sides or places."""
    total: collections.Counter[str] = collections.Counter()
    for counts in by_heading.values():
        total += counts
    coded = total.total()
    print(f"{coded} headings with a {what}")
    for outcome, count in total.most_common():
        print(f"  {outcome:19} {count:5} {100 * count / coded:5.1f} %")
    met = sum(count for outcome, count in total.items() if outcome.startswith("found"))
    print(f"  {'found, all':19} {met:5} {100 * met / max(coded, 1):5.1f} %")
    for finding, counts in sorted(by_heading.items(), key=lambda item: item[1]["found"] - item[1].total())[:15]:
        print(f"    {finding:28} {counts['found']:4} of {counts.total():4}  {dict(counts)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xml", required=True)
    parser.add_argument("--show", type=int, default=0, help="print so many misses with their reports")
    parser.add_argument("--what", choices=("side", "place"), help="only sides, or only places")
    parser.add_argument("--heading", help="only headings of this finding")
    args = parser.parse_args()
    judge, tagger = Judge(), clinnote.load("radiology")
    found: dict[str, dict[str, collections.Counter[str]]] = {
        what: collections.defaultdict(collections.Counter) for what in ("side", "place")
    }
    chars = seconds = 0.0
    studies = 0
    for study, text, majors in reports(args.xml):
        studies += 1
        started = time.process_time()
        note = tagger(Note(study, text))
        seconds += time.process_time() - started
        chars += len(text)
        for what, major, finding, outcome in outcomes(judge, note, majors):
            if args.heading not in (None, finding) or args.what not in (None, what):
                continue
            found[what][finding][outcome] += 1
            if not outcome.startswith("found") and args.show > 0:
                args.show -= 1
                show(study, major, outcome, note)
    print(f"{studies} reports, {chars / 1e6 / seconds:.2f} million characters a CPU second")
    for what in found:
        if found[what]:
            report(what, found[what])
    return 0


if __name__ == "__main__":
    sys.exit(main())
