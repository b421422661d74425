"""Real label files are read completely (skipped where they are not at hand: CLINNOTE_DATA names their folder)."""

import os
from pathlib import Path

import pytest

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel

DATA = Path(os.environ.get("CLINNOTE_DATA", "no-such-folder"))


@pytest.mark.parametrize(
    ("folder", "count", "sided"), [("nih-boxes", 984, 700), ("chestx-det", 1700, 1500), ("fhir", 0, 0)]
)
def test_every_row_is_a_label_or_is_passed_over(home, folder, count, sided):
    if not (DATA / folder).is_dir():
        pytest.skip(f"CLINNOTE_DATA names no folder with {folder}")
    found = list(read_image_labels([DATA / folder], home))
    labels = [x for x in found if isinstance(x, ImageLabel)]
    assert [x for x in found if isinstance(x, Reject) and not x.skipped] == []
    assert len(labels) >= count
    assert sum(bool(x.sides.values) for x in labels) >= sided
    assert not [x for x in labels if x.finding.text == "Cardiomegaly" and x.sides.values]
    assert found == list(read_image_labels([DATA / folder], home))
