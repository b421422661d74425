"""The content tree of a structured report (PS3.3 C.17.3), read once: items, and where to find them by name and path."""

from collections.abc import Iterator
from typing import Final

from clinnote.imaging.dicom.codes import concept_key, first_code
from clinnote.imaging.dicom.concepts import Key
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.values import items, numbers_of, text_of
from clinnote.model.codes import Code

KINDS: Final = frozenset(
    ("CONTAINER", "CODE", "TEXT", "NUM", "PNAME", "DATE", "TIME", "DATETIME", "UIDREF", "IMAGE", "COMPOSITE",
     "WAVEFORM", "SCOORD", "SCOORD3D", "TCOORD", "TABLE")
)  # fmt: skip
"""Value types of the standard."""
NO_NAME: Final[Key] = ("", "")


class Item:
    """One content item: its elements, path (counted from 1: "1.9.2"), value type, concept name, coded value, children.

    ``key`` is the identity of the concept name, that of the standard concept where a private code means one.
    """

    __slots__ = ("children", "elements", "key", "kind", "name", "path", "value")

    def __init__(self, elements: Elements, path: str) -> None:
        self.elements = elements
        self.path = path
        self.kind = text_of(elements, "ValueType").upper()
        self.name = first_code(elements, "ConceptNameCodeSequence")
        self.key: Key = concept_key(self.name) if self.name is not None else NO_NAME
        self.value: Code | None = first_code(elements, "ConceptCodeSequence") if self.kind in ("CODE", "") else None
        self.children: list[Item] = []

    @property
    def words(self) -> str:
        """What the concept name is called; "" when it has no name."""
        return (self.name.display or self.name.code) if self.name is not None else ""

    @property
    def text(self) -> str:
        """The value of a text item, or of the coded value in words."""
        if self.value is not None:
            return self.value.display or self.value.code
        return text_of(self.elements, "TextValue")

    def walk(self) -> Iterator["Item"]:
        """The item and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


class Tree:
    """A whole content tree."""

    def __init__(self, elements: Elements) -> None:
        self._by_path: dict[str, Item] | None = None
        self._by_key: dict[Key, list[Item]] = {}
        self.root = self._item(elements, "1")

    def _item(self, elements: Elements, path: str) -> Item:
        item = Item(elements, path)
        self._by_key.setdefault(item.key, []).append(item)
        for number, child in enumerate(items(elements, "ContentSequence"), 1):
            item.children.append(self._item(child, f"{path}.{number}"))
        return item

    def named(self, *keys: Key) -> list[Item]:
        """All items whose concept name is one of ``keys``."""
        return [item for key in keys for item in self._by_key.get(key, ())]

    def referenced(self, item: Item) -> Item | None:
        """The item that one refers to by its place in the tree (PS3.3 C.17.3.2.5); itself when it does not."""
        place = numbers_of(item.elements, "ReferencedContentItemIdentifier")
        if not place:
            return item
        if self._by_path is None:
            self._by_path = {each.path: each for each in self.root.walk()}
        return self._by_path.get(".".join(str(int(number)) for number in place))

    def unread(self) -> list[str]:
        """Paths (and value types) of items that hold nothing readable: no known type, or a code without a value."""
        return [
            f"{item.path} {item.kind or 'no value type'}"
            for item in self.root.walk()
            if (item.kind not in KINDS and not _by_place(item)) or (item.kind == "CODE" and item.value is None)
        ]


def _by_place(item: Item) -> bool:
    return bool(numbers_of(item.elements, "ReferencedContentItemIdentifier"))
