"""Data elements as they stand in a file: every transfer syntax, odd encodings, cut and broken structures."""

import io
import struct

import pytest
from imaging_objects import (
    FINDING,
    LEFT,
    LUNG,
    NODULE,
    RIGHT,
    group,
    header,
    item,
    number,
    seg,
    segment,
    site,
    sr,
    to_bytes,
)
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ComprehensiveSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from clinnote.imaging.dicom.file import open_dicom
from clinnote.imaging.dicom.values import items, numbers_of, text_of

LENGTH = ("103339001", "SCT", "Long Axis")
REPORT = sr(
    group(item("CODE", FINDING, NODULE), site(LUNG, LEFT), number(LENGTH, 12.5, "mm")),
    group(item("CODE", FINDING, NODULE), site(LUNG, RIGHT)),
)


def rewritten(data, syntax, implicit, little):
    dataset = dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.walk(lambda _, element: element.value)  # decoded, so that it can be written in the other byte order
    stream = io.BytesIO()
    dcmwrite(stream, dataset, implicit_vr=implicit, little_endian=little)
    return stream.getvalue()


def undefined_lengths(data):
    """The same data set, with all sequences and items of undefined length."""
    dataset = dcmread(io.BytesIO(data))

    def change(part):
        for element in part:
            if element.VR == "SQ":
                element.is_undefined_length = True
                for inner in element.value:
                    inner.is_undefined_length_sequence_item = True
                    change(inner)

    change(dataset)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


WRITTEN = {
    "explicit little endian": REPORT,
    "implicit little endian": rewritten(REPORT, ImplicitVRLittleEndian, True, True),
    "explicit big endian": rewritten(REPORT, ExplicitVRBigEndian, False, False),
    "deflated": rewritten(REPORT, DeflatedExplicitVRLittleEndian, False, True),
    "undefined lengths": undefined_lengths(REPORT),
    "without preamble": REPORT[132:],
    "with padding behind": REPORT + bytes(64),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_however_it_is_written_the_labels_are_the_same(labels_in, name):
    assert labels_in(WRITTEN[name]) == labels_in(REPORT)


def test_a_file_that_names_the_wrong_syntax_is_read_as_it_is_written(labels_in):
    wrong = REPORT.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    assert wrong != REPORT
    assert labels_in(wrong) == labels_in(REPORT)


def test_a_sequence_written_as_unknown_is_implicit_inside():
    inner = struct.pack("<HHL", 0x0008, 0x0100, 4) + b"ABCD" + struct.pack("<HHL", 0x0008, 0x0102, 4) + b"SCT "
    content = struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner
    data = struct.pack("<HH2sHL", 0x0040, 0xA043, b"UN", 0, len(content)) + content
    elements = open_dicom(io.BytesIO(data)).elements
    (code,) = items(elements, "ConceptNameCodeSequence")
    assert (text_of(code, "CodeValue"), text_of(code, "CodingSchemeDesignator")) == ("ABCD", "SCT")


@pytest.mark.parametrize(
    ("character_set", "encoding", "text"),
    [("ISO_IR 100", "latin-1", "Lésion"), ("ISO_IR 192", "utf-8", "Läsion 肺"), ("ISO_IR 144", "iso8859-5", "Очаг")],
)
def test_words_in_any_character_set(labels_in, character_set, encoding, text):
    finding = item("CODE", FINDING, ("F1", "99LOCAL", text))
    data = sr(group(finding, site(LUNG, LEFT)), SpecificCharacterSet=character_set)
    assert text.encode(encoding) in data
    (label,) = labels_in(data)
    assert label.finding.text == text


def test_large_elements_before_the_pixels_are_read_whole(labels_in):
    data = sr(group(item("CODE", FINDING, NODULE), site(LUNG, LEFT)), ImageComments="x" * 300, PixelPaddingValue=None)
    dataset = dcmread(io.BytesIO(data))
    dataset.add_new(0x00090010, "LO", "VENDOR")
    dataset.add_new(0x00091001, "OB", bytes(400_000))
    assert labels_in(to_bytes(dataset, ComprehensiveSRStorage)) == labels_in(data)


def test_numbers_of_any_kind():
    dataset = Dataset()
    dataset.Rows, dataset.PixelSpacing, dataset.GraphicData = 512, [0.5, 0.25], [1.5, 2.5]
    dataset.NumberOfFrames, dataset.EventTimeOffset = 7, 1.25
    elements = open_dicom(io.BytesIO(to_bytes(dataset, ComprehensiveSRStorage))).elements
    assert numbers_of(elements, "Rows") == (512.0,)
    assert numbers_of(elements, "PixelSpacing") == (0.5, 0.25)
    assert numbers_of(elements, "GraphicData") == (1.5, 2.5)
    assert numbers_of(elements, "NumberOfFrames") == (7.0,)
    assert numbers_of(elements, "StudyDate") == ()
    assert text_of(elements, "Rows") == "512"


@pytest.mark.parametrize("name", ["explicit little endian", "implicit little endian", "undefined lengths"])
def test_a_report_cut_at_any_byte_keeps_the_groups_before_the_cut(read_bytes, name):
    data = WRITTEN[name]
    whole = read_bytes(data).labels
    for end in range(200, len(data), 7):
        result = read_bytes(data[:end])
        assert result.labels or result.rejects
        if len(result.labels) == 2:
            assert result.labels[0] == whole[0]


def test_a_deflated_bomb_is_refused(reject_of, monkeypatch):
    monkeypatch.setattr("clinnote.imaging.dicom.file._MAX_INFLATED", 1024)
    assert reject_of(WRITTEN["deflated"]).reason == "malformed_dicom"


def test_a_broken_length_inside_a_sequence_is_named_and_the_rest_read(read_bytes):
    place = REPORT.index(b"Left")
    broken = bytearray(REPORT)
    broken[place - 2 : place] = b"\xff\x7f"
    result = read_bytes(bytes(broken))
    assert [label.sides.values for label in result.labels] == [("left",), ("right",)]
    assert [reject.reason for reject in result.rejects] == ["damaged_dicom"]


def test_a_kind_of_object_that_holds_no_labels_is_skipped_politely(reject_of):
    for uid in ("1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.1.3.10"):
        reject = reject_of(to_bytes(header(uid, "OT"), uid))
        assert (reject.reason, reject.skipped) == ("unsupported_sop_class", True)


def test_masks_that_are_not_read_are_named_and_the_codes_still_count(read_bytes):
    def tiled(dataset):
        dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = 4096, 4096

    def shorter(dataset):
        dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 4]

    def other_size(dataset):
        dataset.Rows = 32

    kidney = segment(1, "Kidney_L", ("64033007", "SCT", "Kidney"), ("123037004", "SCT", "Anatomical Structure"))
    for change, reason in ((tiled, "tiled_image"), (shorter, "mask_shape"), (other_size, "mask_shape")):
        result = read_bytes(seg([kidney], [(12, 15)], change=change))
        assert [reject.reason for reject in result.rejects] == [reason]
        assert [(label.sides.values, label.geometry) for label in result.labels] == [(("left",), None)]


def test_a_mask_that_does_not_fit_its_image_is_set_aside(tmp_path, home):
    from imaging_objects import ct_slice
    from pydicom.uid import CTImageStorage

    from clinnote.imaging.read import read_image_labels

    lesion = segment(1, "lesion", NODULE)
    (tmp_path / "a_seg.dcm").write_bytes(seg([lesion], [(12, 15)]))
    for rows, kept in ((16, 1), (32, 0)):
        image = ct_slice(1)
        image.Rows = rows
        image.BodyPartExamined, image.PixelData = "CHEST", bytes(rows * 16 * 2)
        (tmp_path / "b.dcm").write_bytes(to_bytes(image, CTImageStorage))
        found = list(read_image_labels([tmp_path], home))
        assert (
            sum(getattr(each, "finding", None) is not None and each.finding.text != "image" for each in found) == kept
        )
        assert [each.reason for each in found if hasattr(each, "reason")] == ([] if kept else ["mask_shape"])


def test_sequences_of_one_item_are_entered_once():
    dataset = Dataset()
    dataset.ConceptNameCodeSequence = Sequence([Dataset()])
    elements = open_dicom(io.BytesIO(to_bytes(dataset, ComprehensiveSRStorage))).elements
    assert items(elements, "ConceptNameCodeSequence") is items(elements, "ConceptNameCodeSequence")
