"""Frozen dataclasses that are made in large numbers."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, dataclass_transform

_MISSING: Final = "_missing"


@dataclass_transform(frozen_default=True)
def record[T](cls: type[T]) -> type[T]:
    """``dataclass(frozen=True, slots=True)`` whose instances are made about three times as fast.

    The ``__init__`` that dataclasses write for a frozen class sets each field through ``object.__setattr__``. This one
    lets the new object be of a twin class that is not frozen while its fields are set, and then makes it what it is.
    """
    frozen = dataclass(frozen=True, slots=True)(cls)
    init = _init(frozen)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    type.__setattr__(frozen, "__init__", init)
    return frozen


def _init(frozen: type[Any]) -> Callable[..., None]:
    own = fields(frozen)
    twin = type(f"_{frozen.__name__}", (), {"__slots__": tuple(field.name for field in own)})
    scope: dict[str, Any] = {"_set": object.__setattr__, "_twin": twin, "_frozen": frozen, _MISSING: MISSING}
    parameters, lines = ["self"], ["_set(self, '__class__', _twin)"]
    for field in own:
        name, default = field.name, f"_default_{field.name}"
        value = name
        if field.default is not MISSING:
            scope[default] = field.default
            name = f"{name}={default}"
        elif field.default_factory is not MISSING:
            scope[default] = field.default_factory
            value = f"{default}() if {name} is {_MISSING} else {name}"
            name = f"{name}={_MISSING}"
        parameters.append(name)
        lines.append(f"self.{field.name} = {value}")
    lines.append("self.__class__ = _frozen")
    exec(f"def __init__({', '.join(parameters)}):\n    " + "\n    ".join(lines), scope)  # noqa: S102 - as dataclasses do
    init: Callable[..., None] = scope["__init__"]
    init.__annotations__ = {field.name: field.type for field in own}
    return init
