"""Run-length masks: extents are those of the mask, whatever the mask; Label Studio's own encoder is the oracle."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.errors import RecordError
from clinnote.imaging.rle import brush_extent, coco_counts, coco_extent


@st.composite
def masks(draw):
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.array(bits, dtype=np.uint8).reshape(height, width)


def extent_of(mask):
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, rows.size)


def plain(extent):
    return extent and (extent.left, extent.top, extent.right, extent.bottom, extent.area)


def counts_of(mask):
    """Runs down the columns, beginning with 0 (the definition, written in another way than the reader)."""
    counts, value, run = [], 0, 0
    for pixel in mask.flatten(order="F"):
        if pixel != value:
            counts.append(run)
            value, run = pixel, 0
        run += 1
    return [*counts, run]


def packed(counts):
    """The packed string of the counts (pycocotools ``rleToString``)."""
    text = ""
    for place, count in enumerate(counts):
        rest = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            bits = rest & 0x1F
            rest >>= 5
            more = rest != -1 if bits & 0x10 else rest != 0
            text += chr(48 + (bits | 0x20 if more else bits))
    return text


@given(masks())
def test_coco_extent_is_that_of_the_mask(mask):
    assert plain(coco_extent(counts_of(mask), *mask.shape)) == extent_of(mask)


@given(st.lists(st.integers(0, 1 << 40), max_size=30))
def test_packed_counts_come_back(counts):
    assert coco_counts(packed(counts)) == counts
    assert coco_counts(packed(counts).encode()) == counts


@given(masks())
@settings(deadline=None)
def test_brush_extent_is_that_of_the_mask(mask):
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    rle = brush.encode_rle(np.repeat(mask.ravel() * 255, 4))
    assert plain(brush_extent(rle, *mask.shape)) == extent_of(mask)


@pytest.mark.parametrize("shape", [(40, 70), (300, 260)])
def test_long_runs_of_a_brush(shape):
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    mask = np.zeros(shape, dtype=np.uint8)
    mask[5:30, 10:60] = 1
    rle = brush.mask2rle(mask * 255)
    assert plain(brush_extent(rle, *shape)) == (10, 5, 60, 30, 1250)
    assert np.array_equal(brush.decode_rle(rle).reshape(*shape, 4)[..., 3] > 0, mask > 0)


def test_only_alpha_marks_a_pixel():
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    pixels = np.zeros((4, 6, 4), dtype=np.uint8)
    pixels[..., :3] = 200
    pixels[2, 3, 3] = 255
    assert plain(brush_extent(brush.encode_rle(pixels.ravel()), 4, 6)) == (3, 2, 4, 3, 1)


@pytest.mark.parametrize(
    ("counts", "reason"), [([1, 2], "bad_rle"), ([-1, 13], "bad_rle"), ([6.0, 6], "bad_rle"), ([True, 11], "bad_rle")]
)
def test_counts_that_are_none(counts, reason):
    with pytest.raises(RecordError) as error:
        coco_extent(counts, 3, 4)
    assert error.value.reason == reason


@pytest.mark.parametrize("text", ["~", "\x00", "P", "é", packed([3, 2, 1])[:-1] + "Q"])
def test_packed_counts_that_are_none(text):
    with pytest.raises(RecordError, match="of the mask"):
        coco_counts(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_mask_or_a_named_error(data):
    for read in (coco_counts, lambda raw: brush_extent(list(raw), 2, 3)):
        with contextlib.suppress(RecordError):
            read(data)


def test_a_brush_of_another_size_than_its_image():
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    with pytest.raises(RecordError) as error:
        brush_extent(brush.mask2rle(np.ones((3, 4), dtype=np.uint8)), 4, 4)
    assert error.value.reason == "mask_size_mismatch"
