"""What the words of a label set mean: ``ontologies/label_maps/*.tsv``, one table for each set.

A row maps one label text to concepts of ``ontologies/terms`` (any of them may be meant), and to the site, side or
absence that the label itself states; it says whether the set was read for the label on every image.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.errors import OntologyError
from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.tables import Row, read_table

COLUMNS: Final = ("set", "text", "concept", "site", "side", "absence", "complete", "asked", "source")
NO_LABEL_SETS: Final = frozenset({"body_parts.tsv", "roi_words.tsv"})
"""Tables of the folder that hold something else."""
_NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class LabelMeaning:
    """One label of one set: ``concepts`` (any of them), ``site`` a node of ``ontologies/anatomy``."""

    set: str
    text: str
    concepts: tuple[str, ...]
    site: str | None
    sides: Sides
    absence: bool
    """The label states that something is not there ("No Finding")."""
    complete: bool
    """Every image of the set was read for it, so that an image without the label does not show it."""
    asked: bool
    """The words mean this only where the set is named ("Mass" of a mammography set is in the breast)."""
    source: str


@dataclass(frozen=True, slots=True)
class LabelMaps:
    """All label sets, by normalised text; ``common`` holds what the words mean in a file of no known set."""

    by_text: Mapping[str, tuple[LabelMeaning, ...]]
    common: Mapping[str, tuple[LabelMeaning, ...]]

    def __iter__(self) -> Iterator[LabelMeaning]:
        return (meaning for meanings in self.by_text.values() for meaning in meanings)

    def find(self, text: str, label_set: str | None = None) -> tuple[LabelMeaning, ...]:
        """What ``text`` means, in one set or in all that know it; empty when none does."""
        words = normalise(text)
        if label_set is not None:
            own = tuple(meaning for meaning in self.by_text.get(words, ()) if meaning.set == label_set)
            if own:
                return own
        return self.common.get(words, ())

    def complete_for(self, label_set: str) -> tuple[str, ...]:
        """The labels of a set whose absence on an image means that the finding is absent; for ``exhaustive_for``."""
        return tuple(meaning.text for meaning in self if meaning.set == label_set and meaning.complete)

    def sets(self) -> tuple[str, ...]:
        """The names of all sets."""
        return tuple(sorted({meaning.set for meaning in self}))


def normalise(text: str) -> str:
    """Lower case, anything but letters and digits one space: "Pleural_Thickening" is "pleural thickening"."""
    return _NOT_A_WORD.sub(" ", text.lower()).strip()


def load_label_maps(ontologies: Path) -> LabelMaps:
    """Read every table of ``ontologies/label_maps``.

    Raises:
        OntologyError: a table breaks its columns, names a side or absence that does not exist, or a text twice.
    """
    by_text: dict[str, list[LabelMeaning]] = {}
    for file in sorted((ontologies / "label_maps").glob("*.tsv")):
        if file.name in NO_LABEL_SETS:
            continue
        for row in read_table(file, COLUMNS):
            meaning = _meaning(row)
            same = by_text.setdefault(normalise(meaning.text), [])
            if any(other.set == meaning.set for other in same):
                raise row.error(f"'{meaning.text}' stands twice in set {meaning.set}")
            same.append(meaning)
    if not by_text:
        raise OntologyError(f"no table in {ontologies / 'label_maps'}")
    return LabelMaps(
        {text: tuple(meanings) for text, meanings in by_text.items()},
        {text: tuple(meaning for meaning in meanings if not meaning.asked) for text, meanings in by_text.items()},
    )


def _meaning(row: Row) -> LabelMeaning:
    for column in ("absence", "complete", "asked"):
        if row[column] not in ("", "yes"):
            raise row.error(f"{column} must be yes or empty")
    try:
        sides = laterality.parse(row["side"] or None)
    except ValueError as error:
        raise row.error(str(error)) from None
    return LabelMeaning(
        row["set"],
        row["text"],
        row.items("concept"),
        row["site"] or None,
        sides,
        row["absence"] == "yes",
        row["complete"] == "yes",
        row["asked"] == "yes",
        row["source"],
    )
