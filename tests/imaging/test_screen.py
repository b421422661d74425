"""DICOM images as pictures for a reviewer's screen."""

import struct
import zlib

import numpy as np
import pydicom.uid as uids
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from clinnote.errors import RecordError
from clinnote.imaging.dicom.screen import image_uid, screen_png

UID = "1.2.3.4"


def saved(path, pixels, **attributes):
    """A DICOM image of these pixels (8 or 16 bits, grey or RGB)."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = uids.ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = uids.DigitalXRayImageStorageForPresentation
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = UID
    image.Modality, image.PatientName = "DX", "Doe^Jane"
    image.Rows, image.Columns = pixels.shape[:2]
    colour = pixels.ndim == 3
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        image.PlanarConfiguration = 0
    bits = 8 * pixels.dtype.itemsize
    image.BitsAllocated = image.BitsStored = bits
    image.HighBit, image.PixelRepresentation = bits - 1, 0
    image.PixelData = pixels.tobytes()
    for name, value in attributes.items():
        setattr(image, name, value)
    image.save_as(path, enforce_file_format=True)
    return path


def pixels_of(png):
    """The samples of a PNG that has no filters."""
    columns, rows, _, colour = struct.unpack(">IIBB", png[16:26])
    size = int.from_bytes(png[33:37])
    lines = np.frombuffer(zlib.decompress(png[41 : 41 + size]), np.uint8).reshape(rows, -1)[:, 1:]
    return lines.reshape(rows, columns, 3) if colour == 2 else lines


RAMP = np.arange(0, 4000, 1000, dtype=np.uint16).reshape(2, 2)


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ({}, [[0, 85], [170, 255]]),
        ({"PhotometricInterpretation": "MONOCHROME1"}, [[255, 170], [85, 0]]),
        ({"WindowCenter": 1500, "WindowWidth": 1001}, [[0, 0], [255, 255]]),
    ],
    ids=["all grey values", "white is low", "window"],
)
def test_grey_values_are_shown_as_on_a_workstation(tmp_path, attributes, shown):
    assert pixels_of(screen_png(saved(tmp_path / "a.dcm", RAMP, **attributes))).tolist() == shown


def test_colours_stay_and_a_large_image_gets_smaller(tmp_path):
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    assert (pixels_of(screen_png(saved(tmp_path / "c.dcm", red))) == red).all()
    large = np.zeros((2100, 30), np.uint8)
    large[:, 15:] = 255
    small = pixels_of(screen_png(saved(tmp_path / "l.dcm", large)))
    assert small.shape == (700, 10)
    assert small[0].tolist() == [0] * 5 + [255] * 5


def test_nothing_but_pixels_gets_into_the_picture(tmp_path):
    assert b"Doe" not in screen_png(saved(tmp_path / "a.dcm", RAMP))


def test_an_image_is_known_by_its_uid_and_nothing_else_is_an_image(tmp_path):
    assert image_uid(saved(tmp_path / "a.dcm", RAMP)) == UID
    assert image_uid(saved(tmp_path / "s.dcm", RAMP, Modality="SEG")) is None
    assert image_uid(saved(tmp_path / "f.dcm", np.concatenate([RAMP, RAMP]), Rows=2, NumberOfFrames=2)) is None
    assert image_uid(saved(tmp_path / "b.dcm", RAMP, BurnedInAnnotation="YES")) is None
    (tmp_path / "n.txt").write_text("no image")
    assert image_uid(tmp_path / "n.txt") is None
    assert image_uid(tmp_path / "gone.dcm") is None


@pytest.mark.parametrize("attributes", [{"PixelData": b"x"}, {"NumberOfFrames": 2}, {"Rows": 0}, {"BitsAllocated": 7}])
def test_a_damaged_image_is_told(tmp_path, attributes):
    file = saved(tmp_path / "a.dcm", RAMP, **attributes)
    with pytest.raises(RecordError, match="give a PNG or JPEG"):
        screen_png(file)
