"""The metadata of an image as a server gives it (DICOM JSON, PS3.18 annex F) in the form of a file without pixels.

So the header is read by the same code as that of a file, and gives the same labels.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pydicom import config, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from clinnote.imaging.dicom.values import malformed, quiet_pydicom

_BULK: Final = ("BulkDataURI", "InlineBinary")
"""Keys of binary values, which no label is made of."""
_EVEN: Final = frozenset("02468ACEace")
_UTF8: Final = "ISO_IR 192"
_UNNAMED: Final = "2.25.0"
"""For the file meta information of an instance that names itself not; a file has to have one."""


def as_file(entry: Mapping[str, Any]) -> io.BytesIO:
    """The elements of one instance as a DICOM file; an element that can't be written is left out.

    Raises:
        ValueError: nothing is left.
    """
    plain = {tag: element for tag, element in entry.items() if isinstance(element, dict) and _is_of_use(tag, element)}
    with quiet_pydicom(), _tolerant():
        dataset = _dataset(plain)
        try:
            return _written(dataset)
        except malformed():
            for element in list(dataset):
                try:
                    _written(Dataset({element.tag: element}))
                except malformed():
                    dataset.pop(element.tag)
            return _written(dataset)


def _is_of_use(tag: str, element: Mapping[str, Any]) -> bool:
    """Neither private (of an odd group; PS3.5, section 7.8) nor binary."""
    return tag[3:4] in _EVEN and not any(key in element for key in _BULK)


def _dataset(plain: dict[str, Any]) -> Dataset:
    try:
        dataset = Dataset.from_json(plain)
    except malformed():
        dataset = Dataset()
        for tag, element in plain.items():
            try:
                dataset.update(Dataset.from_json({tag: element}))
            except malformed():
                continue
    for group_tag in [element.tag for element in dataset if element.tag.group < 8]:
        del dataset[group_tag]
    if not dataset:
        raise ValueError("no readable element")
    dataset.SpecificCharacterSet = _UTF8
    return dataset


def _written(dataset: Dataset) -> io.BytesIO:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = UID(str(dataset.get("SOPClassUID") or _UNNAMED))
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(str(dataset.get("SOPInstanceUID") or _UNNAMED))
    stream = io.BytesIO()
    dcmwrite(stream, dataset, implicit_vr=False, little_endian=True, enforce_file_format=True)
    stream.seek(0)
    return stream


@contextmanager
def _tolerant() -> Iterator[None]:
    """Values are written as the server gave them, valid or not."""
    before = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    try:
        yield
    finally:
        config.settings.writing_validation_mode = before
