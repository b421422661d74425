"""Where the pictures of a review project come from."""

import dataclasses
import shutil

import pytest

from clinnote.errors import RecordError, UsageError
from clinnote.imaging.dicom.screen import image_uid
from clinnote.model.conflict import Conflict, ImageSide
from clinnote.settings import find_home
from clinnote.workflow.review_images import Picture, load_pictures

LABEL = ImageSide("l", "Mass", ("left",), "code", None, "present", "csv", "a.csv", "row 1", image_id="1.2.3")
CONFLICT = Conflict("c", "side_opposite", "high", 0.9, "why", "S1", "n", None, LABEL)
PIXEL = "data:image/png;base64,eA=="
NO_IMAGE_ID = dataclasses.replace(CONFLICT, image=dataclasses.replace(LABEL, image_id=None))


@pytest.fixture
def folder(tmp_path):
    for name in ("1.2.3.png", "S1.PNG", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_a_folder_is_searched_by_image_then_by_study(folder):
    pictures = load_pictures(folder)
    assert pictures.find(CONFLICT) == Picture(PIXEL, True)
    other = dataclasses.replace(CONFLICT, image=dataclasses.replace(LABEL, image_id="9"))
    assert pictures.find(other) == Picture(PIXEL, False)
    assert pictures.find(NO_IMAGE_ID) == Picture(PIXEL, True)
    assert pictures.find(dataclasses.replace(other, study_id="S2")) is None
    assert [pictures.has(c) for c in (CONFLICT, other, dataclasses.replace(other, study_id="S2"))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("image_id,image\n1.2.3,1.2.3.png\n", "t.csv"),
        ("\ufeffstudy_id\timage\textra\nS1\tS1.PNG\t\n", "t.tsv"),
        ("image,study_id,image_id\n1.2.3.png,,1.2.3\n", "t.csv"),
    ],
)
def test_a_table_names_files_beside_it(folder, table, name):
    (folder / name).write_text(table, encoding="utf-8")
    found = load_pictures(folder / name).find(CONFLICT)
    assert found is not None
    assert found.address == PIXEL


@pytest.mark.parametrize(
    "address", ["https://pacs.example/1.png", "s3://bucket/1.png", "/data/local-files/?d=cxr/1.png"]
)
def test_addresses_pass_as_they_are(folder, address):
    (folder / "t.csv").write_text(f"image_id,image\n1.2.3,{address}\n")
    assert load_pictures(folder / "t.csv").find(CONFLICT) == Picture(address, True)


@pytest.mark.parametrize(
    ("image", "reason"), [("gone.png", "no_image"), ("notes.txt", "no_image"), ("big.png", "image_too_large")]
)
def test_a_picture_that_cannot_be_sent_is_told(folder, image, reason):
    with (folder / "big.png").open("wb") as big:
        big.truncate(4_000_001)
    (folder / "t.csv").write_text(f"image_id,image\n1.2.3,{image}\n")
    with pytest.raises(RecordError) as caught:
        load_pictures(folder / "t.csv").find(CONFLICT)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("t.csv", "file,study_id\na,b\n", "needs a column 'image'"),
        ("t.csv", "image,other\na,b\n", "needs a column 'image'"),
        ("t.json", "[]", "takes a folder"),
        ("none.csv", None, "takes a folder"),
        ("t.csv", b"image,study_id\n\xff,S1\n", "UTF-8"),
    ],
)
def test_bad_tables_are_refused(tmp_path, name, text, says):
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=says):
        load_pictures(tmp_path / name)


def test_dicom_images_are_found_by_their_uid_in_folders_below_and_in_tables(tmp_path):
    demo = find_home().demo / "labels" / "s01-chest-xray" / "image-1.dcm"
    (tmp_path / "below").mkdir()
    shutil.copy(demo, tmp_path / "below" / "film.dcm")
    uid = image_uid(demo)
    film = dataclasses.replace(CONFLICT, image=dataclasses.replace(LABEL, image_id=uid))
    (tmp_path / "t.csv").write_text(f"image_id,image\n{uid},below/film.dcm\n")
    for place in (tmp_path, tmp_path / "t.csv"):
        found = load_pictures(place).find(film)
        assert found is not None
        assert found.exact
        assert found.address.startswith("data:image/png;base64,")
        assert load_pictures(place).find(CONFLICT) is None
