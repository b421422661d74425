"""JSON as it comes (whatever is wrong with it is one :class:`RecordError`) and as it goes, one record a line."""

import json
from typing import Any, Final

import msgspec

from clinnote.errors import RecordError
from clinnote.model.schema import to_dict

_ENCODER: Final = msgspec.json.Encoder()


def load_json(raw: bytes, bom: bool = True) -> Any:
    """The value of one UTF-8 JSON text, with ``bom`` after an optional byte order mark.

    Raises:
        RecordError: ``not_utf8`` or ``not_json``; the message says where, never what stands there.
    """
    try:
        return json.loads(raw.decode("utf-8-sig" if bom else "utf-8"))
    except UnicodeDecodeError as error:
        raise RecordError("not_utf8", f"byte {error.start} is not UTF-8; re-encode the file as UTF-8") from None
    except json.JSONDecodeError as error:
        line = f"line {error.lineno} " if error.lineno > 1 else ""
        raise RecordError("not_json", f"not JSON ({line}column {error.colno})") from None
    except RecursionError:
        raise RecordError("not_json", "nested too deeply") from None
    except ValueError:
        raise RecordError("not_json", "holds an integer of more than 4300 digits") from None


def dump_line(record: Any) -> bytes:
    """One record as one UTF-8 JSON line; NaN and infinity become null.

    Lone surrogates are escaped, so every text can be written and read back.
    """
    try:
        return _ENCODER.encode(record) + b"\n"
    except (TypeError, ValueError, OverflowError, RecursionError):  # surrogates, integers beyond 64 bits
        return _dump_slowly(record)


def _dump_slowly(record: Any) -> bytes:
    data = to_dict(record)
    try:
        return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(data, separators=(",", ":")) + "\n").encode()
