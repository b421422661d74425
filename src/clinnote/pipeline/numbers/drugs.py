"""How a drug is given: dose, form, route, frequency, duration and status, read from the words around its name.

Behind the name every word must be known ("500 mg PO BID for 7 days"); the first that is not ends the reading. Before
it, the words that touch it count ("40 mg of IV Lasix") and the nearest word of status in the clause ("increase her
Lasix"). The words are rows of ``ontologies/numbers/drug_words.tsv``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import Dosage, Evidence, Measurement
from clinnote.ontology.number_tables import NUMBER, TOKEN, DrugWord, NumberTables, Phrases
from clinnote.pipeline.numbers.quantities import Quantity

_REACH: Final = 200
_BEFORE: Final = 70
_DIGITS: Final = 6
_WORDS: Final[Mapping[str, float]] = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)  # noqa: SIM905
}
_BLANK_LINE: Final = re.compile(r"\n\s*\n")
_CLAUSE: Final = re.compile(
    r"[.;:!?](?=\s)|\n|\b(?:but|however|because|due to|for her|for his|avoid\w*|instead of|allerg\w+ to)\b",
    re.IGNORECASE,
)
_AND: Final = re.compile(r"\s*(?:,|,?\s*(?:and|or|&|\+|/)(?:\s+(?:her|his|the))?|/)\s*$", re.IGNORECASE)
_INDICATION: Final = re.compile(r"\s+for\s+(?:[a-z'-]+\s?){1,4}")
_COUNT: Final = re.compile(
    r"(?P<word>[A-Za-z]+(?:-[A-Za-z]+)?)\s+(?:\((?P<low>[0-9]+(?:\.[0-9]+)?)(?:-(?P<high>[0-9]+))?\)\s+)?(?P<unit>[A-Za-z]+)"
)
_LEADS_ON: Final = re.compile(r"\b(?:and|then|to|with|for)\s*$", re.IGNORECASE)
"""Behind these a word of status speaks of something else: "40 mg daily and start aspirin"."""
_FROM: Final = re.compile(r"\bfrom\s*$", re.IGNORECASE)
_DOSES: Final = frozenset({"dose", "volume", "rate", "percent", "vital"})
_KEYS: Final = frozenset({"form", "route", "frequency", "as_needed", "duration"})
_TOUCHING: Final = _KEYS | {"filler"}
_STATUS: Final = frozenset({"status", "status_before"})
_STATUS_STEPS: Final = 6
"""Most words between a word of status and the drug."""
_FORMS: Final = {"{tbl}": "tablet", "{cap}": "capsule", "{patch}": "patch", "[drp]": "drops", "{spray}": "spray"}
_PASSED: Final = "from"


class DrugReading(NamedTuple):
    """What is said of one drug; ``used`` are the starts of the quantities that it took."""

    end: int
    parts: tuple[Measurement, ...]
    dosage: Dosage | None
    evidence: tuple[Evidence, ...]
    used: tuple[int, ...]


class _Item(NamedTuple):
    start: int
    end: int
    word: DrugWord
    numbers: tuple[float, ...]


class _Found:
    """What has been gathered for one drug."""

    __slots__ = ("evidence", "parts", "per_day", "used", "values")

    def __init__(self) -> None:
        self.parts: list[Measurement] = []
        self.used: list[int] = []
        self.values: dict[str, str] = {}
        self.per_day: float | None = None
        self.evidence: list[Evidence] = []

    def take(self, item: _Item, text: str) -> int:
        """Keep what an item says; the first value of a key stays. Gives where the item ends."""
        key = "status" if item.word.kind.startswith("status") else item.word.kind
        if key in self.values or (key not in _KEYS and key != "status"):
            return item.end
        end, value = item.end, _filled(item.word.gives, item.numbers)
        if key == "as_needed":
            indication = _INDICATION.match(text, end)
            end = indication.end() if indication else end
            value = " ".join(text[item.start : end].split())
        elif key == "frequency":
            self.per_day = _rate(item.word.per_day, item.numbers)
        self.values[key] = value
        self.evidence.append(Evidence(item.word.rule, item.start, end, f"{key}={value}"))
        return end

    def dosage(self) -> Dosage | None:
        """The dosage, or None when nothing was said."""
        if not self.values:
            return None
        get = self.values.get
        return Dosage(
            get("form"), get("route"), get("frequency"), self.per_day, get("as_needed"), get("duration"), get("status")
        )


def read_drug(
    text: str, start: int, end: int, floor: int, limit: int, quantities: Mapping[int, Quantity], tables: NumberTables
) -> DrugReading:
    """What stands around the drug text[start:end], between ``floor`` and ``limit``; ``quantities`` by their start."""
    found = _Found()
    stop = _behind(text, end, min(limit, end + _REACH), quantities, tables, found)
    _before(text, start, max(floor, start - _BEFORE), quantities, tables, found)
    return DrugReading(stop, tuple(found.parts), found.dosage(), tuple(found.evidence), tuple(found.used))


def inherited(text: str, before: DrugReading, start: int) -> Evidence | None:
    """The status of the drug before, when this one is its next in a list: "continue aspirin and metoprolol"."""
    if before.dosage is None or before.dosage.status is None or not _AND.match(text[before.end : start]):
        return None
    return next(e for e in before.evidence if e.gives.startswith("status="))


def _behind(
    text: str, at: int, limit: int, quantities: Mapping[int, Quantity], tables: NumberTables, found: _Found
) -> int:
    """Read the words behind the name up to the first that is unknown; gives the end of the last item."""
    last = at
    passed = ""
    while (token := TOKEN.search(text, at, limit)) is not None:
        begin = token.start()
        if "\n" in text[at:begin] and _BLANK_LINE.search(text, at, begin):
            break
        quantity = quantities.get(begin)
        if quantity is None and text[begin] == "." and (quantity := quantities.get(begin + 1)) is not None:
            at = begin + 1
            continue
        if quantity is not None and quantity.kind in _DOSES and not _longer(text, begin, limit, quantity, tables):
            if passed == _PASSED and not quantity.changed:
                found.used.append(begin)
            else:
                _dose(found, quantity)
            at = last = quantity.end
            passed = ""
            continue
        if token[0] == _PASSED:
            passed, at = _PASSED, token.end()
            continue
        low = token[0].lower()
        known = low in tables.drugs.inner or low in _WORDS or low[0].isdigit()
        item = _item(text, begin, limit, tables.drugs) if known else None
        if item is None:
            counted = _counted(text, token, tables, limit) if low in _WORDS else None
            if counted is None and not _sentence_goes_on(text, token, limit, tables):
                break
            at = counted.end if counted else token.end()
            if counted is not None:
                found.parts.append(counted)
                last = at
            continue
        if item.word.kind.startswith("status") and ("status" in found.values or _LEADS_ON.search(text, last, begin)):
            break
        at = found.take(item, text)
        if item.word.kind not in ("filler", "sig"):
            last = at
    return last


def _longer(text: str, at: int, limit: int, quantity: Quantity, tables: NumberTables) -> bool:
    """Whether a phrase of the table ("3 x day", "2 tabs daily") takes more than the quantity does."""
    item = _item(text, at, limit, tables.drugs)
    return item is not None and item.end > quantity.end and item.word.kind not in ("filler", "sig")


def _dose(found: _Found, quantity: Quantity) -> None:
    if quantity.start in found.used:
        return
    found.used.append(quantity.start)
    found.parts += quantity.parts
    form = _FORMS.get(quantity.parts[-1].unit or "")
    if form and "form" not in found.values:
        found.values["form"] = form
        found.evidence.append(Evidence("drug.form.counted", quantity.start, quantity.end, f"form={form}"))


def _item(text: str, at: int, limit: int, phrases: Phrases) -> _Item | None:
    """The longest phrase that begins at ``at``."""
    return _walk(text, at, at, limit, phrases, ())


def _walk(text: str, start: int, at: int, limit: int, node: Phrases, numbers: tuple[float, ...]) -> _Item | None:
    token = TOKEN.search(text, at, limit) if node.inner else None
    if token is not None:
        low = token[0].lower()
        inner = node.inner.get(low)
        found = _walk(text, start, token.end(), limit, inner, numbers) if inner is not None else None
        if found is not None:
            return found
        inner = node.inner.get(NUMBER)
        value = _count(low) if inner is not None else None
        if inner is not None and value is not None:
            found = _walk(text, start, token.end(), limit, inner, (*numbers, value))
            if found is not None:
                return found
    if node.word is None or text[at : at + 1].isalpha():
        return None
    return _Item(start, at, node.word, numbers)


def _count(low: str) -> float | None:
    """The number that a token writes; longer ones than any dose or interval has are none."""
    if low[0].isdigit():
        return float(low) if low[0].isascii() and len(low) <= _DIGITS else None
    return _WORDS.get(low)


def _counted(text: str, token: re.Match[str], tables: NumberTables, limit: int) -> Measurement | None:
    """For "two tablets" and "One (1) Tablet": a count in words before a unit of doses."""
    match = _COUNT.match(text, token.start(), limit)
    if match is None:
        return None
    number = float(match["low"]) if match["low"] else _WORDS.get(match["word"].lower())
    unit = tables.units.get(match["unit"].lower())
    if number is None or unit is None or unit.kind != "dose":
        return None
    high = float(match["high"]) if match["high"] else None
    return Measurement(token.start(), match.end(), number, high if high and high > number else None, unit.ucum)


def _sentence_goes_on(text: str, token: re.Match[str], limit: int, tables: NumberTables) -> bool:
    """Whether a full stop is followed by a direction of its own: "81 mg tablet. Take 1 tablet daily."."""
    if token[0] != ".":
        return False
    following = TOKEN.search(text, token.end(), limit)
    item = _item(text, following.start(), limit, tables.drugs) if following else None
    return item is not None and item.word.kind == "sig"


def _before(
    text: str, end: int, floor: int, quantities: Mapping[int, Quantity], tables: NumberTables, found: _Found
) -> None:
    """Read the words that touch the name from before, and the nearest status in the clause."""
    for mark in _CLAUSE.finditer(text, floor, end):
        floor = mark.end()
    known = tables.drugs_before.inner
    items: list[_Item | Quantity | None] = []
    at = floor
    for token in TOKEN.finditer(text, floor, end):
        begin = token.start()
        if begin < at:
            continue
        low = token[0].lower()
        digit = low[0].isdigit()
        quantity = quantities.get(begin) if digit else None
        if quantity is not None and quantity.end <= end and quantity.kind in _DOSES:
            items.append(quantity)
            at = quantity.end
            continue
        item = _item(text, begin, end, tables.drugs_before) if low in known or digit or low in _WORDS else None
        items.append(item)
        at = item.end if item else token.end()
    _take_before(text, floor, items, found)


def _take_before(text: str, floor: int, items: list[_Item | Quantity | None], found: _Found) -> None:
    """Keep what touches the name, going from it to the left, and the first status on the way."""
    touching = True
    for steps, thing in enumerate(reversed(items)):
        if isinstance(thing, Quantity):
            if touching and not found.parts and not _FROM.search(text, floor, thing.start):
                _dose(found, thing)
            continue
        kind = thing.word.kind if thing else ""
        touching = touching and kind in _TOUCHING
        if thing is not None and kind in _STATUS and steps <= _STATUS_STEPS:
            found.take(thing, text)
            return
        if thing is not None and touching and kind in _KEYS:
            found.take(thing, text)


def _filled(gives: str, numbers: Sequence[float]) -> str:
    for number in numbers:
        gives = gives.replace(NUMBER, f"{number:g}", 1)
    return gives.replace(NUMBER, "2") if NUMBER in gives else gives


def _rate(per_day: str, numbers: Sequence[float]) -> float | None:
    """Times in 24 hours: "24/#" with the number put in; None where the row says nothing."""
    if not per_day:
        return None
    number = numbers[0] if numbers else 2.0
    value = 1.0
    for i, part in enumerate(per_day.split("/")):
        factor = number if part == NUMBER else float(part)
        value = factor if i == 0 else value / factor if factor else 0.0
    return round(value, 3) or None
