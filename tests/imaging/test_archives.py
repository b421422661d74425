"""Archives are read member by member; what can't or must not be read is named, the rest is done."""

import gzip
import io
import json
import stat
import tarfile
import zipfile

import nibabel as nib
import numpy as np
import pytest
from imaging_objects import dx

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels
from clinnote.imaging.table_rules import load_table_rules
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home

CSV = b"study_id,finding,laterality\ns1,Mass,left\n"
DICOM = dx(ImageLaterality="R", BodyPartExamined="KNEE")


def zipped(members, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members, mode="w:gz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def split(found):
    found = list(found)
    return [x for x in found if isinstance(x, ImageLabel)], [x for x in found if isinstance(x, Reject)]


MEMBERS = [("b/one.dcm", DICOM), ("a.csv", CSV), ("b/readme.txt", b"hello"), ("thumb.png", b"\x89PNG\0\0")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", zipped(MEMBERS)),
        ("x.bin", zipped(MEMBERS, zipfile.ZIP_STORED)),
        ("x.tar", tarred(MEMBERS, "w")),
        ("x.tgz", tarred(MEMBERS)),
        ("x.tar.gz", tarred(MEMBERS)),
        ("x.tar.bz2", tarred(MEMBERS, "w:bz2")),
        ("x.tar.xz", tarred(MEMBERS, "w:xz")),
    ],
)
def test_members_are_read_like_files(read_file, name, data):
    labels, rejects = split(read_file(name, data))
    assert {x.source.file.rpartition("/")[2] if "!/b/" not in x.source.file else "b/one.dcm" for x in labels} == {
        "a.csv", "b/one.dcm",
    }  # fmt: skip
    assert all(f"/{name}!/" in x.source.file for x in labels)
    assert sorted(x.sides.values for x in labels) == [("left",), ("right",)]
    assert {(x.reason, x.skipped) for x in rejects} == {("unsupported_file", True)}


def test_a_second_run_gives_the_same(read_file):
    data = zipped(MEMBERS)
    assert read_file("x.zip", data) == read_file("x.zip", data)


def test_the_order_of_a_zip_does_not_matter(read_file):
    first = read_file("x.zip", zipped(MEMBERS))
    assert read_file("x.zip", zipped(MEMBERS[::-1])) == first


def test_a_truncated_zip_is_named_and_the_folder_goes_on(tmp_path, home):
    (tmp_path / "a.zip").write_bytes(zipped(MEMBERS)[:-60])
    (tmp_path / "b.csv").write_bytes(CSV)
    labels, rejects = split(read_image_labels([tmp_path], home))
    assert len(labels) == 1
    assert [(x.reason, x.skipped) for x in rejects] == [("damaged_archive", False)]


def test_a_damaged_member_is_named_and_the_rest_read(read_file):
    data = bytearray(
        zipped([("a.csv", CSV), ("b.csv", b"study_id,finding\n" + b"q,Nodule\n" * 20)], zipfile.ZIP_STORED)
    )
    data[data.index(b"s1,Mass")] ^= 1
    labels, rejects = split(read_file("x.zip", bytes(data)))
    assert [x.reason for x in rejects if not x.skipped] == ["damaged_member"]
    assert [x.finding.text for x in labels] == ["Nodule"]


def test_a_truncated_tar_gives_what_stands_before_the_cut(read_file):
    data = tarred([("a.csv", CSV), ("b.csv", CSV * 2000)], "w")
    labels, rejects = split(read_file("x.tar", data[:4000]))
    assert len(labels) == 1
    assert {x.reason for x in rejects} <= {"damaged_member", "damaged_archive"}
    assert rejects


def test_a_truncated_gzip(read_file):
    labels, rejects = split(read_file("x.tgz", tarred(MEMBERS)[:-30]))
    assert rejects[-1].reason in ("damaged_archive", "unreadable_file")
    assert len(labels) <= 2


@pytest.fixture
def strict_home(home, tmp_path):
    """Limits low enough to meet."""
    root = tmp_path / "home"
    (root / "configs").mkdir(parents=True)
    (root / "ontologies").symlink_to(home.ontologies)
    text = (home.configs / "images.toml").read_text(encoding="utf-8")
    for old, new in (
        ("max_members = 200000", "max_members = 4"),
        ("max_member_mb = 4096", "max_member_mb = 2"),
        ("max_total_mb = 65536", "max_total_mb = 3"),
        ("ratio_from_mb = 64", "ratio_from_mb = 1"),
        ("spool_mb = 16", "spool_mb = 0"),
    ):
        assert old in text
        text = text.replace(old, new)
    (root / "configs" / "images.toml").write_text(text, encoding="utf-8")
    return Home(root)


def read_with(home, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    return split(read_image_labels([tmp_path / name], home))


ROWS = b"study_id,finding\n" + b"".join(b"s%d,Mass\n" % n for n in range(9))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("bomb.csv", b"study_id,finding\n" + b"s,Mass\n" * 250_000)], "zip_bomb"),
        ([("big.csv", b"study_id,finding\n" + b"s,Mass\n" * 500_000)], "zip_bomb"),
    ],
)
def test_a_zip_bomb_is_named_and_the_rest_read(strict_home, tmp_path, members, reason):
    labels, rejects = read_with(strict_home, tmp_path, "x.zip", zipped([*members, ("z.csv", CSV)]))
    assert [(x.reason, x.skipped) for x in rejects] == [(reason, False)]
    assert len(labels) == 1


def test_a_zip_bomb_with_the_shipped_limits(read_file):
    labels, rejects = split(read_file("x.zip", zipped([("bomb.dcm", bytes(70 << 20)), ("z.csv", CSV)])))
    assert [x.reason for x in rejects] == ["zip_bomb"]
    assert len(labels) == 1


def test_an_archive_stops_at_its_limits(strict_home, tmp_path):
    many = [(f"{n}.csv", CSV.replace(b"s1", b"s%d" % n)) for n in range(7)]
    labels, rejects = read_with(strict_home, tmp_path, "x.zip", zipped(many))
    assert (len(labels), rejects[-1].reason) == (4, "too_many_members")
    filler = b"study_id,finding\n" + b"x" * 1_500_000 + b"\n"
    big = [(f"{n}.csv", filler) for n in range(4)]
    _, rejects = read_with(strict_home, tmp_path, "y.zip", zipped(big, zipfile.ZIP_STORED))
    assert rejects[-1].reason == "too_large"


def test_a_gzip_bomb_is_named(strict_home, tmp_path):
    _, rejects = read_with(strict_home, tmp_path, "x.json.gz", gzip.compress(b"[" + b" " * (3 << 20)))
    assert [x.reason for x in rejects] == ["too_large"]


def test_an_archive_in_an_archive_is_refused(read_file):
    inner = zipped([("a.csv", CSV)])
    members = [
        ("in.zip", inner),
        ("in.tgz", tarred([("a.csv", CSV)])),
        ("odd.gz", tarred([("a.csv", CSV)])),
        ("z.csv", CSV),
    ]
    labels, rejects = split(read_file("x.zip", zipped(members)))
    assert [x.reason for x in rejects] == ["nested_archive"] * 3
    assert len(labels) == 1


def test_names_that_lead_outside_are_harmless(read_file, tmp_path):
    labels, rejects = split(
        read_file("x.zip", zipped([("../../evil.csv", CSV), ("/abs.csv", CSV.replace(b"s1", b"s2"))]))
    )
    assert len(labels) == 2
    assert rejects == []
    assert not (tmp_path.parent.parent / "evil.csv").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.zip"]


def test_a_name_with_control_characters_is_cleaned(read_file):
    (label,), _ = split(read_file("x.zip", zipped([("a\n\x1b[31m.csv", CSV)])))
    assert label.source.file.endswith("!/a??[31m.csv")


def test_links_are_not_followed(read_file):
    link = zipfile.ZipInfo("link.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    labels, rejects = split(read_file("x.zip", zipped([(link, "/etc/passwd"), ("z.csv", CSV)])))
    assert [(x.reason, x.skipped) for x in rejects] == [("link_member", True)]
    assert len(labels) == 1
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("link.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
        fifo = tarfile.TarInfo("pipe")
        fifo.type = tarfile.FIFOTYPE
        archive.addfile(fifo)
    assert [x.reason for x in split(read_file("y.tar", stream.getvalue()))[1]] == ["link_member", "special_member"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_named(read_file):
    labels, rejects = split(read_file("x.zip", zipped([("a.csv", CSV), ("a.csv", CSV.replace(b"left", b"right"))])))
    assert [x.reason for x in rejects] == ["duplicate_member"]
    assert len(labels) == 1


def test_an_encrypted_member_is_named(read_file):
    data = bytearray(zipped([("a.csv", CSV), ("z.csv", CSV)], zipfile.ZIP_STORED))
    for marker, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(marker) + flags] |= 1
    labels, rejects = split(read_file("x.zip", bytes(data)))
    assert [x.reason for x in rejects] == ["encrypted_member"]
    assert len(labels) == 1


def test_zip64_is_read(read_file):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a.csv", "w", force_zip64=True) as member:
        member.write(CSV)
    assert len(split(read_file("x.zip", stream.getvalue()))[0]) == 1


def test_hidden_members_and_office_documents_are_passed_over(read_file):
    labels, _ = split(read_file("x.zip", zipped([("__MACOSX/._a.csv", CSV), (".b.csv", CSV), ("a.csv", CSV)])))
    assert len(labels) == 1
    (reject,) = read_file("report.docx", zipped([("word/document.xml", b"<a/>")]))
    assert reject.reason == "unsupported_file"


def test_an_empty_archive_is_named(read_file):
    assert [x.reason for x in read_file("x.zip", zipped([]))] == ["empty_archive"]


def test_a_gzip_needs_no_ending(read_file):
    assert len(split(read_file("b.csv", gzip.compress(CSV)))[0]) == 1
    label = {
        "label_id": "1",
        "study_id": "s",
        "finding": {"text": "x"},
        "source": {"format": "f", "file": "f", "pointer": "1"},
    }
    assert len(split(read_file("c.jsonl.gz", gzip.compress(json.dumps(label).encode())))[0]) == 1


def test_the_shipped_limits_are_read(home):
    limits = load_table_rules(home).limits
    assert limits.spool < limits.ratio_from < limits.max_member < limits.max_total


@pytest.mark.parametrize("inner", [MEMBERS, []], ids=["files", "empty"])
@pytest.mark.parametrize("lost", [1, 30, 60])
def test_a_zip_cut_behind_a_stored_inner_zip_is_not_read_as_the_inner_one(read_file, inner, lost):
    whole = zipped([("a.csv", CSV), ("in.zip", zipped(inner)), ("z.csv", CSV)], zipfile.ZIP_STORED)
    end = whole.index(b"PK\x01\x02", whole.index(b"z.csv") + 1) + lost
    labels, rejects = split(read_file("x.zip", whole[:end]))
    assert labels == []
    assert [(x.file.rpartition("/")[2], x.reason, x.skipped) for x in rejects] == [("x.zip", "damaged_archive", False)]
    assert "again" in rejects[0].message


def test_a_zip_with_a_program_or_a_comment_around_it_is_read(read_file):
    plain = zipped([("a.csv", CSV)])
    stream = io.BytesIO(plain)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"made by a scanner"
    assert len(split(read_file("x.zip", stream.getvalue()))[0]) == 1


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tgz"])
@pytest.mark.parametrize(
    "beside",
    [
        ("case1/seg.json", json.dumps({"labels": {"1": "kidney_left"}}).encode()),
        ("case1/seg.tsv", b"index\tname\n1\tkidney_left\n"),
        ("dataset.json", json.dumps({"labels": {"background": 0, "kidney_left": 1}}).encode()),
    ],
    ids=["json", "bids", "folder above"],
)
def test_names_beside_a_mask_in_an_archive(tmp_path, home, pack, beside):
    data = np.zeros((10, 10, 2), dtype=np.uint8)
    data[8:, 4:6] = 1
    mask = nib.Nifti1Image(data, np.diag([-20.0, 20.0, 20.0, 1.0]) + np.array([[0, 0, 0, 90.0], *[[0.0] * 4] * 3]))
    name = "x.zip" if pack is zipped else "x.tgz"
    (tmp_path / name).write_bytes(pack([("case1/seg.nii.gz", gzip.compress(mask.to_bytes())), beside]))
    labels, _ = split(read_image_labels([tmp_path], home))
    assert [(x.finding.text, x.sides.values) for x in labels] == [("kidney_left", ("left",))]
