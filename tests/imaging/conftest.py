import io

import pytest

from clinnote.imaging.dicom.reader import read_dicom
from clinnote.imaging.read import read_image_labels
from clinnote.imaging.sides.places import load_places
from clinnote.settings import find_home


@pytest.fixture(scope="session")
def home():
    return find_home()


@pytest.fixture(scope="session")
def places(home):
    return load_places(home)


@pytest.fixture(scope="session")
def read_bytes(places):
    """Reads the bytes of one DICOM object."""

    def read(data):
        return read_dicom(io.BytesIO(data), "object.dcm", places)

    return read


@pytest.fixture
def labels_in(places):
    """The labels of the bytes of one DICOM object that must have no reject."""

    def read(data):
        result = read_dicom(io.BytesIO(data), "object.dcm", places)
        assert result.rejects == ()
        return list(result.labels)

    return read


@pytest.fixture
def reject_of(places):
    """The single reject of the bytes of one object that must give no label."""

    def read(data):
        result = read_dicom(io.BytesIO(data), "object.dcm", places)
        assert result.labels == ()
        (reject,) = result.rejects
        return reject

    return read


@pytest.fixture
def read_file(tmp_path, home):
    """Labels and rejects of one file with the given name and content."""

    def read(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_image_labels([path], home))

    return read
