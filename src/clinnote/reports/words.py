"""The words a reviewer reads for the closed value sets of the contract."""

from collections.abc import Mapping
from typing import Final

KIND_TITLES: Final[Mapping[str, str]] = {
    "side_opposite": "Opposite side",
    "side_subset": "Both sides against one",
    "side_internal": "Side contradiction inside the report",
    "site_mismatch": "Different site",
    "level_mismatch": "Different level",
    "quadrant_mismatch": "Different quadrant",
    "negated_but_labelled": "Denied in text, labelled present",
    "present_but_absent": "Stated in text, labelled absent",
    "labelled_not_mentioned": "Labelled, not mentioned",
    "body_part_mismatch": "Different body part",
    "image_internal": "Image labels contradict each other",
    "count_or_size": "Different count or size",
    "identity": "Different patient or study",
    "systematic_flip": "Source flipped throughout",
}
SEVERITY_TITLES: Final[Mapping[str, str]] = {
    "critical": "Critical",
    "high": "High",
    "medium": "Medium",
    "low": "Low",
    "info": "Info",
}
BASIS_WORDS: Final[Mapping[str, str]] = {
    "code": "coded side",
    "header": "side from the image header",
    "label_text": "side word in the label's own text",
    "oriented_geometry": "side from position, orientation stored",
    "convention_geometry": "side from position, display convention assumed",
}
FORMAT_WORDS: Final[Mapping[str, str]] = {
    "dicom sr": "SR",
    "dicom seg": "SEG",
    "dicom header": "Image header",
    "rtstruct": "RTSTRUCT",
    "csv": "Label table",
    "boxes json": "Box list",
    "coco": "COCO",
    "nifti": "NIfTI",
    "jsonl": "Label file",
    "labelstudio": "Label Studio",
    "fhir": "FHIR",
}


def plain(value: str) -> str:
    """A record's identifier as words: ``history_of_present_illness`` becomes "history of present illness"."""
    return value.replace("_", " ").strip()


def format_words(name: str) -> str:
    """What a reviewer calls a label format; an unknown name is shown as it is."""
    return FORMAT_WORDS.get(name.lower().replace("_", " ").replace("-", " "), plain(name))


def pointer_words(pointer: str) -> str:
    """Where in a source a label stands; the bare path of an SR content item is called an item."""
    return f"item {pointer}" if pointer[:1].isdigit() else plain(pointer)
