"""What all files of a run tell, put together in the order of the files.

Labels of the same object read twice come once. Images of a series whose headers say the same give one label, for the
first of them. Masks of one study come together, FHIR resources when all of them are known, and shapes on images of
unknown orientation last: they may be about an image whose header stands in a later file.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from clinnote.errors import Reject
from clinnote.imaging.dicom.linking import waits_for_header
from clinnote.imaging.dicom.seen import Seen
from clinnote.imaging.events import End, Event, FhirEnd, FhirResource, Header, MaskFile
from clinnote.imaging.fhir.reader import fhir_labels
from clinnote.imaging.nifti.volumes import Volumes
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import ImageLabel
from clinnote.ontology.label_maps import LabelMaps
from clinnote.store.fhir_links import FhirLinks
from clinnote.store.shelf import Shelf

Found = ImageLabel | Reject
NO_MAPS: Final = LabelMaps({}, {})
"""For objects of a server, among which no mask has a tool's name."""


class Gathering:
    """Takes what each file tells, and gives labels and rejects as soon as no later file can change them."""

    def __init__(self, places: Places, maps: LabelMaps = NO_MAPS) -> None:
        self._places = places
        self._seen = Seen(places)
        self._volumes = Volumes(places, maps)
        self._links = FhirLinks()
        self._fhir: Shelf[FhirResource | FhirEnd] = Shelf()
        self._waiting: Shelf[ImageLabel] = Shelf()
        self._again = 0

    def take(self, event: Event) -> Iterator[Found]:
        """What one event makes certain."""
        if isinstance(event, ImageLabel):
            yield from self._once(event)
        elif isinstance(event, Reject):
            yield event
        elif isinstance(event, Header):
            if self._seen.repeats(event.label):
                message = "adds nothing to the first image of its series"
                yield Reject(event.label.source.file, None, "same_as_series", message, skipped=True)
            else:
                yield from self._once(event.label)
        elif isinstance(event, MaskFile):
            yield from self._mask(event)
        elif isinstance(event, End):
            yield from self._end(event.file)
        else:
            if isinstance(event, FhirResource):
                self._links.note(event.resource, event.url, event.file)
            self._fhir.append(event)

    def finish(self) -> Iterator[Found]:
        """What had to wait until all files were read."""
        yield from self._each(self._volumes.finish())
        for one in self._fhir:
            if isinstance(one, FhirResource):
                self._links.within(one.file).note_report(one.resource)
        yield from self._each(fhir_labels(self._fhir, self._places, self._links))
        yield from self._end("")
        yield from map(self._seen.headers.complete, self._waiting)

    def _mask(self, event: MaskFile) -> Iterator[Found]:
        yield from self._each(self._volumes.turn_to(event.place.group))
        if event.image is not None:
            self._volumes.add_image(event.place, event.image)
        if event.volume is not None:
            self._volumes.add(event.volume)

    def _each(self, found: Iterable[Found]) -> Iterator[Found]:
        for one in found:
            if isinstance(one, Reject):
                yield one
            else:
                yield from self._once(one)

    def _once(self, label: ImageLabel) -> Iterator[ImageLabel]:
        if self._seen.again(label):
            self._again += 1
        elif waits_for_header(label):
            self._waiting.append(label)
        else:
            yield label

    def _end(self, file: str) -> Iterator[Reject]:
        if self._again:
            message = f"{self._again} labels were read before, from this or another file"
            yield Reject(file, None, "duplicate_label", message, skipped=True)
        self._again = 0
