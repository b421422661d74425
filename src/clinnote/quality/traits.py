"""What is compared about two matched mentions: each attribute as one plain value."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from clinnote.model.mention import Mention

CLOSED: Final[Mapping[str, str]] = {
    "polarity": "affirmed",
    "certainty": "definite",
    "temporality": "current",
    "experiencer": "patient",
    "change": "",
    "severity": "",
    "laterality": "",
}
"""Attributes with a closed value set, and the value that says nothing. Each other value has a score of its own."""


def _sites(mention: Mention) -> str:
    return " + ".join(sorted({site.site or " ".join(site.text.casefold().split()) for site in mention.sites}))


def _measured(mention: Mention) -> str:
    parts = []
    for number in mention.measurements:
        value = f"{number.value:g}" if number.high is None else f"{number.value:g}-{number.high:g}"
        parts.append(f"{number.comparator or ''}{value} {number.unit or ''}".strip())
    return " + ".join(sorted(parts))


def _dosage(mention: Mention) -> str:
    if mention.dosage is None:
        return ""
    values = ((field.name, getattr(mention.dosage, field.name)) for field in fields(mention.dosage))
    return ", ".join(f"{name} {value}" for name, value in values if value is not None)


def _when(mention: Mention) -> str:
    return (mention.when.start or "") if mention.when is not None else ""


OPEN: Final[Mapping[str, Callable[[Mention], str]]] = {
    "sites": _sites,
    "measurements": _measured,
    "dosage": _dosage,
    "when": _when,
    "section": lambda mention: mention.section or "",
}
"""Attributes with an open value set: only how often they agree is counted. The empty string says nothing."""

TRAITS: Final = (*CLOSED, *OPEN)


def trait(mention: Mention, name: str) -> str:
    """The value of an attribute as it is compared; the value that says nothing where the mention says nothing."""
    if name in CLOSED:
        value: str | None = getattr(mention, name)
        return value if value is not None else CLOSED[name]
    return OPEN[name](mention)


def says_nothing(name: str) -> str:
    """The value of an attribute that every mention has unless something is said."""
    return CLOSED.get(name, "")
