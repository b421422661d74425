"""What differs between two compiled vocabularies, and whether one is whole and its codes plausible."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from clinnote.model.codes import short_system, well_formed
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary

type Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One form that only one of two vocabularies has, or for which they name other labels or codes."""

    change: Change
    form: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a vocabulary is whole; codes by system (well formed, malformed) and the first malformed ones."""

    intact: bool
    codes: Mapping[str, tuple[int, int]]
    malformed: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.intact and not self.malformed


def differences(before: Vocabulary, after: Vocabulary) -> Iterator[Difference]:
    """Every form that was added, removed or changed, in alphabetical order."""
    old, new = set(before.keys()), set(after.keys())
    for key in sorted(old | new):
        form = key.strip()
        was = _meanings(before.lookup(key)) if key in old else ()
        now = _meanings(after.lookup(key)) if key in new else ()
        if key not in old:
            yield Difference("added", form, was, now)
        elif key not in new:
            yield Difference("removed", form, was, now)
        elif set(was) != set(now):
            yield Difference("changed", form, was, now)


def _meanings(entries: list[Entry]) -> tuple[str, ...]:
    """Label and codes of each entry in one short text."""
    return tuple(
        f"{entry.label} {' '.join(f'{short_system(code.system)}|{code.code}' for code in entry.codes) or entry.concept}"
        for entry in entries
    )


def examine(vocabulary: Vocabulary, most: int = 20) -> Health:
    """Check the hash of the content, that every entry can be read, and form and check digit of every code."""
    if not vocabulary.intact():
        return Health(False, {}, ())
    good, bad = Counter[str](), Counter[str]()
    malformed: list[str] = []
    for number in range(len(vocabulary)):
        for code in vocabulary.entry(number).codes:
            system = short_system(code.system)
            if well_formed(code.system, code.code):
                good[system] += 1
                continue
            bad[system] += 1
            if len(malformed) < most:
                malformed.append(f"{system} {code.code} {code.display or ''}".strip())
    return Health(True, {system: (good[system], bad[system]) for system in sorted(good | bad)}, tuple(malformed))
