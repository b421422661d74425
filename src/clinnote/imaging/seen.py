"""What earlier files of a run have said, so that the same label is not given twice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clinnote.errors import Reject
from clinnote.imaging.header import says_the_same
from clinnote.imaging.linking import Headers
from clinnote.imaging.places import Places
from clinnote.model.image_label import ImageLabel

if TYPE_CHECKING:
    from clinnote.imaging.dicom import DicomResult


class Seen:
    """Remembers hashes of labels (64 bits each), not labels, so that a million of them take some tens of megabytes.

    ``headers`` completes shapes that were drawn on images read before.
    """

    def __init__(self, places: Places) -> None:
        self._ids: set[int] = set()
        self._said: set[int] = set()
        self.headers = Headers(places)

    def news(self, result: "DicomResult", file: str) -> Iterator[ImageLabel | Reject]:
        """The labels of one DICOM object without headers that repeat the first image of their series."""
        yield from result.rejects
        for label in result.labels:
            if result.is_header:
                self.headers.add(label)
                key = hash(says_the_same(label))
                if label.series_id and key in self._said:
                    message = "adds nothing to the first image of its series"
                    yield Reject(file, None, "same_as_series", message, skipped=True)
                    continue
                self._said.add(key)
            yield label

    def once(self, found: Iterator[ImageLabel | Reject], file: str) -> Iterator[ImageLabel | Reject]:
        """What was found in one file without the labels that this or another file gave before."""
        again = 0
        for item in found:
            if isinstance(item, ImageLabel):
                source = item.source.pointer
                key = hash((item.label_id, item.study_id, item.finding.text, item.sides, item.presence, source))
                if key in self._ids:
                    again += 1
                    continue
                self._ids.add(key)
            yield item
        if again:
            message = f"{again} labels were read before, from this or another file"
            yield Reject(file, None, "duplicate_label", message, skipped=True)
