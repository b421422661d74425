"""Confidence of the cross-check, fitted on the Indiana University chest film collection.

Real contradictions are planted into reports and labels, harmless look-alikes into others, and every flag is counted as
right (it is about the planted mistake) or wrong. The rate of a kind is P(real | flag) by Bayes' rule at the stated base
rate of contradictions and share of look-alikes, with half a flag added to each count (Jeffreys prior); a doubt's factor
is the share of right flags among those that carry it over the share among those that do not, never above 1; it is
fitted on flags of a report against labels. Low flags of a report against itself are hints and are left out. ``--write``
puts the figures into the configuration; kinds without planted cases are left alone. The reliability table is made by
five-fold cross-validation over reports: fitted on four fifths, predicted on the rest.

usage: calibrate_confidence.py --xml DIR_OR_TGZ [--base-rate 0.002] [--look-alikes 0.1] [--real CXR1,CXR2]
                               [--write configs/crosscheck.toml]
--real: reports that a reader found to contradict themselves; they are left out.
"""

import argparse
import collections
import random
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import calibration_plants as plants
from calibration_plants import Case
from openi_sides import reports

from clinnote.crosscheck.engine import Knowledge, check_study, load_knowledge
from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.note import Note
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import find_home

FOLDS = 5
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.01)
WEIGHTY = 0.7
"""Flags with a doubt below this factor are left out of the rate of their kind; the factor speaks for them."""
LEAST = 0.2
"""No doubt lowers the confidence below this factor: few flags carry most doubts."""
INSIDE = ("side_internal",)
"""Kinds that need no label; their rate stands under [confidence], that of the others under [against_labels]."""
QUIET = ("labelled_not_mentioned",)
"""Kinds that claim no contradiction."""


@dataclass(frozen=True)
class Flag:
    """One conflict on one case: ``weight`` is how often such a case comes among all studies."""

    report: str
    kind: str
    doubts: frozenset[str]
    right: bool
    weight: float


@dataclass(frozen=True)
class Fit:
    """``rate`` by kind and ``factor`` by doubt."""

    rate: dict[str, float]
    factor: dict[str, float]

    def confidence(self, flag: Flag) -> float:
        """The product of the kind's rate and the factors of its doubts."""
        value = self.rate.get(flag.kind, 0.5)
        for doubt in flag.doubts:
            value *= self.factor.get(doubt, 1.0)
        return value


@dataclass(frozen=True)
class Mix:
    """How the cases stand for studies: how many were planted of each kind, how many contradict nothing, and how often
    a study holds a contradiction of a kind, or a look-alike."""

    planted: dict[str, float]
    clean: float
    look_alike: float
    base_rate: float
    look_alikes: float

    def weight(self, case: Case) -> float:
        """The share of all studies that one case stands for."""
        if case.kinds:
            return self.base_rate / self.planted[case.kinds[0]]
        if case.look_alike:
            return (1 - self.base_rate) * self.look_alikes / self.look_alike
        return (1 - self.base_rate) * (1 - self.look_alikes) / self.clean

    def part(self, share: float) -> "Mix":
        """The mix of a part of the reports; rates stay."""
        planted = {kind: count * share for kind, count in self.planted.items()}
        return replace(self, planted=planted, clean=self.clean * share, look_alike=self.look_alike * share)


def flags_of(case: Case, conflicts: Iterable[Conflict], knowledge: Knowledge, weight: float) -> Iterator[Flag]:
    """The conflicts of a case, judged: right when they name the planted label or words, or the planted kind."""
    by_words = {words: doubt for doubt, words in knowledge.rules.traps.items()}
    for conflict in conflicts:
        inside = not isinstance(conflict.image, ImageSide)
        if conflict.kind in QUIET or conflict.kind not in plants.KINDS:
            continue
        if inside and (conflict.kind not in INSIDE or conflict.severity == "low"):
            continue
        labels = {conflict.image.label_id} if isinstance(conflict.image, ImageSide) else set[str]()
        labels.update(conflict.metadata.get("other_labels", ()))
        said = [side for side in (conflict.text, conflict.image) if isinstance(side, TextSide)]
        about = any(side.start < end and start < side.end for side in said for start, end in case.words)
        told = frozenset(by_words[words] for words in conflict.could_be_false_because if words in by_words)
        doubts = told - knowledge.rules.inherent.get(conflict.kind, frozenset())
        right = bool(case.kinds) and conflict.kind in case.kinds and (about or bool(labels & case.labels))
        yield Flag(case.report, conflict.kind, doubts, right, weight)


def fit(flags: Sequence[Flag], mix: Mix) -> Fit:
    """Rates and factors from judged flags; the rate of a kind is that of its flags without a weighty doubt."""
    factor = {}
    for doubt in sorted({doubt for flag in flags for doubt in flag.doubts}):
        ratios = []
        for kind in sorted({flag.kind for flag in flags if doubt in flag.doubts}.difference(INSIDE)):
            own = [flag for flag in flags if flag.kind == kind]
            others = [flag for flag in own if doubt not in flag.doubts]
            given = [flag for flag in own if doubt in flag.doubts]
            if others:
                ratios.append((_share(given) / _share(others), len(given)))
        if ratios:
            mean = sum(ratio * count for ratio, count in ratios) / sum(count for _, count in ratios)
            factor[doubt] = min(1.0, max(LEAST, mean))
    weighty = {doubt for doubt, value in factor.items() if value < WEIGHTY}
    rate = {}
    for kind, cases in mix.planted.items():
        of_kind = [flag for flag in flags if flag.kind == kind]
        own = [flag for flag in of_kind if not flag.doubts & weighty] or of_kind
        hit = mix.base_rate * (sum(flag.right for flag in own) + 0.5) / (cases + 1)
        false = (1 - mix.base_rate) * 0.5 / (mix.clean + 1) + sum(flag.weight for flag in own if not flag.right)
        rate[kind] = hit / (hit + false)
    return Fit(rate, factor)


def _share(flags: Sequence[Flag]) -> float:
    """The share of right flags, weighted by how often their cases come, with half a flag added to either count."""
    unit = sum(flag.weight for flag in flags) / len(flags)
    right = sum(flag.weight for flag in flags if flag.right) + unit / 2
    wrong = sum(flag.weight for flag in flags if not flag.right) + unit / 2
    return right / (right + wrong)


def run(xml: str, base_rate: float, look_alikes: float, real: frozenset[str]) -> tuple[list[Flag], Mix]:
    """Judged flags of all cases, and how the cases stand for studies."""
    home = find_home()
    tagger, knowledge = load_tagger("radiology", None, home), load_knowledge(home)
    cases: list[Case] = []
    for report, text, majors in reports(xml):
        if report not in real:
            rng = random.Random(zlib.crc32(report.encode()))
            note = tagger(Note(report, text, study_id=report))
            cases.extend(plants.cases(note, plants.labels_of(report, majors), knowledge, rng))
    planted: collections.Counter[str] = collections.Counter()
    for case in cases:
        planted.update(case.kinds[:1])
    clean = [case for case in cases if not case.kinds]
    alike = sum(case.look_alike for case in clean)
    mix = Mix(dict(planted), len(clean) - alike, alike, base_rate, look_alikes)
    flags: list[Flag] = []
    for case in cases:
        note = case.note if case.text is None else tagger(Note(case.report, case.text, study_id=case.report))
        conflicts = check_study([note], case.image, knowledge).conflicts
        flags.extend(flags_of(case, conflicts, knowledge, mix.weight(case)))
    return flags, mix


def reliability(flags: Sequence[Flag], mix: Mix) -> list[str]:
    """Predicted against observed precision in bins of the prediction, by cross-validation over reports."""
    rows: list[tuple[float, Flag]] = []
    for fold in range(FOLDS):
        inside = [flag for flag in flags if zlib.crc32(flag.report.encode()) % FOLDS == fold]
        rest = [flag for flag in flags if zlib.crc32(flag.report.encode()) % FOLDS != fold]
        fitted = fit(rest, mix.part((FOLDS - 1) / FOLDS))
        rows.extend((fitted.confidence(flag), flag) for flag in inside)
    lines = ["| predicted | flags (right, wrong) | mean predicted | observed |", "|---|---|---|---|"]
    for low, high in pairwise(BINS):
        own = [(value, flag) for value, flag in rows if low <= value < high]
        if own:
            weight = sum(flag.weight for _, flag in own)
            mean = sum(value * flag.weight for value, flag in own) / weight
            seen = sum(flag.weight for _, flag in own if flag.right) / weight
            right = sum(flag.right for _, flag in own)
            counts = f"{len(own)} ({right}, {len(own) - right})"
            lines.append(f"| {low:.1f} to {min(high, 1):.1f} | {counts} | {mean:.2f} | {seen:.2f} |")
    return lines


def write(path: Path, fitted: Fit) -> None:
    """Replace the fitted figures in the configuration, line by line; everything else stays as it is."""
    section, lines = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        name = re.match(r"(\w+) = ", line)
        value = None
        if name and section in ("confidence", "against_labels"):
            wanted = (name[1] in INSIDE) == (section == "confidence")
            value = fitted.rate.get(name[1]) if wanted else None
        elif name and section == "doubt":
            value = fitted.factor.get(name[1])
        lines.append(line if name is None or value is None else f"{name[1]} = {value:.2f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Fit, print the figures and the reliability table, and write them where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--xml", required=True)
    parser.add_argument("--base-rate", type=float, default=1 / 500)
    parser.add_argument("--look-alikes", type=float, default=0.1)
    parser.add_argument("--real", default="")
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    flags, mix = run(given.xml, given.base_rate, given.look_alikes, frozenset(given.real.split(",")))
    fitted = fit(flags, mix)
    print(f"{mix.clean} reports as they are, {mix.look_alike} look-alikes, {sum(mix.planted.values())} contradictions")
    print(f"assumed: {given.base_rate:g} of studies contradict in a kind, {given.look_alikes:g} hold a look-alike")
    print("| kind | planted | right | wrong | confidence |\n|---|---|---|---|---|")
    for kind, cases in sorted(mix.planted.items()):
        own = [flag for flag in flags if flag.kind == kind]
        right = sum(flag.right for flag in own)
        print(f"| `{kind}` | {cases} | {right} | {len(own) - right} | {fitted.rate[kind]:.2f} |")
    print("\n| doubt | flags | factor |\n|---|---|---|")
    for doubt, value in sorted(fitted.factor.items()):
        print(f"| `{doubt}` | {sum(doubt in flag.doubts for flag in flags)} | {value:.2f} |")
    print("\n" + "\n".join(reliability(flags, mix)))
    if given.write:
        write(given.write, fitted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
