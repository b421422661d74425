"""What reading one file tells, before it is put together with what the other files of the run tell."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinnote.errors import Reject
from clinnote.model.image_label import ImageLabel

if TYPE_CHECKING:
    from clinnote.imaging.nifti.names import MaskPlace
    from clinnote.imaging.nifti.volumes import Volume
    from clinnote.store.fhir_links import Resource


@dataclass(frozen=True, slots=True)
class Header:
    """The label of one image's header, which the other images of its series may repeat."""

    label: ImageLabel


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A NIfTI file: its masks, or the shape of an image, or neither (``place`` alone: it was no mask)."""

    place: "MaskPlace"
    volume: "Volume | None" = None
    image: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class FhirResource:
    """One resource, in which others of any file may be named."""

    file: str
    line: int | None
    url: str | None
    resource: "Resource"


@dataclass(frozen=True, slots=True)
class FhirEnd:
    """The end of a FHIR file; ``others`` are its resources that can say nothing of an image."""

    file: str
    others: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The end of one file, or of one member of an archive."""

    file: str


Event = ImageLabel | Reject | Header | MaskFile | FhirResource | FhirEnd | End
