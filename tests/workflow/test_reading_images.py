"""``images`` over folders: the same bytes for any number of processes, and for a run that was cut off and goes on."""

import os
import shutil

import pytest

from clinnote.errors import RecordError
from clinnote.settings import find_home
from clinnote.workflow import imaging
from clinnote.workflow.imaging import read_images

HOME = find_home()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Ten files in chunks of two: tables, a FHIR study before and after what refers to it, one broken, one twice."""
    monkeypatch.setattr(imaging, "_MOST_FILES", 2)
    made = tmp_path / "in"
    made.mkdir()
    for number in range(6):
        (made / f"c{number}.csv").write_text(f"study_id,finding,laterality\ns{number},Mass,left\n")
    (made / "a.csv").write_text("study_id,finding,laterality\ns1,Nodule\n")
    shutil.copy(made / "c3.csv", made / "d.csv")
    (made / "b.ndjson").write_text(
        '{"resourceType": "Observation", "id": "o", "code": {"text": "Nodule"}, "status": "final",'
        ' "bodySite": {"text": "left lung"}, "derivedFrom": [{"reference": "ImagingStudy/i"}]}\n'
    )
    (made / "z.ndjson").write_text(
        '{"resourceType": "ImagingStudy", "id": "i", "identifier": [{"value": "urn:oid:2.25.5"}]}\n'
    )
    return made


def interrupted_after(count):
    def progress(chunks):
        for number, chunk in enumerate(chunks):
            if number == count:
                raise KeyboardInterrupt
            yield chunk

    return progress


def outputs(out):
    return out.read_bytes(), out.with_name(out.stem + ".rejects.jsonl").read_bytes()


@pytest.fixture
def whole(folder, tmp_path):
    out = tmp_path / "whole.jsonl"
    read_images([folder], out, HOME)
    return outputs(out)


def test_any_number_of_processes_gives_the_same_bytes(folder, tmp_path, whole):
    out = tmp_path / "two.jsonl"
    read_images([folder], out, HOME, jobs=2)
    assert outputs(out) == whole


@pytest.mark.parametrize(("done", "jobs"), [(1, 1), (3, 1), (2, 2)])
def test_a_run_that_was_cut_off_goes_on(folder, tmp_path, whole, done, jobs):
    out = tmp_path / "cut.jsonl"
    with pytest.raises(KeyboardInterrupt):
        read_images([folder], out, HOME, progress=interrupted_after(done))
    assert not out.exists()
    summary = read_images([folder], out, HOME, jobs=jobs)
    assert summary.resumed == 2 * done
    assert outputs(out) == whole
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("cut")) == [
        "cut.jsonl",
        "cut.rejects.jsonl",
    ]


def test_the_working_files_in_the_folder_itself_are_not_read(folder, whole):
    out = folder / "labels.jsonl"
    with pytest.raises(KeyboardInterrupt):
        read_images([folder], out, HOME, progress=interrupted_after(2))
    assert read_images([folder], out, HOME).resumed == 4
    assert outputs(out) == whole


def test_files_that_changed_since_are_read_again(folder, tmp_path):
    out = tmp_path / "changed.jsonl"
    with pytest.raises(KeyboardInterrupt):
        read_images([folder], out, HOME, progress=interrupted_after(4))
    (folder / "c1.csv").write_text("study_id,finding,laterality\ns1,Mass,right\n")
    os.utime(folder / "c1.csv", ns=(1, 1))
    summary = read_images([folder], out, HOME)
    assert summary.resumed == 2
    assert b'"right"' in out.read_bytes()


def test_fresh_begins_anew(folder, tmp_path, whole):
    out = tmp_path / "fresh.jsonl"
    with pytest.raises(KeyboardInterrupt):
        read_images([folder], out, HOME, progress=interrupted_after(3))
    assert read_images([folder], out, HOME, fresh=True).resumed == 0
    assert outputs(out) == whole


def test_strict_stops_at_a_broken_file_and_leaves_nothing(folder, tmp_path):
    (folder / "e.dcm").write_bytes(b"no DICOM")
    out = tmp_path / "strict.jsonl"
    with pytest.raises(RecordError, match=r"e\.dcm"):
        read_images([folder], out, HOME, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_observation_finds_its_study_in_a_later_file(folder, tmp_path):
    out = tmp_path / "links.jsonl"
    read_images([folder], out, HOME)
    (line,) = (line for line in out.read_text().splitlines() if '"fhir"' in line)
    assert '"study_id":"2.25.5"' in line.replace(": ", ":")
