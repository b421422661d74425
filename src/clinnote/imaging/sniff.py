"""Which binary files are DICOM and which NIfTI, by their first bytes: what reads them is imported when they come."""

from typing import Final

_NIFTI_SIZES: Final = frozenset(size.to_bytes(4, order) for size in (348, 540) for order in ("little", "big"))
"""Sizes of the headers of NIfTI-1 and NIfTI-2, with which they begin."""


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file, with preamble or (old files) without."""
    if head[128:132] == b"DICM":
        return True
    group, element = head[0:2], int.from_bytes(head[2:4], "little")
    return group in (b"\x02\x00", b"\x08\x00") and element <= 0x0100 and b"\0" in head[4:12]


def is_nifti(head: bytes) -> bool:
    """Whether a file begins with the header of a NIfTI-1 or NIfTI-2 file (one file, or the header of a pair)."""
    if len(head) < 348 or head[:4] not in _NIFTI_SIZES:
        return False
    return head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0")
