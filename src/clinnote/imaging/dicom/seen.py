"""What earlier files of a run have said, so that the same label is not given twice."""

from clinnote.imaging.dicom.header import says_the_same
from clinnote.imaging.dicom.linking import Headers
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import ImageLabel


class Seen:
    """Remembers hashes of labels (64 bits each), not labels, so that a million of them take some tens of megabytes.

    ``headers`` completes shapes that were drawn on images read before.
    """

    def __init__(self, places: Places) -> None:
        self._ids: set[int] = set()
        self._said: set[int] = set()
        self.headers = Headers(places)

    def repeats(self, header: ImageLabel) -> bool:
        """Whether the header of an image says the same as that of an earlier one of its series."""
        self.headers.add(header)
        key = hash(says_the_same(header))
        if header.series_id and key in self._said:
            return True
        self._said.add(key)
        return False

    def again(self, label: ImageLabel) -> bool:
        """Whether this or another file gave the same label before."""
        source = label.source.pointer
        key = hash((label.label_id, label.study_id, label.finding.text, label.sides, label.presence, source))
        if key in self._ids:
            return True
        self._ids.add(key)
        return False
