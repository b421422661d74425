"""Make demo/notes, demo/labels and demo/expected.tsv from demo/source. The same source always gives the same bytes.

Usage: python demo/make_demo.py [OUT]   (OUT: folder to write to, default: the folder of this script)
"""

import base64
import csv
import json
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

from demo_dicom import study_files, study_uid

HERE = Path(__file__).parent
NEWLINES = {"lf": "\n", "crlf": "\r\n"}
BOX_COLUMNS = (
    "study_id",
    "image_id",
    "finding",
    "x",
    "y",
    "width",
    "height",
    "image_width",
    "image_height",
    "orientation",
    "view",
)


def report_text(entry: dict[str, Any]) -> str:
    """The report of a study with the line ends it is to have."""
    text = (HERE / "source" / f"{entry['slug']}.txt").read_text(encoding="utf-8")
    return text.replace("\n", NEWLINES[entry.get("newline", "lf")])


def note_of(index: int, study: dict[str, Any]) -> dict[str, Any]:
    return {
        "note_id": study["slug"],
        "text": report_text(study),
        "patient_id": study["patient"],
        "study_id": study_uid(index),
        "note_type": "radiology report",
        "date": study["date"],
        "metadata": {"sex": study["sex"], "age": study["age"], "study_description": study["description"]},
    }


def diagnostic_report(note: dict[str, Any]) -> dict[str, Any]:
    """The note as a FHIR R4 DiagnosticReport with its text as an attachment."""
    return {
        "resourceType": "DiagnosticReport",
        "id": note["note_id"],
        "status": "final",
        "code": {"text": note["metadata"]["study_description"]},
        "subject": {"reference": f"Patient/{note['patient_id']}", "identifier": {"value": note["patient_id"]}},
        "effectiveDateTime": note["date"],
        "imagingStudy": [
            {
                "reference": f"ImagingStudy/{note['study_id']}",
                "identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{note['study_id']}"},
            }
        ],
        "presentedForm": [
            {
                "contentType": "text/plain; charset=utf-8",
                "data": base64.b64encode(note["text"].encode()).decode(),
            }
        ],
    }


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def json_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def write_notes(studies: list[dict[str, Any]], clinical: list[dict[str, Any]], out: Path) -> None:
    by_file: dict[str, list[dict[str, Any]]] = {}
    for index, study in enumerate(studies, start=1):
        by_file.setdefault(study["note"], []).append(note_of(index, study))
    write_text(out / "notes.jsonl", json_lines(by_file["notes.jsonl"]))
    reports = [diagnostic_report(note) for note in by_file["diagnostic_reports.ndjson"]]
    write_text(out / "diagnostic_reports.ndjson", json_lines(reports))
    columns = ("note_id", "text", "patient_id", "study_id", "note_type", "date")
    write_csv(out / "reports.csv", columns, by_file["reports.csv"])
    for entry in clinical:
        write_text(out / "clinical" / f"{entry['slug']}.txt", report_text(entry))


def write_labels(studies: list[dict[str, Any]], out: Path) -> None:
    boxes: list[dict[str, Any]] = []
    for index, study in enumerate(studies, start=1):
        folder = out / study["slug"]
        folder.mkdir(parents=True, exist_ok=True)
        files = study_files(index, study)
        for name, dataset in files.items():
            dataset.save_as(folder / name, enforce_file_format=True)
        for box in study.get("boxes", ()):
            image = study["images"][0]
            place = dict(zip(("x", "y", "width", "height"), box["box"], strict=True))
            boxes.append(
                {
                    "study_id": study_uid(index),
                    "image_id": files["image-1.dcm"].SOPInstanceUID,
                    "finding": box["finding"],
                    **place,
                    "image_width": 256,
                    "image_height": 256,
                    "orientation": image["orientation"],
                    "view": image["view"],
                }
            )
    write_csv(out / "boxes.csv", BOX_COLUMNS, boxes)


def main(out: Path) -> None:
    source = tomllib.loads((HERE / "source" / "studies.toml").read_text(encoding="utf-8"))
    studies = source["study"]
    for name in ("notes", "labels"):
        shutil.rmtree(out / name, ignore_errors=True)
    write_notes(studies, source["clinical"], out / "notes")
    write_labels(studies, out / "labels")
    expected = [
        {"study": study["slug"], "study_id": study_uid(index), "kind": study["kind"], "why": study["why"]}
        for index, study in enumerate(studies, start=1)
    ]
    write_csv(out / "expected.tsv", ("study", "study_id", "kind", "why"), expected, delimiter="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
