"""The file layout of a compiled vocabulary: named blocks of bytes behind a JSON header, made to be memory-mapped.

A magic line, the length of the header (8 bytes, little endian), the header with the place of each block, then the
blocks at multiples of 16 bytes. ``version`` is the beginning of the SHA-256 over the blocks, so that the same content
has the same version wherever it was built; ``digest`` covers the manifest, too.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from clinnote.errors import UsageError

_MAGIC: Final = b"clinnote vocabulary 1\n"
_ALIGNED: Final = 16
_REBUILD: Final = "build the vocabulary again"


def pack(blocks: Mapping[str, bytes], facts: Mapping[str, Any], manifest: Mapping[str, Any]) -> bytes:
    """The bytes of an artefact; ``facts`` are further JSON-able keys of its header."""
    places: dict[str, list[int]] = {}
    at = 0
    for name, block in blocks.items():
        places[name] = [at, len(block)]
        at += len(block) + (-len(block) % _ALIGNED)
    content = _sum(blocks)
    header = {
        "version": content[:16],
        "digest": _digest(content, manifest),
        **facts,
        "manifest": manifest,
        "blocks": places,
    }
    raw = json.dumps(header).encode()
    start = len(_MAGIC) + 8 + len(raw)
    body = b"".join(block + b"\0" * (-len(block) % _ALIGNED) for block in blocks.values())
    return _MAGIC + len(raw).to_bytes(8, "little") + raw + b"\0" * (-start % _ALIGNED) + body


def unpack(buffer: memoryview, path: Path | None) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """(header, block by name) of an artefact; no block is read.

    Raises:
        UsageError: it is no compiled vocabulary, its header is damaged, or it is cut short.
    """
    name = path or "vocabulary"
    head = len(_MAGIC) + 8
    if bytes(buffer[: len(_MAGIC)]) != _MAGIC:
        raise UsageError(f"{name}: not a compiled vocabulary; build one with 'clinnote vocab build'")
    length = int.from_bytes(buffer[len(_MAGIC) : head], "little")
    try:
        header: dict[str, Any] = json.loads(bytes(buffer[head : head + length]))
        places: dict[str, list[int]] = header["blocks"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{name}: the header is damaged; {_REBUILD}") from None
    base = head + length + (-(head + length) % _ALIGNED)
    blocks = {key: buffer[base + at : base + at + size] for key, (at, size) in places.items()}
    if any(len(blocks[key]) != size for key, (_, size) in places.items()):
        raise UsageError(f"{name}: the file is cut short; {_REBUILD}")
    return header, blocks


def intact(header: Mapping[str, Any], blocks: Mapping[str, memoryview]) -> bool:
    """Whether blocks and manifest still have the hashes that the header gives them. Reads everything."""
    content = _sum(blocks)
    whole = header.get("digest", _digest(content, header.get("manifest", {})))
    return bool(header["version"] == content[:16] and whole == _digest(content, header.get("manifest", {})))


def _sum(blocks: Mapping[str, bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for name, block in blocks.items():
        digest.update(f"{name} {len(block)}\n".encode())
        digest.update(block)
    return digest.hexdigest()


def _digest(content: str, manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{content}\n{text}".encode()).hexdigest()
