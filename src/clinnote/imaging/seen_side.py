"""One statement of a side, with what it rests on."""

from dataclasses import dataclass

from clinnote.model.laterality import Sides


@dataclass(frozen=True, slots=True)
class SeenSide:
    """One statement of a side: the sides, what it rests on (``BASES``) and the attribute that says it."""

    sides: Sides
    basis: str
    where: str
