"""``configs/labelstudio.toml``: limits of push and pull, and how the local server is installed and started."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinnote.errors import OntologyError


@dataclass(frozen=True, slots=True)
class StudioConfig:
    """How the local server is installed and started."""

    package: str
    version: str
    constraints: Path
    start_seconds: int
    username: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LabelStudioConfig:
    """Everything in ``configs/labelstudio.toml``."""

    oldest: str
    timeout_seconds: int
    batch: int
    lookup_characters: int
    page: int
    studio: StudioConfig


def load_config(configs: Path) -> LabelStudioConfig:
    """Read ``labelstudio.toml`` of the folder ``configs``.

    Raises:
        OntologyError: the file is missing, not TOML, or lacks a key; the message names file and key.
    """
    path = configs / "labelstudio.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OntologyError(f"{path}: can't be read ({error.strerror})") from None
    except tomllib.TOMLDecodeError as error:
        raise OntologyError(f"{path.name}: {error}") from None
    studio = _get(data, "studio", dict)
    return LabelStudioConfig(
        oldest=_get(data, "server.oldest", str),
        timeout_seconds=_get(data, "server.timeout_seconds", int),
        batch=_get(data, "push.batch", int),
        lookup_characters=_get(data, "push.lookup_characters", int),
        page=_get(data, "pull.page", int),
        studio=StudioConfig(
            package=_get(data, "studio.package", str),
            version=_get(data, "studio.version", str),
            constraints=configs / _get(data, "studio.constraints", str),
            start_seconds=_get(data, "studio.start_seconds", int),
            username=_get(data, "studio.username", str),
            environment={str(k): str(v) for k, v in _get(studio, "environment", dict).items()},
        ),
    )


def _get[T](data: Mapping[str, Any], path: str, kind: type[T]) -> T:
    value: Any = data
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, kind):
        raise OntologyError(f"labelstudio.toml: {path}: a value of type {kind.__name__} is needed")
    return value
