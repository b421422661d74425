"""Records as Parquet: the same columns, nested as structs and lists; ``metadata`` is one JSON string a record."""

import contextlib
import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from clinnote.errors import RecordError, UsageError
from clinnote.model.schema import fields_of, to_dict
from clinnote.store.json_text import dump_line

_GROUP = 2000
"""Records held before a row group is written: bounds the memory of a run of any length."""

_SCALARS = {str: pa.string(), int: pa.int64(), float: pa.float64()}
_JSON_FIELD = {b"clinnote": b"json"}


@functools.cache
def schema_of(cls: Any) -> Any:
    """The Arrow schema of a record type."""
    return pa.schema(_columns((cls,)))


def _columns(records: tuple[Any, ...]) -> list[Any]:
    """Columns of a record, or of a union of records merged into one struct."""
    columns: dict[str, Any] = {}
    for record in records:
        for name, hint, _ in fields_of(record):
            columns.setdefault(name, _field(name, hint))
    return list(columns.values())


def _field(name: str, hint: Any) -> Any:
    if _is_mapping(hint):
        return pa.field(name, pa.string(), metadata=_JSON_FIELD)
    return pa.field(name, _type(hint))


def _is_mapping(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _type(hint: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return pa.struct(_columns((hint,)))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = tuple(a for a in args if a is not type(None))
        return pa.struct(_columns(options)) if len(options) > 1 else _type(options[0])
    if origin is tuple:
        return pa.list_(_type(args[0]))
    return _SCALARS[hint]


def _pack(data: Any, kind: Any) -> Any:
    """A JSON value made to fit an Arrow type: mappings become JSON strings."""
    if data is None:
        return None
    if pa.types.is_struct(kind):
        packed = {}
        for field in kind:
            value = data.get(field.name)
            packed[field.name] = json.dumps(value) if field.metadata == _JSON_FIELD else _pack(value, field.type)
        return packed
    if pa.types.is_list(kind):
        return [_pack(v, kind.value_type) for v in data]
    return data


def _unpack(data: Any, kind: Any) -> Any:
    if data is None:
        return None
    if pa.types.is_struct(kind):
        return {field.name: _unpack_field(data.get(field.name), field) for field in kind}
    if pa.types.is_map(kind):
        return {str(key): _unpack(value, kind.item_type) for key, value in data}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_unpack(v, kind.value_type) for v in data]
    return _as_json(data)


def _unpack_field(value: Any, field: Any) -> Any:
    if field.metadata == _JSON_FIELD:
        return json.loads(value) if value else {}
    if field.name == "metadata" and isinstance(value, str):
        with contextlib.suppress(ValueError):  # tools such as pandas lose the mark of our JSON column
            return json.loads(value)
    return _unpack(value, field.type)


def _as_json(value: Any) -> Any:
    """A cell that other tools wrote: times as ISO 8601, a missing number (NaN) as null, UTF-8 bytes as text."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode()
    return value


def to_bytes(records: Sequence[Any], cls: type) -> bytes:
    """Records of one type as one Arrow stream, for :func:`write_parts`.

    Raises:
        RecordError: one of the records can't be held; :func:`row_of` says which and why.
    """
    schema = schema_of(cls)
    table = _parsed([_line(record) for record in records], schema)
    if table is None:
        table = pa.Table.from_pylist([row_of(record, cls) for record in records], schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _line(record: Any) -> bytes | None:
    """The record as a JSON line with each ``metadata`` as a string; None when one inside the record is not empty.

    The pattern can't stand in a string, where quotes are escaped, nor in the record's own metadata, now a string.
    """
    own = getattr(record, "metadata", None)
    if own:
        record = dataclasses.replace(record, metadata=json.dumps(to_dict(record)["metadata"]))
    line = dump_line(record).replace(b'"metadata":{}', b'"metadata":"{}"')
    return None if b'"metadata":{' in line else line


def _parsed(lines: Sequence[bytes | None], schema: Any) -> Any:
    """The table of JSON lines by Arrow's own reader, many times faster than from Python; None when it refuses."""
    if not lines or None in lines:
        return None
    data = b"".join(line for line in lines if line is not None)
    read = pa_json.ReadOptions(use_threads=False, block_size=len(data) + 1)
    parse = pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    try:
        table = pa_json.read_json(pa.BufferReader(data), read, parse)
        return pa.Table.from_arrays([table.column(name) for name in schema.names], schema=schema)
    except (pa.ArrowException, KeyError):
        return None


def write_parts(path: Path, cls: type, parts: Iterable[bytes]) -> None:
    """Write streams of :func:`to_bytes` as one Parquet file. How the records are divided into parts leaves no trace."""
    schema = schema_of(cls)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held = schema.empty_table()
        for part in parts:
            held = pa.concat_tables([held, *_tables(part)])
            while held.num_rows >= _GROUP:
                writer.write_table(held.slice(0, _GROUP).combine_chunks())
                held = held.slice(_GROUP)
        if held.num_rows:
            writer.write_table(held.combine_chunks())


def _tables(part: bytes) -> Iterator[Any]:
    """The tables of one or several streams, one behind the other."""
    source = pa.BufferReader(part)
    while source.tell() < len(part):
        with pa.ipc.open_stream(source) as stream:
            yield stream.read_all()


def row_of(record: Any, cls: type) -> dict[str, Any]:
    """The record as a row that Parquet can hold.

    Raises:
        RecordError: the text has lone surrogates, which Parquet (UTF-8) can't hold, or a value is of another type.
    """
    struct = pa.struct(list(schema_of(cls)))
    row: dict[str, Any] = _pack(to_dict(record), struct)
    try:
        pa.array([row], struct)
    except (UnicodeEncodeError, pa.ArrowInvalid):
        raise RecordError(
            "not_utf8", "the text has lone surrogates, which Parquet can't hold; write .jsonl instead"
        ) from None
    except (pa.ArrowException, TypeError, OverflowError):
        raise RecordError("wrong_type", "a value has not the type of its Parquet column") from None
    return row


class RowWriter:
    """Writes records of one type in row groups."""

    def __init__(self, path: Path, cls: type) -> None:
        self._cls = cls
        self._schema = schema_of(cls)
        self._rows: list[Any] = []
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, record: Any) -> None:
        """Add one record.

        Raises:
            RecordError: the text has lone surrogates, which Parquet (UTF-8) can't hold, or a value is of another type.
        """
        self._rows.append(row_of(record, self._cls))
        if len(self._rows) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()
        self._writer.close()


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of any Parquet file as JSON objects; JSON columns of our own files are decoded.

    Raises:
        UsageError: the file is no Parquet file, or is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            struct = pa.struct(list(file.schema_arrow))
            for batch in file.iter_batches(batch_size=_GROUP):
                for row in batch.to_pylist():
                    yield _unpack(row, struct)
    except (pa.ArrowException, OSError, json.JSONDecodeError) as error:
        raise UsageError(f"{path}: not a readable Parquet file ({type(error).__name__})") from None


def count_records(path: Path) -> int | None:
    """How many rows a Parquet file has, by its footer; None where it is none."""
    try:
        rows: int = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return None
    return rows
