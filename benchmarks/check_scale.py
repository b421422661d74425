"""Time and memory of 'clinnote check' and 'clinnote images' as the number of studies grows, as Markdown tables.

usage: check_scale.py [--studies 1000 10000 100000] [--jobs 1] [--work DIR] [--only raw tagged images] [--images 20000]

Synthetic chest reports (some 500 characters, sentences drawn at random, no two alike) with two or three labels each;
one study in a hundred has a side exchanged. 'raw' tags and compares, 'tagged' compares what 'clinnote tag' made, which
is not counted. 'images' reads a folder of that many small structured reports. Every run is a process of its own; CPU
is its user and system time with its children's, memory the largest resident set of one process.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLINNOTE = str(Path(sys.executable).with_name("clinnote"))
SIDES = ("left", "right")
FINDINGS = {
    "pleural effusion": ("Small", "Moderate", "Large", "Trace"),
    "pneumothorax": ("Small", "Apical", "Tiny", "Moderate"),
    "consolidation": ("Dense", "Patchy", "New", "Focal"),
    "nodule": ("Solid", "Calcified", "Part-solid", "Spiculated"),
    "rib fracture": ("Displaced", "Nondisplaced", "Healing", "Acute"),
    "atelectasis": ("Linear", "Subsegmental", "Mild", "Basilar"),
}
QUIET = (
    "The heart is normal in size.",
    "Mediastinal contours are unremarkable.",
    "No acute osseous abnormality.",
    "The trachea is midline.",
    "No free air beneath the diaphragm.",
    "Pulmonary vascularity is within normal limits.",
    "Degenerative changes of the thoracic spine.",
    "The endotracheal tube ends {n} cm above the carina.",
    "Comparison is made with the film {n} months earlier.",
    "There is no cardiomegaly.",
)


def report(draw: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """A report, and the (finding, side) pairs that it affirms."""
    facts = [(finding, draw.choice(SIDES)) for finding in draw.sample(list(FINDINGS), draw.choice((2, 2, 3)))]
    said = [
        f"{draw.choice(FINDINGS[finding])} {side} {finding}, {draw.randint(3, 90)} mm."
        if finding == "nodule"
        else f"{draw.choice(FINDINGS[finding])} {side} {finding}."
        for finding, side in facts
    ]
    rest = [sentence.format(n=draw.randint(2, 30)) for sentence in draw.sample(QUIET, 5)]
    findings = said + rest
    draw.shuffle(findings)
    impression = " ".join(
        f"{number}. {side.capitalize()} {finding}." for number, (finding, side) in enumerate(facts, 1)
    )
    indication = f"Patient of {draw.randint(20, 95)} years with cough for {draw.randint(2, 20)} days."
    return f"INDICATION: {indication}\n\nFINDINGS: {' '.join(findings)}\n\nIMPRESSION: {impression}\n", facts


def studies(count: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Notes with their labels."""
    draw = random.Random(2024)
    for number in range(count):
        text, facts = report(draw)
        study = f"1.2.840.99999.{number}"
        flipped = draw.randrange(len(facts)) if number % 100 == 50 else None
        labels = [
            {
                "label_id": f"{study}.{at}",
                "study_id": study,
                "finding": {"text": finding},
                "sides": {"values": [SIDES[1 - SIDES.index(side)] if at == flipped else side], "basis": "code"},
                "source": {"format": "csv", "file": "labels.csv", "pointer": f"{number}.{at}"},
            }
            for at, (finding, side) in enumerate(facts)
        ]
        yield {"note_id": f"note-{number}", "study_id": study, "text": text}, labels


def write(count: int, folder: Path) -> tuple[Path, Path]:
    """Notes and labels of that many studies, the labels in another order."""
    notes, labels = folder / f"notes-{count}.jsonl", folder / f"labels-{count}.jsonl"
    every: list[str] = []
    with notes.open("w") as stream:
        for note, own in studies(count):
            stream.write(json.dumps(note) + "\n")
            every.extend(json.dumps(label) + "\n" for label in own)
    random.Random(7).shuffle(every)
    labels.write_text("".join(every))
    return notes, labels


def write_images(count: int, folder: Path) -> Path:
    """Small structured reports: one made with highdicom, the others with its UIDs changed."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demo"))
    from demo_dicom import study_files

    draw = random.Random(1)
    study = {
        "patient": "P",
        "sex": "F",
        "age": "060Y",
        "date": "2024-05-01",
        "description": "CT",
        "images": [{"modality": "CT", "body_part": "CHEST"}],
        "sr": [{"finding": "Nodule", "site": "Lung", "side": "Left", "size_mm": 8}],
    }
    made = study_files(1, study)["sr.dcm"]
    for number in range(count):
        made.StudyInstanceUID, made.SeriesInstanceUID = f"1.2.{number}", f"1.2.{number}.1"
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.{number}.1.1"
        place = folder / f"images-{count}" / f"{number // 500:03}" / f"{draw.randrange(10**12):012}.dcm"
        place.parent.mkdir(parents=True, exist_ok=True)
        made.save_as(place, enforce_file_format=True)
    return folder / f"images-{count}"


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall: float
    cpu: float
    megabytes: float
    said: str


def run(*arguments: str | Path) -> Cost:
    """Run clinnote and wait for it."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen([CLINNOTE, *map(str, arguments)], stderr=told)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        told.seek(0)
        said = told.read().decode()
    if process.returncode not in (0, 1):
        raise SystemExit(f"clinnote {arguments[0]} ended with {process.returncode}: {said[-500:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def row(what: str, count: int, size: int, cost: Cost, found: str) -> None:
    """One row of the table."""
    cells = f"{cost.wall:,.0f} | {cost.cpu:,.0f} | {1000 * cost.cpu / count:.2f} | {cost.megabytes:,.0f} | {found}"
    print(f"| {what} | {count:,} | {size / 2**20:,.0f} | {cells} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--only", nargs="*", choices=("raw", "tagged", "images"), default=["raw", "tagged", "images"])
    asked = parser.parse_args()
    print("| run | studies | input MB | wall s | CPU s | CPU ms a study | peak MB | found |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        folder, jobs = Path(name), ("--jobs", str(asked.jobs))
        for count in asked.studies if {"raw", "tagged"} & set(asked.only) else ():
            notes, labels = write(count, folder)
            checks = {"raw": notes}
            if "tagged" in asked.only:
                checks["tagged"] = folder / f"tagged-{count}.jsonl"
                run("tag", notes, "-o", checks["tagged"], "--pipeline", "radiology", *jobs)
            for what in (what for what in checks if what in asked.only):
                cost = run("check", "--notes", checks[what], "--labels", labels, "-o", folder / "out.jsonl", *jobs)
                found = next(line for line in cost.said.splitlines() if "contradictions" in line)
                row(f"check, {what} notes", count, checks[what].stat().st_size + labels.stat().st_size, cost, found)
            for path in folder.glob("*.jsonl"):
                path.unlink()
        if "images" in asked.only:
            place = write_images(asked.images, folder)
            cost = run("images", place, "-o", folder / "labels.jsonl")
            size = sum(path.stat().st_size for path in place.rglob("*.dcm"))
            row("images, SR files", asked.images, size, cost, cost.said.splitlines()[-1].split(" ->")[0])


if __name__ == "__main__":
    main()
