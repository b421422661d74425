import base64
import csv
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from clinnote.model.conflict import KINDS

DEMO = Path(__file__).parents[2] / "demo"
MADE = ("notes", "labels", "expected.tsv")


def files_under(root: Path) -> dict[str, bytes]:
    tops = [root / name for name in MADE]
    found = [path for top in tops for path in ([top] if top.is_file() else sorted(top.rglob("*"))) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def note_texts() -> dict[str, str]:
    lines = (DEMO / "notes" / "notes.jsonl").read_text(encoding="utf-8").split("\n")
    texts = {note["note_id"]: note["text"] for note in map(json.loads, filter(None, lines))}
    with (DEMO / "notes" / "reports.csv").open(encoding="utf-8", newline="") as table:
        texts |= {row["note_id"]: row["text"] for row in csv.DictReader(table)}
    for line in (DEMO / "notes" / "diagnostic_reports.ndjson").read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        texts[report["id"]] = base64.b64decode(report["presentedForm"][0]["data"]).decode()
    for path in (DEMO / "notes" / "clinical").glob("*.txt"):
        texts[path.stem] = path.read_bytes().decode()
    return texts


def expected() -> list[dict[str, str]]:
    with (DEMO / "expected.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    subprocess.run([sys.executable, "-B", DEMO / "make_demo.py", out], check=True, capture_output=True, cwd=out)
    return out


def test_making_the_demo_again_gives_the_same_bytes(made_again: Path) -> None:
    kept, new = files_under(DEMO), files_under(made_again)
    assert set(kept) == set(new)
    assert [name for name in kept if kept[name] != new[name]] == []


def test_the_demo_stays_below_one_megabyte() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 1_000_000


@pytest.mark.parametrize("row", expected(), ids=lambda row: row["study"])
def test_every_expected_study_has_a_note_and_labels(row: dict[str, str]) -> None:
    assert row["study"] in note_texts()
    assert list((DEMO / "labels" / row["study"]).glob("*.dcm"))
    assert row["kind"] in (*KINDS, "none")
    assert row["why"]


def test_most_studies_hold_no_contradiction_and_nine_kinds_are_planted() -> None:
    kinds = [row["kind"] for row in expected()]
    assert len(kinds) >= 14
    assert kinds.count("none") > len(kinds) / 2
    assert set(kinds) - {"none"} == {
        "side_opposite",
        "side_subset",
        "side_internal",
        "site_mismatch",
        "negated_but_labelled",
        "body_part_mismatch",
        "identity",
    }


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("s03-chest-ct", "agressive"),
        ("s12-mammogram", "recomended"),
        ("discharge-summary", "recieved"),
        ("progress-note", "tommorow"),
        ("s05-abdomen-ct", "lower pole, 3.2 cm. No hydronephrosis"),
        ("ed-note", "R ankle pain\r\n"),
        ("ed-note", "\N{THUMBS UP SIGN}"),
        ("s18-pelvis-ct", "\N{BLACK TELEPHONE}"),
        ("s20-chest-cta", "\N{WARNING SIGN}"),
        ("s20-chest-cta", "Sjo\N{COMBINING DIAERESIS}gren"),
        ("s02-chest-portable", "right greater than left"),
        ("s16-chest-xray", "PATCHY CONSOLIDATION IN THE RIGHT LOWER LOBE"),
    ],
)
def test_the_notes_hold_the_promised_oddities(note: str, words: str) -> None:
    assert words in note_texts()[note]


def test_a_crlf_note_has_no_bare_line_feed() -> None:
    text = note_texts()["s05-abdomen-ct"]
    assert text.count("\n") == text.count("\r\n") > 10


def test_the_combining_character_is_not_composed() -> None:
    text = note_texts()["s20-chest-cta"]
    assert unicodedata.normalize("NFC", text) != text


def test_notes_and_labels_are_linked_by_one_study_uid() -> None:
    pydicom = pytest.importorskip("pydicom")
    for row in expected():
        for path in (DEMO / "labels" / row["study"]).glob("*.dcm"):
            header = pydicom.dcmread(path, stop_before_pixels=True)
            assert row["study_id"] == header.StudyInstanceUID
            assert header.StudyInstanceUID.startswith("2.25.")


def test_the_structured_reports_and_segmentations_are_read_by_highdicom() -> None:
    hd = pytest.importorskip("highdicom")
    reports = sorted((DEMO / "labels").glob("*/sr.dcm"))
    segmentations = sorted((DEMO / "labels").glob("*/seg.dcm"))
    assert len(reports) >= 8
    assert len(segmentations) >= 4
    for path in reports:
        groups = hd.sr.srread(path).content.get_image_measurement_groups()
        assert all(group.finding_sites[0].laterality is not None for group in groups)
    for path in segmentations:
        segmentation = hd.seg.segread(path)
        volume = segmentation.get_volume(combine_segments=False)
        centre = np.argwhere(volume.array[..., 0] > 0).mean(axis=0)
        x = (volume.affine @ [*centre, 1])[0]
        region = segmentation.get_segment_description(1).AnatomicRegionSequence[0]
        assert ("Left" if x > 0 else "Right") == region.AnatomicRegionModifierSequence[0].CodeMeaning
