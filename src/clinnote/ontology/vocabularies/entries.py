"""What a vocabulary is made of: entries, and the bits that say how a key of the artefact may match."""

from dataclasses import dataclass
from typing import Final

from clinnote.model.codes import Code

TERM: Final = 1
"""The key names something other than a body site."""
SITE: Final = 2
"""The key names a body site."""
CAPITALS: Final = 4
"""The key matches only in capitals."""
CAPITALS_S: Final = 8
"""The key matches only in capitals with a small s."""

BODY_SITE: Final = "body_site"


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept with its forms as they came; ``sites`` are nodes of ``ontologies/anatomy`` it implies.

    ``variants`` are further forms that rules have made of ``forms``: where two entries share a key, the one that was
    given it goes before the one for which it was made. ``capitals`` are the forms that match only in capitals ("AIDS").
    """

    label: str
    forms: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    concept: str | None = None
    sites: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
