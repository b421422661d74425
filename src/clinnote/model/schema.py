"""Records to and from JSON objects, and the published JSON Schema of each record.

One walk over the dataclass fields serves all records, so a new field needs no code here. Keys that a record does
not know are kept under its ``metadata``.
"""

import contextlib
import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from clinnote.errors import RecordError
from clinnote.model import conflict, image_label, mention
from clinnote.model.codes import Code, canonical_system
from clinnote.model.conflict import Conflict
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import Mention, TaggedNote
from clinnote.model.note import Note

RECORDS: typing.Final[Mapping[str, type]] = {
    "note": Note,
    "mention": Mention,
    "tagged_note": TaggedNote,
    "image_label": ImageLabel,
    "conflict": Conflict,
}

VALUES: typing.Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("Mention", "polarity"): mention.POLARITIES,
    ("Mention", "certainty"): mention.CERTAINTIES,
    ("Mention", "temporality"): mention.TEMPORALITIES,
    ("Mention", "experiencer"): mention.EXPERIENCERS,
    ("Mention", "change"): mention.CHANGES,
    ("Mention", "laterality"): mention.LATERALITIES,
    ("Mention", "origin"): mention.ORIGINS,
    ("SiteMention", "laterality"): mention.LATERALITIES,
    ("Measurement", "comparator"): mention.COMPARATORS,
    ("Measurement", "flag"): mention.FLAGS,
    ("Dosage", "status"): mention.DRUG_STATUSES,
    ("ImageLabel", "presence"): image_label.PRESENCES,
    ("LabelSides", "values"): ("left", "right", "midline"),
    ("LabelSides", "basis"): image_label.BASES,
    ("Geometry", "kind"): image_label.GEOMETRY_KINDS,
    ("Geometry", "unit"): image_label.UNITS,
    ("Conflict", "kind"): conflict.KINDS,
    ("Conflict", "severity"): conflict.SEVERITIES,
    ("Verdict", "value"): conflict.VERDICTS,
}
"""The closed value sets of the contract, by (record, field)."""

_MISSING: typing.Final = object()
type _Path = tuple[_Path, str | int] | None
"""Where a value stands, innermost last; written out where something is wrong."""
type _Decoder = Callable[[Any, _Path], Any]

_INTEGER_LIMIT: typing.Final = 2**63
"""Integers of a record fit Parquet's 64 bits."""


def fields_of(cls: Any) -> tuple[tuple[str, Any, bool], ...]:
    """(name, type hint, has no default) of every field of a record, in order."""
    return _fields(cls)


@functools.cache
def _fields(cls: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        (
            f.name,
            hints[f.name],
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
        )
        for f in dataclasses.fields(cls)
    )


def to_dict(record: Any) -> dict[str, Any]:
    """The record as a JSON object, every key of the contract present, in field order; NaN and infinity become null."""
    return {name: _plain(getattr(record, name)) for name, _, _ in fields_of(type(record))}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None  # JSON has no word for NaN and infinity
    if value is None or isinstance(value, str | int):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, tuple | list | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return str(value)


def from_dict[T](cls: type[T], data: Any, where: str = "") -> T:
    """The record for a JSON object; short names of code systems become their URI.

    Raises:
        RecordError: a required key is missing, or a value has the wrong type or is outside its value set. The
            message names the key, never the value's text.
    """
    return typing.cast("T", _record(cls, data, (None, where) if where else None))


def _record(cls: type, data: Any, path: _Path) -> Any:
    if not isinstance(data, Mapping):
        raise RecordError("not_an_object", f"{_told(path) or cls.__name__} must be an object")
    known: dict[str, Any] = {}
    taken, plan = 0, _plan(cls)
    for key, decode, required, optional, allowed in plan:
        raw = data.get(key, _MISSING)
        taken += raw is not _MISSING
        if raw is _MISSING and required:
            if not optional:
                raise RecordError("missing_key", f"required key '{_told((path, key))}' is missing")
            known[key] = None
        if raw is _MISSING or (raw is None and not required and not optional):
            continue
        value = decode(raw, (path, key))
        if allowed is not None and value is not None:
            for v in value if isinstance(value, tuple) else (value,):
                if v not in allowed:
                    raise RecordError("bad_value", f"'{_told((path, key))}' must be one of {', '.join(allowed)}")
        known[key] = value
    if taken < len(data) and "metadata" in (keys := {key for key, *_ in plan}):
        known["metadata"] = {**known.get("metadata", {}), **{k: v for k, v in data.items() if k not in keys}}
    if cls is Code:
        known["system"] = canonical_system(known["system"])
    return cls(**known)


@functools.cache
def _plan(cls: Any) -> tuple[tuple[str, _Decoder, bool, bool, tuple[str, ...] | None], ...]:
    """Of every field of a record: name, decoder, has no default, may be None, its closed value set."""
    return tuple(
        (key, _decoder(hint), required, is_optional(hint), VALUES.get((cls.__name__, key)))
        for key, hint, required in fields_of(cls)
    )


def is_optional(hint: Any) -> bool:
    """Whether None is among the types of a hint."""
    return typing.get_origin(hint) in (typing.Union, types.UnionType) and type(None) in typing.get_args(hint)


def _decoder(hint: Any) -> _Decoder:
    """What makes a value of a type hint from JSON; found out once a field, for records come by the million."""
    if hint is Any:
        return lambda raw, path: raw  # noqa: ARG005 (a decoder's signature)
    if dataclasses.is_dataclass(hint):
        return functools.partial(_record, typing.cast("type", hint))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [option for option in args if option is not type(None)]
        return functools.partial(_decode_union, options, [_decoder(option) for option in options])
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return functools.partial(_decode_list, _decoder(args[0]))
        return functools.partial(_decode_tuple, [_decoder(each) for each in args])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping
    return _SCALARS[hint]


def _decode_union(options: list[Any], decoders: list[_Decoder], raw: Any, path: _Path) -> Any:
    if raw is None:
        return None
    return decoders[options.index(_choose(options, raw)) if len(options) > 1 else 0](raw, path)


def _decode_list(decode: _Decoder, raw: Any, path: _Path) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        raise RecordError("wrong_type", f"'{_told(path)}' must be a list")
    return tuple([decode(v, (path, i)) for i, v in enumerate(raw)])


def _decode_tuple(decoders: list[_Decoder], raw: Any, path: _Path) -> tuple[Any, ...]:
    if isinstance(raw, list | tuple) and len(raw) != len(decoders):
        raise RecordError("wrong_type", f"'{_told(path)}' must have {len(decoders)} items")
    each = iter(decoders)
    return _decode_list(lambda v, at: next(each)(v, at), raw, path)


def _mapping(raw: Any, path: _Path) -> dict[Any, Any]:
    if not isinstance(raw, Mapping):
        raise RecordError("wrong_type", f"'{_told(path)}' must be an object")
    return dict(raw)


def _told(path: _Path) -> str:
    """A path as messages name it: ``mentions[3].sites[0].laterality``."""
    if path is None:
        return ""
    before, last = _told(path[0]), path[1]
    return f"{before}[{last}]" if isinstance(last, int) else f"{before}.{last}" if before else last


def _choose(options: list[Any], raw: Any) -> Any:
    """The record type of a union whose required keys are all there; the first option when none fits."""
    for option in options:
        if (
            dataclasses.is_dataclass(option)
            and isinstance(raw, Mapping)
            and all(
                raw.get(key) is not None
                for key, hint, required in fields_of(option)
                if required and not is_optional(hint)
            )
        ):
            return option
    return options[0]


def _text(raw: Any, path: _Path) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    raise RecordError("wrong_type", f"'{_told(path)}' must be a string")


def _integer(raw: Any, path: _Path) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)  # 1.0 is an integer in JSON Schema, and what pandas makes of a column with gaps
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < _INTEGER_LIMIT:
        return raw
    raise RecordError("wrong_type", f"'{_told(path)}' must be an integer")


def _number(raw: Any, path: _Path) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        with contextlib.suppress(OverflowError):  # an integer beyond what a float holds
            if math.isfinite(value := float(raw)):
                return value
    raise RecordError("wrong_type", f"'{_told(path)}' must be a finite number")


_SCALARS: typing.Final[Mapping[Any, _Decoder]] = {str: _text, int: _integer, float: _number}


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one record of the contract.

    Raises:
        RecordError: no record has this name.
    """
    if name not in RECORDS:
        raise RecordError("unknown_record", f"no record '{name}'; there are {', '.join(RECORDS)}")
    defs: dict[str, Any] = {}
    root = _schema_of(RECORDS[name], defs)
    cls = root["$ref"].rsplit("/", 1)[1]
    body = defs.pop(cls)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, **body, "$defs": defs}


def _schema_of(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if hint is Any:
        return {}
    if dataclasses.is_dataclass(hint):
        return _record_schema(typing.cast("type", hint), defs)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema_of(a, defs) for a in args]}
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return {"type": "array", "items": _schema_of(args[0], defs)}
        return {"type": "array", "prefixItems": [_schema_of(a, defs) for a in args], "minItems": len(args)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object"}
    return {"type": {str: "string", int: "integer", float: "number", type(None): "null"}[hint]}


def _record_schema(cls: type, defs: dict[str, Any]) -> dict[str, Any]:
    name = cls.__name__
    if name not in defs:
        defs[name] = {}
        properties: dict[str, Any] = {}
        for key, hint, _ in fields_of(cls):
            schema = _schema_of(hint, defs)
            allowed = VALUES.get((name, key))
            if allowed and "items" in schema:
                schema = {"type": "array", "items": {"enum": list(allowed)}}
            elif allowed:
                schema = {"enum": [*allowed, *([None] if is_optional(hint) else [])]}
            properties[key] = schema
        defs[name] = {
            "type": "object",
            "description": (cls.__doc__ or "").strip().split("\n")[0],
            "properties": properties,
            "required": [key for key, _, required in fields_of(cls) if required],
        }
    return {"$ref": f"#/$defs/{name}"}
