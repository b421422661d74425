"""Small XML files as a tree, read with expat; a document type (and so every entity) is refused."""

from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from clinnote.errors import RecordError

MAX_DEPTH: Final = 64


@dataclass(slots=True)
class Element:
    """One element: its name without prefix, attributes, own text, and the elements in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find(self, name: str) -> "Element | None":
        """The first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list["Element"]:
        """All elements of this name at any depth, in document order."""
        found = []
        for child in self.children:
            if child.name == name:
                found.append(child)
            found += child.all(name)
        return found

    def value(self, name: str) -> str:
        """The text of the first child of this name, "" when there is none."""
        child = self.find(name)
        return " ".join(child.text.split()) if child is not None else ""


def read_xml(raw: bytes) -> Element:
    """The root of a document.

    Raises:
        RecordError: ``not_xml`` or ``document_type``; the message gives the line.
    """
    top = Element("", {})
    open_elements = [top]
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        message = f"line {parser.CurrentLineNumber} declares a document type, which is refused; delete it"
        raise RecordError("document_type", message)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MAX_DEPTH:
            raise RecordError("not_xml", f"line {parser.CurrentLineNumber}: nested too deeply")
        element = Element(name.rpartition(":")[2], attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def text(data: str) -> None:
        open_elements[-1].text += data

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        message = f"line {error.lineno}: not XML ({expat.ErrorString(error.code)})"
        raise RecordError("not_xml", message) from None
    except (LookupError, ValueError):
        raise RecordError("not_xml", "declares an encoding that can't be read; save it as UTF-8") from None
    return top.children[0]
