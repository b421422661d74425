"""Objects in the answer of a DICOMweb server: ``multipart/related`` (RFC 2387), or one object by itself."""

import re
from collections.abc import Iterator
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;,]+))', re.IGNORECASE)


def objects_in(body: bytes, kind: str) -> Iterator[bytes]:
    """The DICOM files of an answer, whatever the server makes of the standard.

    Args:
        body: The message body.
        kind: Its Content-Type.

    Raises:
        ValueError: the answer is no DICOM: another type, or a multipart message without a whole part.
    """
    if not kind.strip().lower().startswith("multipart/"):
        if body[128:132] != b"DICM":
            raise ValueError("the answer is no DICOM object")
        yield body  # some servers send a single object without an envelope
        return
    match = _BOUNDARY.search(kind)
    if match is None:
        if body[128:132] != b"DICM":
            raise ValueError("a multipart answer without boundary")
        yield body
        return
    yield from _parts(body, b"--" + (match[1] or match[2]).encode("latin-1", "replace"))


def _parts(body: bytes, marker: bytes) -> Iterator[bytes]:
    at = 0 if body.startswith(marker) else body.find(b"\r\n" + marker) + 2
    if at == 1:
        raise ValueError("a multipart answer that lacks its boundary")
    found = False
    while at >= 0 and not body.startswith(marker + b"--", at):
        head = body.find(b"\r\n\r\n", at + len(marker))
        if head < 0:
            break
        end = body.find(b"\r\n" + marker, head + 2)
        if end != head:
            found = True
            yield body[head + 4 : end] if end >= 0 else body[head + 4 :].removesuffix(b"\r\n")
        at = end + 2 if end >= 0 else -1  # no last boundary: whether the object is whole, its reader tells
    if not found:
        raise ValueError("a multipart answer without a part")
