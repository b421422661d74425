"""JSON as it comes: whatever is wrong with it is one :class:`RecordError`, never another exception."""

import json
from typing import Any

from clinnote.errors import RecordError


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
