"""Pictures for a review project: files or addresses by image or study, where a site has them at hand."""

import base64
import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.errors import RecordError, UsageError
from clinnote.model.conflict import Conflict, ImageSide

_TYPES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_LIMIT: Final = 4_000_000
"""Bytes of a file that is sent inside its task; larger ones belong on a server, as an address."""
_ADDRESS: Final = re.compile(r"(https?|s3|gs|azure-blob)://|/data/")


@dataclass(frozen=True, slots=True)
class Picture:
    """An address or data URI. ``exact``: it is the very image that the label is about, so its box fits."""

    address: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the picture of an image or a study is."""

    by_image: Mapping[str, str]
    by_study: Mapping[str, str]

    def find(self, conflict: Conflict) -> Picture | None:
        """The picture for a conflict, if there is one.

        Raises:
            RecordError: its file can't be read (``no_image``) or is too large to be sent in a task.
        """
        found, exact = self._of(conflict)
        return Picture(_address(found), exact) if found else None

    def has(self, conflict: Conflict) -> bool:
        """Whether there is one; its file is not read."""
        return self._of(conflict)[0] is not None

    def _of(self, conflict: Conflict) -> tuple[str | None, bool]:
        """Where its picture is, and whether it is of the very image of the label."""
        image = conflict.image.image_id if isinstance(conflict.image, ImageSide) else None
        if image and image in self.by_image:
            return self.by_image[image], True
        return self.by_study.get(conflict.study_id or ""), image is None


def load_pictures(path: Path) -> Pictures:
    """Pictures from a folder or a table.

    A folder, with all below it, holds PNG, JPEG, GIF or WebP files named by image id or study id, and DICOM images,
    which are found by their SOP Instance UID. A table (.csv, .tsv) has a column
    ``image`` with file names (relative to the table) or addresses, and a column ``image_id``, ``study_id`` or both.

    Raises:
        UsageError: there is no such folder or table, or the table lacks a column.
    """
    if path.is_dir():
        from clinnote.imaging.dicom.screen import image_uid  # numpy: not for those who have no pictures

        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        named = {file.stem: str(file) for file in files if file.suffix.lower() in _TYPES}
        others = (file for file in files if file.suffix.lower() not in _TYPES)
        dicom = {uid: str(file) for file in others if (uid := image_uid(file))}
        return Pictures({**dicom, **named}, named)
    if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
        raise UsageError(f"{path}: --images takes a folder of pictures, or a .csv or .tsv table")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise UsageError(f"{path}: can't be read as a table in UTF-8") from None
    names = set(rows[0]) if rows else {"image", "study_id"}
    if "image" not in names or not names & {"image_id", "study_id"}:
        raise UsageError(f"{path}: the table needs a column 'image', and 'image_id' or 'study_id'")
    return Pictures(*(_column(rows, key, path.parent) for key in ("image_id", "study_id")))


def _column(rows: list[dict[str, str]], key: str, folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        name, where = row.get(key), row.get("image")
        if name and where:
            found.setdefault(name, where if _ADDRESS.match(where) else str(folder / where))
    return found


def _address(where: str) -> str:
    if _ADDRESS.match(where):
        return where
    file = Path(where)
    kind = _TYPES.get(file.suffix.lower())
    if kind is None:
        from clinnote.imaging.dicom.screen import image_uid, screen_png

        if image_uid(file) is None:
            raise RecordError(
                "no_image", f"pictures must be DICOM images of one frame, {', '.join(_TYPES)} or addresses"
            )
        return _data(_TYPES[".png"], screen_png(file))
    try:
        raw = file.read_bytes() if file.stat().st_size <= _LIMIT else None
    except OSError as error:
        raise RecordError("no_image", f"its picture can't be read ({error.strerror})") from None
    if raw is None:
        raise RecordError("image_too_large", f"its picture has more than {_LIMIT // 1_000_000} MB; give an address")
    return _data(kind, raw)


def _data(kind: str, raw: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"
