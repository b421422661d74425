"""Recall of human-coded findings in the reports of the Indiana University chest film collection.

Every coded heading ("Opacity/lung/lower lobe/left") of every report counts once, but for those of
``openi_out_of_scope.tsv``. It is found if the report asserts a mention that ``openi_headings.tsv`` takes for the same
finding (a heading that the table lacks is looked up by its words), near if only a mention that another reader may use
for it (that table's column ``near``, or a family of
``ontologies/families``). Asserted: affirmed, not called unlikely, neither hypothetical nor planned, of the patient, and
not in the comparison section. Intervals: bootstrap over reports. Of reports coded normal it counts how many
assert a finding or disorder all the same. Prints figures and study ids; report text
only where --missed or --normal asks for it.

usage: openi_recall.py --xml DIR_OR_TGZ [--missed N [--heading NAME]] [--normal N]
"""

import argparse
import collections
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from openi_sides import concept_of, reports

import clinnote
from clinnote.errors import OntologyError
from clinnote.model.mention import Mention
from clinnote.model.note import Note
from clinnote.ontology.concepts import Concepts, load_concepts
from clinnote.ontology.families import Families, load_families
from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.vocabularies.forms import other_number
from clinnote.ontology.words import normal_form
from clinnote.settings import find_home

HERE: Final = Path(__file__).parent
HEADING_COLUMNS: Final = ("heading", "qualifier", "concepts", "near", "why")
SCOPE_COLUMNS: Final = ("heading", "why")
NORMAL: Final = "normal"
RESAMPLES: Final = 2000
type Counts = npt.NDArray[np.float64]
"""One number a report."""
PATHOLOGY: Final = ("finding", "disorder")
NO_PATHOLOGY: Final = frozenset({"limited_image_quality", "artifact", "nipple_shadow", "skin_fold", "anatomic_variant"})
"""Concepts that a report of a healthy chest may assert."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading with one of its qualifiers means; ``qualifier`` is empty where it does not matter."""

    qualifier: str
    same: frozenset[str]
    near: frozenset[str]


def with_kinds(row: Row, column: str, concepts: Concepts) -> frozenset[str]:
    """The concepts of a cell; one that ends in ``+`` stands for its narrower concepts too."""
    found: set[str] = set()
    for item in row.items(column):
        name = item.removesuffix("+")
        if name not in concepts:
            raise row.error(f"no concept {name!r}")
        found |= {name} | (concepts.descendants(name) if item.endswith("+") else frozenset())
    return frozenset(found)


def read_headings(path: Path, concepts: Concepts) -> dict[str, list[Meaning]]:
    """The meanings of each heading in the order of the table."""
    found: dict[str, list[Meaning]] = {}
    for row in read_table(path, HEADING_COLUMNS):
        meaning = Meaning(row["qualifier"], with_kinds(row, "concepts", concepts), with_kinds(row, "near", concepts))
        found.setdefault(row["heading"], []).append(meaning)
    return found


def meaning_of(major: str, headings: Mapping[str, Sequence[Meaning]], concepts: Concepts) -> Meaning | None:
    """The first meaning whose qualifier the code has; of a heading that the table lacks, what its own words name."""
    heading, *qualifiers = (part.strip() for part in major.split("/"))
    known = headings.get(heading) or by_name(heading, concepts)
    return next((m for m in known if not m.qualifier or m.qualifier in qualifiers), None)


def by_name(heading: str, concepts: Concepts) -> list[Meaning]:
    """The concepts with the heading as a form ("Pneumonia, Aspiration" is aspiration pneumonia), and their kinds."""
    names = {normal_form(heading), normal_form(" ".join(reversed(heading.split(", "))))}
    names |= {f"{other} " for name in names for other in other_number(name[:-1])}
    same = {
        name for name, concept in concepts.items() if not names.isdisjoint(normal_form(form) for form in concept.forms)
    }
    kinds = frozenset(kind for name in same for kind in (name, *concepts.descendants(name)))
    return [Meaning("", kinds, frozenset())] if same else []


def asserted(mention: Mention) -> bool:
    """Whether the report says of this patient that the finding is or was there, or may be."""
    return (
        mention.polarity == "affirmed"
        and mention.certainty != "unlikely"
        and mention.temporality not in ("hypothetical", "future")
        and mention.experiencer == "patient"
        and mention.section != "comparison"
    )


def verdict(said: frozenset[str], meaning: Meaning | None, families: Families) -> str:
    """``same``, ``near`` or ``missed`` for the concepts that a report asserts."""
    if meaning is None:
        return "missed"
    if said & meaning.same:
        return "same"
    near = said & meaning.near or any(families.share(frozenset({one}), meaning.same) for one in said)
    return "near" if near else "missed"


def interval(hits: Counts, coded: Counts, rng: np.random.Generator) -> tuple[float, float]:
    """95 % bootstrap interval of sum(hits) / sum(coded) over reports."""
    draws = rng.integers(0, len(hits), (RESAMPLES, len(hits)))
    low, high = np.quantile(hits[draws].sum(1) / np.maximum(coded[draws].sum(1), 1), (0.025, 0.975))
    return float(low), float(high)


def in_scope(majors: Sequence[str], out: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(code, heading) of the codes that count."""
    for major in majors:
        heading = major.split("/")[0].strip()
        if heading not in out:
            yield major, heading


def print_table(outcomes: Mapping[str, list[tuple[int, str]]], reports_read: int) -> None:
    """Recall by heading, most frequent first, with micro and macro averages."""
    rng = np.random.default_rng(1)
    ordered = sorted(outcomes.items(), key=lambda item: -len(item[1]))
    everything = [("all, micro", [one for found in outcomes.values() for one in found]), *ordered]
    print(f"{'heading':42} coded  same [95 %]             with near [95 %]")
    for heading, found in everything:
        coded, same, near = (np.zeros(reports_read) for _ in range(3))
        for report, outcome in found:
            coded[report] += 1
            same[report] += outcome == "same"
            near[report] += outcome != "missed"
        line = f"{heading:42} {len(found):5}"
        for hits in (same, near):
            low, high = interval(hits, coded, rng)
            line += f"  {hits.sum() / coded.sum():.3f} [{low:.3f}, {high:.3f}]"
        print(line)
    shares = [
        [sum(o in kinds for _, o in f) / len(f) for f in outcomes.values()] for kinds in (("same",), ("same", "near"))
    ]
    print(f"{'all, macro':42} {len(outcomes):5}  {np.mean(shares[0]):.3f}  {np.mean(shares[1]):.3f}")


def show(study: str, title: str, text: str, mentions: Sequence[Mention]) -> None:
    """Print a report with what was found in it."""
    print(f"--- {study} {title}\n{text}")
    for m in mentions:
        if m.label != "body_site":
            print(f"    {m.text!r} {concept_of(m)} {m.polarity} {m.certainty} {m.temporality} {m.section}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xml", required=True)
    parser.add_argument("--missed", type=int, default=0, help="print so many reports with a heading that was missed")
    parser.add_argument("--heading", help="only misses of this heading")
    parser.add_argument("--normal", type=int, default=0, help="print so many normal reports with a finding")
    args = parser.parse_args()
    ontologies = find_home().ontologies
    concepts, families = load_concepts(ontologies), load_families(ontologies)
    tagger = clinnote.load("radiology")
    try:
        headings = read_headings(HERE / "openi_headings.tsv", concepts)
        out = frozenset(row["heading"] for row in read_table(HERE / "openi_out_of_scope.tsv", SCOPE_COLUMNS))
    except OntologyError as error:
        parser.error(str(error))
    outcomes: dict[str, list[tuple[int, str]]] = collections.defaultdict(list)
    passed_over: collections.Counter[str] = collections.Counter()
    surplus: collections.Counter[str] = collections.Counter()
    normal = flagged = count = 0
    for index, (study, text, majors) in enumerate(reports(args.xml)):
        count = index + 1
        mentions = tagger(Note(study, text)).mentions
        claims = [m for m in mentions if asserted(m) and m.label != "body_site"]
        said = frozenset(name for m in claims if (name := concept_of(m)))
        for major, heading in in_scope(majors, out):
            outcome = verdict(said, meaning_of(major, headings, concepts), families)
            outcomes[heading].append((index, outcome))
            if outcome == "missed" and args.missed > 0 and args.heading in (None, heading):
                args.missed -= 1
                show(study, major, text, mentions)
        passed_over.update(m.split("/")[0].strip() for m in majors if m.split("/")[0].strip() in out)
        if NORMAL in majors:
            normal += 1
            wrong = [m for m in claims if m.section != "indication" and m.label in PATHOLOGY]
            wrong = [m for m in wrong if concept_of(m) not in NO_PATHOLOGY]
            surplus.update({concept_of(m) or m.text for m in wrong})
            flagged += bool(wrong)
            if wrong and args.normal > 0:
                args.normal -= 1
                show(study, "normal", text, wrong)
    print(f"{count} reports; out of scope: {dict(passed_over)}")
    unknown = sorted(h for h in outcomes if not headings.get(h) and not by_name(h, concepts))
    print(f"in scope, but without a meaning, so always missed: {unknown}")
    print_table(outcomes, count)
    print(f"coded normal: {normal}, with an asserted finding or disorder {flagged} = {100 * flagged / normal:.1f} %")
    print("  ", ", ".join(f"{name} {times}" for name, times in surplus.most_common(40)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
