"""What the values of a label map are called, and which study and structure the name of a mask's file stands for.

Names of values, first found first: a JSON or BIDS table beside the file, its header extension (TotalSegmentator and
Connectome Workbench write a ``LabelTable``), ``dataset.json`` of the folder (nnU-Net, Medical Decathlon), the label
map of the tool that the file's name gives.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.imaging.item import Item
from clinnote.imaging.sides.label_text import tokens
from clinnote.imaging.sides.places import Places
from clinnote.imaging.xml_tree import read_xml
from clinnote.ontology.tables import read_table
from clinnote.store.json_text import load_json

STRUCTURE_FOLDERS: Final = frozenset({"segmentations", "segmentation", "structures", "rois", "organs", "masks", "mask"})
"""Folders in which each file is one structure of the study named by the folder above."""
_SET_FOLDERS: Final = frozenset({"labelstr", "labelsts", "imagestr", "imagests", "labels", "images", "anat", "seg"})
_GENERIC: Final = frozenset(
    (
        "seg", "segmentation", "segmentations", "mask", "masks", "label", "labels", "labelmap", "gt", "pred",
        "prediction", "dseg", "roi", "manual", "total", "totalseg", "totalsegmentator", "combined", "merged", "all",
        "multilabel", "ml",
    )
)  # fmt: skip
_IMAGES: Final = frozenset(
    (
        "ct", "mr", "mri", "t1", "t2", "t1w", "t2w", "t1ce", "t1c", "flair", "image", "img", "pet", "suv", "adc", "dwi",
        "swi", "pd", "volume", "scan",
    )
)  # fmt: skip
_LESIONS: Final = frozenset(
    (
        "lesion", "lesions", "tumor", "tumors", "tumour", "tumours", "nodule", "nodules", "mass", "masses", "cyst",
        "cysts", "metastasis", "metastases", "effusion", "pneumothorax", "consolidation", "opacity", "hemorrhage",
        "haemorrhage", "bleed", "hematoma", "haematoma", "infarct", "stroke", "edema", "oedema", "abscess", "fracture",
        "aneurysm", "thrombus", "embolus", "stone", "calculus", "cancer", "carcinoma", "infection", "covid", "gtv",
        "ctv", "ptv",
    )
)  # fmt: skip
_SIDES: Final = frozenset(("left", "right", "l", "r", "lt", "rt", "bilateral"))
_CHANNEL: Final = re.compile(r"_0000$")
_BIDS: Final = re.compile(r"(sub-[a-z0-9]+(?:_ses-[a-z0-9]+)?)", re.I)
_BIDS_LABEL: Final = re.compile(r"(?:^|_)(?:label|desc)-([a-z0-9]+)", re.I)
_MIN_NAME: Final = 4
"""Shorter parts of a file's name are codes (C1, T2) more often than structures."""


@dataclass(frozen=True, slots=True)
class MaskPlace:
    """The study of a file, the structure that its name gives (None: a case's label map), and what it is read with."""

    study: str
    name: str | None
    group: tuple[str, str]


def load_label_ids(ontologies: Path) -> dict[str, dict[int, str]]:
    """Part of a file's name -> value -> name: ``ontologies/label_ids``.

    Raises:
        OntologyError: a table breaks its columns, or a value is no whole number.
    """
    known: dict[str, dict[int, str]] = {}
    for file in sorted((ontologies / "label_ids").glob("*.tsv")):
        for row in read_table(file, ("file", "value", "name", "source")):
            if not row["value"].isdecimal():
                raise row.error("the value must be a whole number")
            known.setdefault(row["file"], {})[int(row["value"])] = row["name"]
    return known


def place_of(name: str, places: Places) -> MaskPlace:
    """Study and structure of a mask from its file's name and folders (``s0011/segmentations/kidney_left.nii.gz``)."""
    path = PurePosixPath(name.replace("\\", "/"))
    folders = [part for part in path.parts[:-1] if part not in ("/", ".")]
    stem = _stem(path.name)
    if bids := _BIDS.search(stem):
        label = _BIDS_LABEL.search(stem)
        return MaskPlace(bids[1], label[1] if label else None, (str(path.parent), bids[1]))
    above = folders[-1].lower() if folders else ""
    study_folders = folders[:-1] if above in STRUCTURE_FOLDERS else folders
    study = study_folders[-1].removesuffix("!") if study_folders else ""
    top = "/".join(study_folders)
    words = stem.lower().split("_")
    if study and study.lower() not in _SET_FOLDERS:
        if above in STRUCTURE_FOLDERS or is_structure(stem, places):
            return MaskPlace(study, None if _says_nothing(words) else stem, (top, study))
        if _says_nothing(words) or set(words) <= _IMAGES | _GENERIC:
            return MaskPlace(study, None, (top, study))
    case, structure = _split(_CHANNEL.sub("", stem), places)
    return MaskPlace(case, structure, (top, case))


def _stem(name: str) -> str:
    for ending in (".gz", ".nii"):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return name


def is_structure(text: str, places: Places) -> bool:
    """Whether a file's name is that of a structure or a lesion, with or without its side."""
    words = set(tokens(text))
    if words & _LESIONS:
        return words <= _LESIONS | _SIDES | _GENERIC or places.node_of(text)[0] is not None
    return len(text) >= _MIN_NAME and places.structure_of(text) is not None


def _says_nothing(words: Iterable[str]) -> bool:
    return set(words) <= _GENERIC


def _split(stem: str, places: Places) -> tuple[str, str | None]:
    """(case, structure or None): "case12_kidney_left" and "case12_seg"."""
    parts = re.split(r"_", stem)
    while len(parts) > 1 and parts[-1].lower() in _GENERIC:
        parts = parts[:-1]
    for start in range(1, len(parts)):
        rest = "_".join(parts[start:])
        if is_structure(rest, places):
            return "_".join(parts[:start]), rest
    return "_".join(parts), None


def label_names(item: Item, extension: Mapping[int, str], known: Mapping[int, str]) -> Mapping[int, str]:
    """Value -> name for a label map; empty when nothing names its values. ``known``: by the tool that made the file."""
    return _beside(item) or extension or _of_folder(item) or known


def _beside(item: Item) -> dict[int, str]:
    stem = _stem(PurePosixPath(item.name.replace("\\", "/")).name)
    for name in (f"{stem}.json", f"{stem}_labels.json", f"{stem}.labels.json"):
        if names := _labels_in(item.beside(name)):
            return names
    return _table_in(item.beside(f"{stem}.tsv"))


def _of_folder(item: Item) -> dict[int, str]:
    for up in (0, 1):
        for name in ("labels.json", "dataset.json", "label_map.json"):
            if names := _labels_in(item.beside(name, up)):
                return names
    return {}


def _labels_in(raw: bytes | None) -> dict[int, str]:
    """``labels`` of a JSON file: number to name, name to number, or a list of objects with both."""
    if raw is None:
        return {}
    try:
        data = load_json(raw)
    except RecordError:
        return {}
    if not isinstance(data, dict):
        return {}
    return names_of(data.get("labels", data))


def names_of(labels: Any) -> dict[int, str]:
    """Value -> name from the shapes that label tables in JSON have; empty for any other value."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(labels, dict):
        pairs = [(key, value) for key, value in labels.items()]
    elif isinstance(labels, list):
        for entry in labels:
            if isinstance(entry, dict):
                number = next((entry[key] for key in ("id", "value", "label", "index", "number") if key in entry), None)
                pairs.append((number, entry.get("name")))
    found: dict[int, str] = {}
    for first, second in pairs:
        for number, name in ((first, second), (second, first)):
            if isinstance(name, str) and not name.isdigit() and _is_number(number):
                found.setdefault(int(number), name)
    return {number: name for number, name in found.items() if number}


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdecimal())


def _table_in(raw: bytes | None) -> dict[int, str]:
    """A BIDS table: columns ``index`` and ``name``."""
    try:
        lines = raw.decode("utf-8-sig").splitlines() if raw is not None else []
    except UnicodeDecodeError:
        return {}
    header = lines[0].split("\t") if lines else []
    if not {"index", "name"} <= set(header):
        return {}
    rows = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:]]
    return {int(row["index"]): row["name"] for row in rows if row.get("index", "").isdecimal() and row.get("name")}


def names_in_extension(extension: bytes) -> dict[int, str]:
    """Value -> name from the ``LabelTable`` of a NIfTI header extension."""
    start, end = extension.find(b"<"), extension.rfind(b">")
    if start < 0 or b"LabelTable" not in extension:
        return {}
    try:
        root = read_xml(extension[start : end + 1])
    except RecordError:
        return {}
    labels = [(element.attributes.get("Key", ""), element.text.strip()) for element in root.all("Label")]
    return {int(key): name for key, name in labels if key.isdecimal() and name and int(key)}
