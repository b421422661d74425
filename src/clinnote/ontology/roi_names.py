"""Names of regions of interest in radiotherapy, read as ordinary words: ``ontologies/label_maps/roi_words.tsv``.

The rules are those of the report of AAPM task group 263: the kind of structure comes first and the side last
(``A_Femoral_L``), or everything in the reverse order (``L_Femoral_A``); ``PRV05`` is a margin in millimetres, ``~`` a
partial structure, ``-PTV`` what is cut out, ``z`` or ``_`` in front a help structure. Names that people type
(``LT LUNG``) are read by the same words.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.tables import read_table

COLUMNS: Final = ("word", "role", "means", "source")
LANGUAGES: Final = ("de", "fr")
"""Roles of organs in other languages; a side that only such a language writes so has the role ``de-side``."""
ROLES: Final = (
    "head", "before", "word", "target", "margin", "aid", *LANGUAGES, *(f"{language}-side" for language in LANGUAGES),
)  # fmt: skip
FILE: Final = "roi_words.tsv"

_SPLIT: Final = re.compile(r"[^A-Za-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\b[LR][Tt])(?=[A-Z][a-z])|(?<=\b[LR])(?=[A-Z][a-z]{2})")
_LEVEL: Final = re.compile(r"([ctls])0?([0-9]{1,2})")
_NUMBERED: Final = re.compile(r"([a-z]{2,}?)0?([0-9]{1,4})")
_CUT: Final = re.compile(r"[-^]\s*(?=[GCPI]{1,2}TV|[A-Za-z])")
_REGIONS: Final = {"c": "cervical spine", "t": "thoracic spine", "l": "lumbar spine", "s": "sacrum"}
_REMEMBERED: Final = 1 << 14
_LETTERS: Final = {"l": laterality.LEFT, "r": laterality.RIGHT}
_SIDES: Final = {"left": laterality.LEFT, "right": laterality.RIGHT, "bilateral": laterality.BILATERAL}


@dataclass(frozen=True, slots=True)
class RoiName:
    """One name. ``readings`` are ordinary words without side, the likeliest first; empty for a mere help structure.

    ``kind``: ``structure``, ``target`` (to be treated), ``margin`` (an organ with a margin around it), ``derived``
    (a part of a structure, or what is left of it) or ``aid`` (a help structure).
    """

    readings: tuple[str, ...]
    sides: Sides
    kind: str
    margin_mm: int | None = None


@dataclass(frozen=True, slots=True)
class RoiNames:
    """The words of ``roi_words.tsv`` with their roles."""

    words: Mapping[str, tuple[str, str]]

    def read(self, name: str) -> RoiName:
        """The structure, side and kind that a name says."""
        kept, derived = _uncut(_without_accents(name.strip()))
        tokens = [token for part in _SPLIT.split(kept) for token in self._tokens(part)]
        if len(tokens) > 1 and (tokens[0] == "z" or kept.startswith("_")):
            derived, tokens = True, tokens[tokens[0] == "z" :]
        spine = _vertebra(tokens)
        if spine is not None:
            return RoiName((spine,), laterality.UNKNOWN, "structure")
        tokens, sides = self._without_sides(tokens)
        heads: list[str] = []
        before: list[str] = []
        rest: list[str] = []
        plain: list[str] = []
        kind, margin = "derived" if derived else "structure", None
        for place, token in enumerate(tokens):
            role, means = self._role(token, place, len(tokens))
            if role in ("target", "aid"):
                kind = "target" if role == "target" else kind if kind == "target" else "aid"
            elif role == "margin":
                digits = re.sub(r"\D", "", token)
                kind, margin = "margin", int(digits) if digits else None
            elif means:
                plain.append(means)
                {"head": heads, "before": before}.get(role, rest).append(means)
        orders = (
            (*before, *rest, *heads), plain, plain[::-1], (*rest, *heads), (*before, *rest), rest[::-1],
            (*rest[:1], *heads) if heads else (),
        )  # fmt: skip
        return RoiName(tuple(dict.fromkeys(" ".join(words) for words in orders if words)), sides, kind, margin)

    def place(self, name: str, anatomy: Anatomy) -> tuple[str | None, Sides]:
        """(site or None, sides) of a name; a side that belongs to the structure's name (``Atrium_L``) is none."""
        roi = self.read(name)
        whole = self.whole(roi, anatomy)
        if whole is not None:
            return whole
        inside = [found for words in roi.readings if (found := anatomy.resolve(words))[0]]
        if not inside:
            return None, roi.sides
        site, sides = max(inside, key=lambda found: len(anatomy.ancestors(found[0] or "body")))
        return site, anatomy.side_at(site or "body", roi.sides or sides)

    @staticmethod
    def whole(roi: RoiName, anatomy: Anatomy) -> tuple[str, Sides] | None:
        """(site, sides) of the first reading that is the name of a structure as a whole, with or without the side."""
        side = laterality.word(roi.sides) or ""
        for words in roi.readings:
            for text in (f"{side} {words}", words):
                found = anatomy.find_form(text)
                if found is not None:
                    return found[0], anatomy.side_at(found[0], found[1] or roi.sides)
        return None

    def _tokens(self, part: str) -> list[str]:
        """A part between underscores: one word of the table, or split at its capitals ("LtBreast")."""
        word = part.lower()
        return [word] if word in self.words else [token.lower() for token in _CAMEL.sub(" ", part).split()]

    def _role(self, token: str, place: int, count: int) -> tuple[str, str]:
        level = _LEVEL.fullmatch(token)
        if level is not None:
            return "word", f"{level[1]}{level[2]}"
        known = self.words.get(token) or self._numbered(token)
        if known is None:
            return "word", "" if token.isdigit() and len(token) > 2 else token
        role, means = known
        if role.endswith("-side") or (role == "head" and len(token) == 1 and place not in (0, count - 1)):
            return "word", token
        return role, means

    def _numbered(self, token: str) -> tuple[str, str] | None:
        """Words with a number behind them: PRV05, PTV6000, Rib07, Musc2."""
        match = _NUMBERED.fullmatch(token)
        if match is None:
            return None
        known = self.words.get(match[1])
        if known and known[0] in ("target", "margin", "aid"):
            return known
        return ("word", f"{known[1] if known else match[1]} {match[2]}") if len(match[2]) <= 2 else None

    def _without_sides(self, tokens: list[str]) -> tuple[list[str], Sides]:
        """The tokens without those that name a side; a single letter counts first, last, or last before a margin."""
        sides: Sides = laterality.UNKNOWN
        kept = []
        spoken = {f"{self.words[token][0]}-side" for token in tokens if token in self.words}
        inner = [place for place, token in enumerate(tokens) if self._is_margin(token)]
        edges = {0, len(tokens) - 1, *(place - 1 for place in inner), *(place + 1 for place in inner)}
        for place, token in enumerate(tokens):
            role, means = self.words.get(token, ("", token))
            found = _SIDES.get(means) if not role.endswith("-side") or role in spoken else None
            if found is None and place in edges and len(tokens) > 1:
                found = _LETTERS.get(token)
            if found is None and token in ("li", "ri") and place == len(tokens) - 1:
                found = _LETTERS[token[0]]
                kept.append(token[1])
            elif found is None:
                kept.append(token)
            sides |= found or laterality.UNKNOWN
        return kept, sides

    def _is_margin(self, token: str) -> bool:
        known = self.words.get(token) or self._numbered(token)
        return known is not None and known[0] in ("margin", "target")


@dataclass(frozen=True, slots=True)
class Namer:
    """Finds the site of a label's free words: by the names of the anatomy, and by the conventions of radiotherapy."""

    anatomy: Anatomy
    names: RoiNames
    _known: dict[str, tuple[str | None, Sides]] = field(default_factory=dict, repr=False, compare=False)
    """What has been found, because the same labels come again; emptied when it has grown large."""

    def resolve(self, text: str) -> tuple[str | None, Sides]:
        """(site or None, sides); of the two ways to read the words the one that names the smaller structure."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = self._find(text)
        return known

    def _find(self, text: str) -> tuple[str | None, Sides]:
        site, sides = self.anatomy.resolve(text)
        if self.anatomy.find_form(text) is not None:
            return site, sides
        whole = self.names.whole(self.names.read(text), self.anatomy)
        if whole is not None and (site is None or not self._smaller(site, whole[0])):
            return whole
        other, its_sides = self.names.place(text, self.anatomy)
        if other is None:
            return site, sides or its_sides
        return (site, sides) if site is not None and not self._smaller(other, site) else (other, its_sides)

    def structure(self, text: str) -> str | None:
        """The site that the words name as a whole ("Lung_L"), not one in which something lies ("PTV_LtBreast")."""
        form = self.anatomy.find_form(text)
        if form is not None:
            return form[0]
        roi = self.names.read(text)
        whole = self.names.whole(roi, self.anatomy) if roi.kind not in ("target", "aid") else None
        return whole[0] if whole is not None else None

    def _smaller(self, a: str, b: str) -> bool:
        return len(self.anatomy.ancestors(a)) > len(self.anatomy.ancestors(b))


def _without_accents(name: str) -> str:
    """The name with plain letters only: "tête fémorale" gives "tete femorale", "Fuß" gives "Fuss"."""
    if name.isascii():
        return name
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _uncut(name: str) -> tuple[str, bool]:
    """The name without what is cut out of the structure ("Lungs-GTV"), and whether it is a part of a structure."""
    partial = name.startswith("~") or name.endswith("~")
    bare = name.strip("~")
    cut = _CUT.search(bare)
    if cut is None or cut.start() == 0 or bare[: cut.start()].strip().upper() in ("E", "L", "R", "LT", "RT"):
        return bare, partial
    return bare[: cut.start()], True


def _vertebra(tokens: list[str]) -> str | None:
    """VB_T01 is the T1 vertebra, VB_L the lumbar spine: the letter behind a vertebral body is no side."""
    if not tokens or len(tokens) > 2 or not {"vb", "vbs"} & {tokens[0], tokens[-1]}:
        return None
    other = [token for token in tokens if token not in ("vb", "vbs")]
    if not other:
        return "vertebral body"
    level = _LEVEL.fullmatch(other[0])
    return f"{level[1]}{level[2]} vertebra" if level else _REGIONS.get(other[0])


def load_roi_names(ontologies: Path) -> RoiNames:
    """Read ``label_maps/roi_words.tsv``.

    Raises:
        OntologyError: the table breaks its columns, names an unknown role, or holds a word twice.
    """
    words: dict[str, tuple[str, str]] = {}
    for row in read_table(ontologies / "label_maps" / FILE, COLUMNS):
        if row["role"] not in ROLES:
            raise row.error(f"unknown role {row['role']!r}; known: {', '.join(ROLES)}")
        if row["word"] in words:
            raise row.error(f"'{row['word']}' stands twice")
        words[row["word"]] = (row["role"], row["means"])
    return RoiNames(words)
