"""The annotation guideline: which labels there are, what may be said about each, and how the screen shows them.

A guideline is one TOML file with a name and a version, an array ``[[label]]`` and a table ``[attribute.NAME]`` for
every attribute that readers may set. Attribute names and values are those of :mod:`clinnote.model.mention`.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.model import mention
from clinnote.ontology.tables import read_given

ATTRIBUTE_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "polarity": mention.POLARITIES,
    "certainty": mention.CERTAINTIES,
    "temporality": mention.TEMPORALITIES,
    "experiencer": mention.EXPERIENCERS,
    "laterality": mention.LATERALITIES,
    "change": mention.CHANGES,
    "severity": mention.SEVERITIES,
}
"""Every attribute a guideline may offer, with its closed value set."""

DEFAULTS: Final[Mapping[str, str]] = {
    "polarity": "affirmed",
    "certainty": "definite",
    "temporality": "current",
    "experiencer": "patient",
}
"""Attributes that always have a value, and the value when a reader says nothing; all others may be empty."""

_TOP_KEYS: Final = ("name", "version", "description", "label", "attribute")
_LABEL_KEYS: Final = ("name", "description", "example", "colour", "hotkey")
_ATTRIBUTE_KEYS: Final = ("description", "values", "labels")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_LABEL_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HOTKEY: Final = re.compile(r"[0-9a-z]")


@dataclass(frozen=True, slots=True)
class Label:
    """One kind of span that readers mark."""

    name: str
    description: str
    example: str
    colour: str
    """``#rrggbb``."""
    hotkey: str
    """One digit or lower-case letter."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One question about a span: its answers, in screen order, and the labels it is asked for."""

    name: str
    description: str
    values: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def default(self) -> str | None:
        """The value when a reader says nothing; None where an answer may stay empty."""
        return DEFAULTS.get(self.name)


@dataclass(frozen=True, slots=True)
class Guideline:
    """A versioned guideline, read from one file."""

    name: str
    version: str
    description: str
    labels: tuple[Label, ...]
    attributes: tuple[Attribute, ...]
    sha256: str
    """Hash of the file's bytes."""

    @property
    def id(self) -> str:
        """Name and version as they stand in records: ``clinical@1.0``."""
        return f"{self.name}@{self.version}"

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names, in screen order."""
        return tuple(label.name for label in self.labels)

    def attributes_of(self, label: str) -> tuple[Attribute, ...]:
        """The attributes that are asked for a label, in screen order."""
        return tuple(attribute for attribute in self.attributes if label in attribute.labels)


def load_guideline(path: Path) -> Guideline:
    """Read and prove a guideline file.

    Raises:
        OntologyError: the file is missing or not TOML, a key is unknown, missing or of the wrong type, or a value is
            outside its value set. The message names file and key.
    """
    try:
        raw = read_given(path)
        data = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise OntologyError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise OntologyError(f"{path.name}: not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise OntologyError(f"{path.name}: {error}") from None
    reader = _Reader(path.name)
    reader.keys(data, _TOP_KEYS, "")
    labels = tuple(_label(reader, item, i) for i, item in enumerate(reader.tables(data, "label"), 1))
    if not labels:
        raise reader.error("label", "at least one [[label]] is needed")
    reader.unique([label.name for label in labels], "label.name")
    reader.unique([label.hotkey for label in labels], "label.hotkey")
    names = [label.name for label in labels]
    found = reader.table(data, "attribute")
    for name in found:
        if name not in ATTRIBUTE_VALUES:
            raise reader.error(f"attribute.{name}", f"unknown attribute; there are {', '.join(ATTRIBUTE_VALUES)}")
    return Guideline(
        name=reader.pattern(data, "name", "", _LABEL_NAME, "lower-case letters, digits and _"),
        version=reader.text(data, "version", ""),
        description=reader.text(data, "description", ""),
        labels=labels,
        attributes=tuple(_attribute(reader, name, item, names) for name, item in found.items()),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _label(reader: "_Reader", item: Mapping[str, Any], number: int) -> Label:
    where = f"label[{number}]"
    reader.keys(item, _LABEL_KEYS, where)
    return Label(
        name=reader.pattern(item, "name", where, _LABEL_NAME, "lower-case letters, digits and _"),
        description=reader.text(item, "description", where),
        example=reader.text(item, "example", where),
        colour=reader.pattern(item, "colour", where, _COLOUR, "#rrggbb"),
        hotkey=reader.pattern(item, "hotkey", where, _HOTKEY, "one digit or lower-case letter"),
    )


def _attribute(reader: "_Reader", name: str, item: Any, labels: Sequence[str]) -> Attribute:
    where = f"attribute.{name}"
    if not isinstance(item, Mapping):
        raise reader.error(where, "must be a table")
    reader.keys(item, _ATTRIBUTE_KEYS, where)
    values = reader.words(item, "values", where, ATTRIBUTE_VALUES[name])
    default = DEFAULTS.get(name)
    if default is not None and default not in values:
        raise reader.error(f"{where}.values", f"must hold the default value '{default}'")
    return Attribute(
        name=name,
        description=reader.text(item, "description", where),
        values=values,
        labels=reader.words(item, "labels", where, labels),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Typed look-ups in a TOML document; every complaint names the file and the key."""

    file: str

    def error(self, key: str, message: str) -> OntologyError:
        return OntologyError(f"{self.file}: {key}: {message}")

    def keys(self, table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in table:
            if key not in known:
                raise self.error(_join(where, key), f"unknown key; there are {', '.join(known)}")

    def text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(_join(where, key), "a text is needed" if key not in table else "must be a non-empty text")
        return value

    def pattern(self, table: Mapping[str, Any], key: str, where: str, form: re.Pattern[str], words: str) -> str:
        value = self.text(table, key, where)
        if form.fullmatch(value) is None:
            raise self.error(_join(where, key), f"must be {words}")
        return value

    def words(self, table: Mapping[str, Any], key: str, where: str, allowed: Sequence[str]) -> tuple[str, ...]:
        path = _join(where, key)
        value = table.get(key)
        if not isinstance(value, list) or not value:
            raise self.error(path, "a list is needed")
        for item in value:
            if item not in allowed:
                raise self.error(path, f"'{item}' is not one of {', '.join(allowed)}")
        self.unique(value, path)
        return tuple(value)

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = data.get(key, {})
        if not isinstance(value, Mapping):
            raise self.error(key, "must be a table")
        return value

    def tables(self, data: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.error(key, f"must be an array of tables ([[{key}]])")
        return value

    def unique(self, values: Sequence[str], path: str) -> None:
        for value in values:
            if values.count(value) > 1:
                raise self.error(path, f"'{value}' stands twice")


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
