"""What a conflict has in common with others: the properties by which verdicts are counted and rules are learnt."""

from collections.abc import Iterable, Mapping
from typing import Final

from clinnote.model.conflict import Conflict, ImageSide, TextSide

FEATURES: Final = (
    "trap",
    "section",
    "basis",
    "label",
    "finding",
    "site",
    "view",
    "modality",
    "source",
    "reader",
)
"""Names of the properties, those first that say why a flag may be false. ``label`` is the image label's class,
``source`` the format it was read from, ``reader`` its annotator."""
KEPT: Final = "features"
"""Key of a record's metadata that holds its properties where the two sides themselves are left out."""


def features_of(conflict: Conflict) -> dict[str, tuple[str, ...]]:
    """The properties of a conflict, each with its values in small letters; without those it does not have.

    A record without sides (a verdict that was exported) gives those kept in its metadata.
    """
    kept = conflict.metadata.get(KEPT)
    found: dict[str, tuple[str, ...]] = {}
    if isinstance(kept, Mapping):
        found |= {name: _clean(kept[name]) for name in FEATURES if kept.get(name)}
    found |= {name: values for name, values in _own(conflict).items() if values}
    return {name: found[name] for name in FEATURES if found.get(name)}


def _own(conflict: Conflict) -> dict[str, tuple[str, ...]]:
    text, image = conflict.text, conflict.image
    sides = [side for side in (text, image) if isinstance(side, TextSide)]
    own: dict[str, tuple[str, ...]] = {
        "trap": _clean(conflict.could_be_false_because),
        "section": _clean(side.section for side in sides),
        "finding": _clean(side.finding for side in sides),
        "site": _clean(side.site for side in sides),
    }
    if isinstance(image, ImageSide):
        own |= {
            "basis": _clean([image.basis]),
            "label": _clean([image.finding]),
            "site": own["site"] or _clean([image.site]),
            "view": _clean([image.view]),
            "modality": _clean([image.modality]),
            "source": _clean([image.format]),
            "reader": _clean([image.annotator]),
        }
    return own


def _clean(values: object) -> tuple[str, ...]:
    """The values in small letters with single blanks, each once, in order."""
    listed = [values] if isinstance(values, str) else values
    if not isinstance(listed, Iterable):
        return ()
    words = [same_words(str(value)) for value in listed if value is not None]
    return tuple(dict.fromkeys(word for word in words if word))


def same_words(value: str) -> str:
    """A value as it is compared: small letters, single blanks."""
    return " ".join(value.casefold().split())
