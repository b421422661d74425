"""The stretches of text that a mention covers: one for most, several where words stand between its parts."""

from clinnote.model.mention import Mention
from clinnote.model.spans import valid

type Stretches = tuple[tuple[int, int], ...]


def stretches_of(mention: Mention) -> Stretches:
    """(start, end) of every stretch, in order: ``metadata["fragments"]`` where it is given, else the span itself."""
    raw = mention.metadata.get("fragments")
    if isinstance(raw, list | tuple) and raw:
        parts = [(part[0], part[1]) for part in raw if isinstance(part, list | tuple) and len(part) == 2]
        if len(parts) == len(raw) and all(valid(start, end, mention.end) for start, end in parts):
            return tuple(sorted(parts))
    return ((mention.start, mention.end),)
