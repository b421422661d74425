"""Findings said of a structure in a clause ("the heart is mildly enlarged"), by the rules of ``ontologies/predicates``.

From each word that can be a predicate the structure is sought over a few words that may stand between: ahead of it
("heart is mildly enlarged"), behind it ("enlarged heart") or behind "of" ("enlargement of the heart"). Text without
such words costs one set operation; with them, time is linear in their number.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

from clinnote.model.codes import CLINNOTE, Code
from clinnote.ontology.predicates import Predicate, PredicateTable
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, Vocabulary
from clinnote.ontology.words import Words, split_words
from clinnote.pipeline.records import Concept

_WIDEST: Final = 8
"""Most words between structure and predicate."""
_BEFORE: Final = ("modifier",)
_BEFORE_NOUN: Final = ("modifier", "article", "copula")
_DEVICE: Final = "device"
_FARTHEST: Final = 120
"""Most characters from a device to words about its tip."""
_BETWEEN: Final = frozenset({"copula", "having", "degree", "hedge", "joiner", "predicate"})
_AND: Final = frozenset({"and", "&"})
_PLURAL: Final = frozenset({"are", "were", "both", "appear", "remain", "seem", "look", "become"})
"""Words that say that a clause is about more than one structure."""
_DENIES: Final = frozenset({"no", "not", "without", "denies", "negative", "whether", "if", "never"})
_FAR: Final = frozenset({"hedge", "joiner", "predicate"})
"""Words that are not this finding's alone: its span must not hold them."""


class Said(NamedTuple):
    """Words [first, last) say the finding of rule ``row``."""

    first: int
    last: int
    row: int
    alone: bool
    """The words are the predicate without the structure."""


class _Reach(NamedTuple):
    """A structure [first, last) that a predicate was found to be said of."""

    first: int
    last: int
    rows: frozenset[int]
    far: bool
    """Other predicates or a denial stand between, so that the words between are not this finding's alone."""


def find_predicates(text: Words, table: PredicateTable) -> list[Said]:
    """What the words say of structures, by place; of two findings that overlap the first stays."""
    spoken = _spoken(text.distinct, table)
    if not spoken:
        return []
    words = text.words
    found: list[Said] = []
    for at in compress(range(len(words)), map(spoken.__contains__, words)):
        said = _said(words, at, table)
        if said is not None:
            found.append(said)
            if not said.alone and 1 < said.first < at - 1 and words[said.first - 1] in _AND:
                found += _joined(words, said, at, table)
    found.sort(key=_longest_first)
    kept: list[Said] = []
    for said in found:
        if not kept or said.first >= kept[-1].last:
            kept.append(said)
    return kept


def _spoken(distinct: frozenset[str], table: PredicateTable) -> set[str]:
    """The key words of predicates that a text has together with a structure they can be said of."""
    return {
        key
        for key in distinct & table.keys
        for predicate in table.triggers[key]
        if not predicate.needed.isdisjoint(distinct) and distinct.issuperset(predicate.words)
    }


def _joined(words: list[str], said: Said, key: int, table: PredicateTable) -> list[Said]:
    """The other structures of a clause in the plural: "[liver], spleen and kidney are enlarged"."""
    if _PLURAL.isdisjoint(words[said.first : key]):
        return []
    rows = frozenset([row for predicate in table.triggers[words[key]] for row in predicate.adjective_of])
    found: list[Said] = []
    first = said.first
    while first > 1 and (words[first - 1] in _AND or (found and words[first - 1] == ",")):
        subject = _subject_back(words, first - 2, rows, table)
        if subject is None or not _DENIES.isdisjoint(words[max(subject[0] - _WIDEST, 0) : subject[0]]):
            break  # a denial is left whole: it is that of the whole clause
        found.append(Said(subject[0], first - 1, min(subject[1]), False))
        first = subject[0]
    return found


def _longest_first(said: Said) -> tuple[int, int]:
    return said.first, -said.last


def _said(words: list[str], key: int, table: PredicateTable) -> Said | None:
    for predicate in table.triggers[words[key]]:
        at = key - predicate.key
        end = at + len(predicate.words)
        if end - at > 1 and (at < 0 or words[at:end] != predicate.words):
            continue
        reach = _reach(words, at, end, predicate, table)
        if reach is not None:
            row = min(reach.rows)
            if reach.far:
                return Said(at, end, row, True)
            return Said(min(at, reach.first), max(end, reach.last), row, False)
    return None


def _reach(words: list[str], at: int, end: int, predicate: Predicate, table: PredicateTable) -> _Reach | None:
    """The structure that the predicate [at, end) is said of: "heart is enlarged", then "enlarged heart"."""
    if predicate.adjective_of:
        behind = _back(words, at, end, predicate.adjective_of, table, noun=False)
        if behind is not None and not behind.far:
            return behind
        found = _ahead(words, end, predicate.adjective_of, table, noun=False) or behind
        if found is not None:
            return found
    if predicate.noun_of:
        found = _ahead(words, end, predicate.noun_of, table, noun=True)
        return found or _back(words, at, end, predicate.noun_of, table, noun=True)
    return None


def _back(
    words: list[str], at: int, end: int, rows: frozenset[int], table: PredicateTable, noun: bool
) -> _Reach | None:
    """The structure ahead of [at, end): "heart is mildly enlarged", "aorta calcified and tortuous"."""
    linked = far = False
    role = ""
    j = at - 1
    stop = max(at - _WIDEST, 0)
    while j >= stop:
        now = table.roles.get(words[j]) or ("predicate" if words[j] in table.single else "")
        if now not in _BETWEEN or (now == "having" and not noun):
            break
        role = now
        linked = linked or role in ("copula", "having")
        far = far or role in _FAR
        j -= 1
    if role == "joiner" or not (linked or _ends(words, end, table)):
        return None
    subject = _subject_back(words, j, rows, table)
    return None if subject is None else _Reach(subject[0], j + 1, subject[1], far)


def _ahead(words: list[str], end: int, rows: frozenset[int], table: PredicateTable, noun: bool) -> _Reach | None:
    """The structure behind the predicate: "tortuous and calcified aorta", or of a noun "tortuosity of the aorta"."""
    far = linked = False
    role = ""
    for j in range(end, min(end + _WIDEST, len(words))):
        subject = _subject_ahead(words, j, rows, table)
        if subject is not None and (linked or not (noun and far)):
            if not _ends(words, subject[0], table) or (role == "joiner" and not linked):
                return None
            return _Reach(j, subject[0], subject[1], far)
        role = table.roles.get(words[j]) or ("predicate" if words[j] in table.single else "")
        if role == "of" and noun and not linked:
            linked = True
        elif role in ("joiner", "predicate", "degree"):
            far = far or (role != "degree" and not linked)
        elif role not in (_BEFORE_NOUN if noun else _BEFORE) and not words[j].isdigit():
            return None
    return None


def _subject_back(
    words: list[str], last: int, rows: frozenset[int], table: PredicateTable
) -> tuple[int, frozenset[int]] | None:
    """(first word, rules) of the longest structure that ends with word ``last``."""
    for size in range(min(table.longest, last + 1), 0, -1):
        first = last + 1 - size
        known = table.subjects.get(" ".join(words[first : last + 1]))
        if known is not None:
            shared = known & rows
            return (first, shared) if shared else None
    return None


def _subject_ahead(
    words: list[str], first: int, rows: frozenset[int], table: PredicateTable
) -> tuple[int, frozenset[int]] | None:
    """(word behind it, rules) of the longest structure that begins with word ``first``."""
    for size in range(min(table.longest, len(words) - first), 0, -1):
        known = table.subjects.get(" ".join(words[first : first + size]))
        if known is not None:
            shared = known & rows
            return (first + size, shared) if shared else None
    return None


def _ends(words: list[str], at: int, table: PredicateTable) -> bool:
    """Whether a phrase can end before word ``at``: the text ends there, or a mark or a function word stands there."""
    return at >= len(words) or words[at] in table.after or not words[at].isalnum()


class PredicateFinder:
    """The rules whose form a vocabulary knows, with what it knows about them."""

    def __init__(self, table: PredicateTable, vocabulary: Vocabulary) -> None:
        self.table = table
        self._meanings = [_meaning(row.form, vocabulary) for row in table.rows]

    def add(self, text: str, concepts: Sequence[Concept]) -> tuple[Concept, ...]:
        """``concepts`` with those that clauses of ``text`` say, in reading order.

        A new one takes the place of concepts inside it, unless one of them already means the same; one that is inside a
        concept or overlaps it in part is left out.
        """
        words = split_words(text)
        found = find_predicates(words, self.table)
        if not found:
            return tuple(concepts)
        merged: list[Concept] = []
        at = 0
        for said in found:
            meaning = self._meanings[said.row]
            if meaning is None:
                continue
            start, end = words.starts[said.first], words.end(said.last - 1)
            while at < len(concepts) and concepts[at].end <= start:
                merged.append(concepts[at])
                at += 1
            last = at
            while last < len(concepts) and concepts[last].start < end:
                last += 1
            named = meaning.label == _DEVICE and _named_before(text, merged, start)
            if not named and _gives_way(concepts[at:last], start, end, meaning, said.alone):
                merged.append(Concept(start, end, meaning.label, meaning.concept, meaning.codes, meaning.sites))
                at = last
        merged.extend(concepts[at:])
        return tuple(merged)


def _named_before(text: str, concepts: Sequence[Concept], start: int) -> bool:
    """Whether the sentence names a device ahead of ``start``, of which what is found there is only a part."""
    for concept in reversed(concepts):
        if start - concept.end > _FARTHEST or ". " in text[concept.end : start]:
            return False
        if concept.label == _DEVICE:
            return True
    return False


def _gives_way(inner: Sequence[Concept], start: int, end: int, meaning: Concept, alone: bool) -> bool:
    """Whether all concepts found in [start, end) say less than the clause does."""
    for concept in inner:
        if concept.start < start or concept.end > end:
            return False
        if concept.label == BODY_SITE:
            continue
        same = concept.concept == meaning.concept and concept.codes == meaning.codes
        whole = not alone and concept.start == start and concept.end == end
        if same or whole:
            return False
    return True


def _meaning(form: str, vocabulary: Vocabulary) -> Concept | None:
    entries = [entry for entry in vocabulary.lookup(form) if entry.label != BODY_SITE]
    if not entries:
        return None
    known = entries[0]
    own = (Code(CLINNOTE, known.concept),) if known.concept else ()
    return Concept(0, 0, known.label, known.concept, (*known.codes, *own), known.sites)
