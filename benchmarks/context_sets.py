"""Negation, certainty, time and experiencer on human annotations with given targets, beside medspaCy in the same run.

usage: context_sets.py [--data DIR] [--peer-python PYTHON] [--only e3c maccrobat kit] [--labels LABEL ...]
                        [--attribute NAME] [--errors N]

Every system gets the same texts and the same target spans; only what it says about them is scored. clinnote runs as
``clinnote tag --given --pipeline general``, medspaCy through ``context_peer.py`` under PYTHON, an interpreter that
has it (or the one that CLINNOTE_PEER_PYTHON names). Intervals are 95 % bootstrap intervals over notes (1,000 samples,
seed 0). --errors prints that many of clinnote's errors per attribute with their text: for reading at the desk, never
for a log.

Gold, and why:

e3c        Targets: every EVENT. negated: polarity NEG. hypothetical: contextualModality HYPOTHETICAL-IF or -OTHER; an
           event that is only AFTER the document's time is left out. uncertain: contextualModality HEDGED. GENERIC has
           no counterpart and is not scored; nor is docTimeRel BEFORE, which nearly all events of a case report are.
maccrobat  Targets: signs and symptoms, disorders, procedures, medications and activities; several stretches count as
           one from the first to the last. negated: POLARITY NEG; MAYBE_NEG is between yes and no and is left out.
           uncertain: UNCERTAIN, MAYBE_POS or MAYBE_NEG; negated targets are left out. historical: the target lies in
           a History span; family: in a Family_history span, which is left out for historical. A History or
           Family_history span with no target inside ("He was a [smoker]") is a target itself, for these two alone,
           since its polarity was not annotated.
kit        Targets: the phrase in capitals of every sentence, as measure/context_kit.py reads them. negated: Negated.
           historical: Historical. hypothetical: Not particular. family: experiencer is not Patient.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clinnote.errors import Reject
from clinnote.model.mention import Mention, TaggedNote
from clinnote.ontology.gold_map import load_gold_map
from clinnote.quality.intervals import Estimate, Score, scores
from clinnote.settings import find_home
from clinnote.sources.brat import read_brat
from clinnote.sources.xmi import read_xmi

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("negated", "uncertain", "historical", "hypothetical", "family")
TARGET_LABELS = ("finding", "disorder", "procedure", "medication", "activity")
PEERS = {"medspaCy, PyRuSH": "medspacy", "medspaCy, sentencizer": "sentencizer"}


@dataclass(frozen=True)
class Target:
    """A span and, for each flag that the corpus decides, whether it holds."""

    start: int
    end: int
    gold: Mapping[str, bool]
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """One text with its targets."""

    note_id: str
    text: str
    targets: tuple[Target, ...]


def notes_of(found: Iterator[object]) -> Iterator[TaggedNote]:
    for item in found:
        if isinstance(item, Reject):
            sys.exit(f"{item.file}:{item.line}: {item.message}")
        yield item.record


def e3c(data: Path) -> list[Case]:
    rules = load_gold_map(find_home().configs, "xmi")
    files = sorted((data / "e3c-dev").glob("*.xml"))
    notes = [note for file in files for note in notes_of(read_xmi(file, file.stem, rules))]
    return [Case(n.note_id, n.text, merged(e3c_target(m) for m in n.mentions if m.label == "event")) for n in notes]


def e3c_target(mention: Mention) -> Target:
    gold = {"negated": mention.polarity == "negated", "uncertain": mention.certainty != "definite"}
    if mention.temporality != "future":
        gold["hypothetical"] = mention.temporality == "hypothetical"
    return Target(mention.start, mention.end, gold, frozenset({mention.label}))


def maccrobat(data: Path) -> list[Case]:
    rules = load_gold_map(find_home().configs, "brat")
    rules = replace(rules, labels={**rules.labels, "History": "history", "Family_history": "family_history"})
    files = sorted((data / "maccrobat-dev").glob("*.txt"))
    notes = [note for file in files for note in notes_of(read_brat(file, file.stem, rules))]
    return [Case(n.note_id, n.text, merged(maccrobat_targets(n.mentions))) for n in notes]


def maccrobat_targets(mentions: Sequence[Mention]) -> Iterator[Target]:
    events = [m for m in mentions if m.label in TARGET_LABELS]
    for event in events:
        inside = event.metadata.get("inside", ())
        gold = {"family": "Family_history" in inside}
        if not gold["family"]:
            gold["historical"] = "History" in inside
        if event.certainty != "unlikely":
            gold["negated"] = event.polarity == "negated"
        if event.polarity != "negated":
            gold["uncertain"] = event.certainty != "definite"
        yield Target(event.start, event.end, gold, frozenset({event.label}))
    for span in mentions:
        if span.label not in ("history", "family_history"):
            continue
        if not any(span.start <= event.start and event.end <= span.end for event in events):
            family = span.label == "family_history"
            gold = {"family": True} if family else {"family": False, "historical": True}
            yield Target(span.start, span.end, gold, frozenset({span.label}))


def merged(targets: Iterator[Target]) -> tuple[Target, ...]:
    """One target for each span; what one of its annotations says holds."""
    spans: dict[tuple[int, int], Target] = {}
    for target in targets:
        old = spans.get((target.start, target.end), Target(target.start, target.end, {}))
        gold = {flag: old.gold.get(flag, False) or holds for flag, holds in target.gold.items()}
        spans[old.start, old.end] = Target(old.start, old.end, {**old.gold, **gold}, old.labels | target.labels)
    return tuple(target for _, target in sorted(spans.items(), key=lambda item: item[0]))


def kit(data: Path) -> list[Case]:
    cases = []
    for number, line in enumerate((data / "negex/context-kit-half0.tsv").read_text("utf-8", "replace").split("\n")):
        cells = line.rstrip("\r").split("\t")
        if len(cells) != 7:
            continue
        phrase, text = (re.sub(r"\s+", " ", cell).strip() for cell in cells[2:4])
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('""', '"').strip()
        phrase = phrase.strip('"').strip()
        start = text.find(phrase.upper())
        start = start if start >= 0 else text.lower().find(phrase.lower())
        half = int(hashlib.md5(text.lower().encode()).hexdigest(), 16) % 2
        if start >= 0 and half == 0:
            negation, time, person = (cell.strip() for cell in cells[4:])
            gold = {"negated": negation == "Negated", "historical": time == "Historical"}
            gold |= {"hypothetical": time == "Not particular", "family": person != "Patient"}
            cases.append(Case(str(number), text, (Target(start, start + len(phrase), gold),)))
    return cases


SETS = {"e3c": e3c, "maccrobat": maccrobat, "kit": kit}
Said = list[list[dict[str, bool]]]
"""For every case and target, the flags a system gave it."""


def write_given(cases: Sequence[Case], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        for case in cases:
            given = [{"start": t.start, "end": t.end, "label": "finding"} for t in case.targets]
            out.write(json.dumps({"note_id": case.note_id, "text": case.text, "mentions": given}) + "\n")


def ask_clinnote(cases: Sequence[Case], folder: Path) -> Said:
    command = [Path(sys.executable).with_name("clinnote"), "tag", folder / "in.jsonl", "-o", folder / "own.jsonl"]
    subprocess.run([*command, "--given", "--pipeline", "general"], check=True, stdout=subprocess.DEVNULL)
    notes = [json.loads(line) for line in (folder / "own.jsonl").read_text("utf-8").splitlines()]
    if [note["note_id"] for note in notes] != [case.note_id for case in cases]:
        sys.exit("clinnote did not answer every note")
    return [[own_flags(mention) for mention in note["mentions"]] for note in notes]


def own_flags(mention: Mapping[str, str]) -> dict[str, bool]:
    return {
        "negated": mention["polarity"] == "negated",
        "uncertain": mention["certainty"] != "definite",
        "historical": mention["temporality"] == "historical",
        "hypothetical": mention["temporality"] in ("hypothetical", "future"),
        "family": mention["experiencer"] != "patient",
    }


def ask_peer(python: str, kind: str, folder: Path) -> Said:
    command = [python, ROOT / "benchmarks/context_peer.py", kind, folder / "in.jsonl", folder / f"{kind}.jsonl"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line)["said"] for line in (folder / f"{kind}.jsonl").read_text("utf-8").splitlines()]


def judge(cases: Sequence[Case], said: Said) -> dict[str, Score]:
    flags = [flag for flag in FLAGS if any(flag in t.gold for case in cases for t in case.targets)]
    counts = []
    for flag in flags:
        row = []
        for case, answers in zip(cases, said, strict=True):
            pairs = [(t.gold[flag], a[flag]) for t, a in zip(case.targets, answers, strict=True) if flag in t.gold]
            row.append(tuple(sum(pair == wanted for pair in pairs) for wanted in ((1, 1), (0, 1), (1, 0))))
        counts.append(row)
    return dict(zip(flags, scores(counts), strict=True))


def only(cases: Sequence[Case], labels: Sequence[str]) -> list[Case]:
    """The cases with their targets of other labels undecided: still given to every system, but not scored."""
    return [
        replace(case, targets=tuple(t if t.labels & {*labels} else replace(t, gold={}) for t in case.targets))
        for case in cases
    ]


def shown(share: Estimate) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "none".ljust(20)
    return f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"


def print_errors(cases: Sequence[Case], said: Said, flag: str, count: int) -> None:
    for case, answers in zip(cases, said, strict=True):
        for target, answer in zip(case.targets, answers, strict=True):
            if flag in target.gold and target.gold[flag] != answer[flag] and count > 0:
                count -= 1
                before, after = case.text[max(0, target.start - 100) : target.start], case.text[target.end :][:60]
                line = f"{before}[[{case.text[target.start : target.end]}]]{after}".replace("\n", " ⏎ ")
                print(f"    {'missed' if target.gold[flag] else 'wrong '} {case.note_id:>10} …{line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument(
        "--peer-python",
        default=os.environ.get("CLINNOTE_PEER_PYTHON"),
        help="an interpreter that has medspaCy (default: CLINNOTE_PEER_PYTHON); without it clinnote is scored alone",
    )
    parser.add_argument("--only", nargs="*", choices=list(SETS), default=list(SETS))
    parser.add_argument("--labels", nargs="*", help="score only targets of these labels (finding, disorder ...)")
    parser.add_argument("--errors", type=int, default=0, help="print so many of clinnote's errors per attribute")
    parser.add_argument("--attribute", choices=FLAGS, help="only this attribute")
    arguments = parser.parse_args()
    for name in arguments.only:
        cases = SETS[name](arguments.data)
        cases = only(cases, arguments.labels) if arguments.labels else cases
        targets = [target for case in cases for target in case.targets]
        print(f"== {name}: {len(cases)} texts, {len(targets)} targets")
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            write_given(cases, folder / "in.jsonl")
            own = ask_clinnote(cases, folder)
            answers = {"clinnote": own}
            if arguments.peer_python:
                answers |= {peer: ask_peer(arguments.peer_python, kind, folder) for peer, kind in PEERS.items()}
        judged = {system: judge(cases, said) for system, said in answers.items()}
        for flag in judged["clinnote"]:
            if arguments.attribute not in (None, flag):
                continue
            for system, by_flag in judged.items():
                s = by_flag[flag]
                print(f"{flag:13}{system:24} P {shown(s.precision)}  R {shown(s.recall)}  F1 {shown(s.f1)}", end="")
                print(f"  tp {s.tp} fp {s.fp} fn {s.fn}")
            print_errors(cases, own, flag, arguments.errors)
    return 0


if __name__ == "__main__":
    sys.exit(main())
