"""A gold set against predictions: scores by label, attribute and code system, and every error.

Spans are scored over all mentions; attributes and codes over the pairs that a gold and a predicted mention of the
same label make (:mod:`clinnote.quality.matching`), so that a missed mention is counted once and not once for every
attribute. An attribute is scored when the gold set says anything about it, and a value against all others: "negated"
is found, missed or wrongly given. All intervals are bootstrap intervals over notes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clinnote.model.codes import Code, short_system
from clinnote.model.mention import Mention, TaggedNote
from clinnote.model.mention_error import MentionError
from clinnote.quality.intervals import Estimate, Score, scores
from clinnote.quality.matching import Pair, pairs_of
from clinnote.quality.traits import CLOSED, TRAITS, says_nothing, trait
from clinnote.settings import SAMPLES

IsA = Callable[[str, str, str | None], bool]
"""(code, ancestor, system) -> whether the code is the ancestor or stands below it."""

ALL: Final = "all"
CODE: Final = "code"
_FIRST, _LISTED, _RELATED = "first", "listed", "related"


@dataclass(frozen=True, slots=True)
class Options:
    """How to compare; ``attributes`` None takes those that the gold set says something about."""

    any_label: bool = False
    """Let every label answer every other: for gold whose labels are not the predicted ones."""
    attributes: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    """Mentions of these labels alone; None takes all."""
    is_a: IsA | None = None
    systems: tuple[str, ...] | None = None
    """The code systems that ``is_a`` knows (URIs); None for all."""
    samples: int = SAMPLES
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Mentions of one label (``all`` for every label): the same span, and any shared code point."""

    label: str
    gold: int
    predicted: int
    exact: Score
    overlap: Score


@dataclass(frozen=True, slots=True)
class ValueScore:
    """One value of an attribute against all its others."""

    value: str
    score: Score


@dataclass(frozen=True, slots=True)
class AttributeScore:
    """One attribute over the matched pairs: the share that agrees, and each value that says something."""

    name: str
    pairs: int
    agree: Estimate
    values: tuple[ValueScore, ...]


@dataclass(frozen=True, slots=True)
class CodeScore:
    """One code system over the matched pairs whose gold mention has a code of it."""

    system: str
    pairs: int
    first: Estimate
    """The best predicted code of the system is a gold code."""
    listed: Estimate
    """Any predicted code of the system is."""
    related: Estimate | None
    """The best code is a gold code, its ancestor or its descendant; None without a hierarchy of the system."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one run. ``errors`` holds words of the notes; everything else holds none."""

    notes: int
    labels: tuple[LabelScore, ...]
    attributes: tuple[AttributeScore, ...]
    codes: tuple[CodeScore, ...]
    not_in_gold: tuple[str, ...]
    """Attributes that the gold set says nothing about, so they were not scored."""
    missing: tuple[str, ...] = ()
    """Gold notes without a prediction: all their mentions count as missed."""
    without_gold: tuple[str, ...] = ()
    """Predicted notes that have no gold: not scored."""
    errors: tuple[MentionError, ...] = ()


type _Counts = dict[tuple[str, ...], list[int]]
"""What is counted -> true positives, false positives, false negatives of one note."""


def evaluate_notes(
    joined: Iterable[tuple[TaggedNote, TaggedNote | None]], options: Options | None = None
) -> Evaluation:
    """Scores and errors of gold notes with their predictions (None: the note was not predicted)."""
    options = options or Options()
    judged: list[tuple[TaggedNote, tuple[Pair, ...]]] = []
    missing: list[str] = []
    for gold, predicted in joined:
        if predicted is None:
            missing.append(gold.note_id)
        mentions = _wanted(predicted.mentions, options) if predicted is not None else ()
        judged.append((gold, pairs_of(_wanted(gold.mentions, options), mentions, options.any_label)))
    named = options.attributes if options.attributes is not None else _said(judged)
    per_note = [_count(pairs, named, options) for _, pairs in judged]
    table = _table(per_note, options)
    return Evaluation(
        len(judged),
        _label_scores(judged, table),
        tuple(_attribute_score(name, table) for name in named),
        _code_scores(table),
        tuple(name for name in TRAITS if name not in named) if options.attributes is None else (),
        tuple(missing),
        errors=tuple(error for note, pairs in judged for error in _errors(note.note_id, pairs, named)),
    )


def _wanted(mentions: tuple[Mention, ...], options: Options) -> tuple[Mention, ...]:
    return mentions if options.labels is None else tuple(m for m in mentions if m.label in options.labels)


def _said(judged: Sequence[tuple[TaggedNote, tuple[Pair, ...]]]) -> tuple[str, ...]:
    """The attributes that the gold set says anything about."""
    gold = [pair.gold for _, pairs in judged for pair in pairs if pair.gold is not None]
    return tuple(name for name in TRAITS if any(trait(mention, name) != says_nothing(name) for mention in gold))


def _count(pairs: Sequence[Pair], named: Sequence[str], options: Options) -> _Counts:
    counts: _Counts = {}

    def add(place: int, *key: str) -> None:
        counts.setdefault(key, [0, 0, 0])[place] += 1

    for pair in pairs:
        gold, predicted = pair.gold, pair.predicted
        found = gold is not None and predicted is not None and pair.same_label
        for mode, right in (("exact", found and pair.exact), ("overlap", found)):
            for mention, wrong in ((gold, 2), (predicted, 1)):
                if mention is None or (right and wrong == 1):  # a right pair is one hit, not two
                    continue
                add(0 if right else wrong, mode, "", ALL)
                if not options.any_label:
                    add(0 if right else wrong, mode, mention.label)
        if gold is not None and predicted is not None and pair.same_label:
            for name in named:
                _count_trait(add, name, trait(gold, name), trait(predicted, name))
            _count_codes(add, gold.codes, predicted.codes, options)
    return counts


type _Add = Callable[..., None]


def _count_trait(add: _Add, name: str, gold: str, predicted: str) -> None:
    add(0 if gold == predicted else 1, "attribute", name)
    if name not in CLOSED:
        return
    if gold == predicted:
        if gold != CLOSED[name]:
            add(0, "value", name, gold)
        return
    if predicted != CLOSED[name]:
        add(1, "value", name, predicted)
    if gold != CLOSED[name]:
        add(2, "value", name, gold)


def _count_codes(add: _Add, gold: Sequence[Code], predicted: Sequence[Code], options: Options) -> None:
    is_a = options.is_a
    for system, right in _codes_by_system(gold).items():
        offered = _codes_by_system(predicted).get(system, [])
        add(0 if offered and offered[0] in right else 1, CODE, system, _FIRST)
        add(0 if set(offered) & set(right) else 1, CODE, system, _LISTED)
        if is_a is not None and (options.systems is None or system in options.systems):
            near = bool(offered) and any(
                is_a(offered[0], code, system) or is_a(code, offered[0], system) for code in right
            )
            add(0 if near else 1, CODE, system, _RELATED)


def _codes_by_system(codes: Sequence[Code]) -> dict[str, list[str]]:
    by_system: dict[str, list[str]] = {}
    for code in codes:
        system, value = code.key
        by_system.setdefault(system, []).append(value)
    return by_system


def _table(per_note: Sequence[_Counts], options: Options) -> dict[tuple[str, ...], Score]:
    keys = sorted({key for counts in per_note for key in counts} | {("exact", "", ALL), ("overlap", "", ALL)})
    row = {key: i for i, key in enumerate(keys)}
    table = np.zeros((len(keys), len(per_note), 3))
    for note, counts in enumerate(per_note):
        for key, three in counts.items():
            table[row[key], note] = three
    return dict(zip(keys, scores(table, options.samples, options.seed), strict=True))


def _label_scores(
    judged: Sequence[tuple[TaggedNote, tuple[Pair, ...]]], table: dict[tuple[str, ...], Score]
) -> tuple[LabelScore, ...]:
    """All labels first, then each, the most frequent of the gold set first."""
    gold = Counter(p.gold.label for _, pairs in judged for p in pairs if p.gold is not None)
    predicted = Counter(p.predicted.label for _, pairs in judged for p in pairs if p.predicted is not None)
    every = {*gold, *predicted} if any(key[0] == "exact" and key[1] for key in table) else set()
    names = sorted(every, key=lambda label: (-gold[label], -predicted[label], label))
    whole = LabelScore(ALL, gold.total(), predicted.total(), table["exact", "", ALL], table["overlap", "", ALL])
    each = (
        LabelScore(label, gold[label], predicted[label], table["exact", label], table["overlap", label])
        for label in names
    )
    return (whole, *each)


def _attribute_score(name: str, table: dict[tuple[str, ...], Score]) -> AttributeScore:
    score = table.get(("attribute", name))
    values = tuple(ValueScore(key[2], table[key]) for key in sorted(table) if key[:2] == ("value", name))
    if score is None:
        return AttributeScore(name, 0, Estimate(None), values)
    return AttributeScore(name, score.tp + score.fp, score.precision, values)


def _code_scores(table: dict[tuple[str, ...], Score]) -> tuple[CodeScore, ...]:
    systems = sorted({key[1] for key in table if key[0] == CODE})
    found = []
    for system in systems:
        first, listed = table[CODE, system, _FIRST], table[CODE, system, _LISTED]
        near = table.get((CODE, system, _RELATED))
        related = near.precision if near is not None else None
        found.append(CodeScore(system, first.tp + first.fp, first.precision, listed.precision, related))
    return tuple(found)


def _errors(note_id: str, pairs: Sequence[Pair], named: Sequence[str]) -> Iterator[MentionError]:
    for pair in pairs:
        gold, predicted = pair.gold, pair.predicted
        if gold is None or predicted is None:
            yield MentionError("missed" if predicted is None else "spurious", note_id, gold, predicted)
            continue
        if not pair.same_label:
            yield MentionError("label", note_id, gold, predicted, gold.label, predicted.label)
            continue
        if not pair.exact:
            yield MentionError("span", note_id, gold, predicted)
        for name in named:
            wanted, given = trait(gold, name), trait(predicted, name)
            if wanted != given:
                yield MentionError(name, note_id, gold, predicted, wanted, given)
        for system, right in _codes_by_system(gold.codes).items():
            offered = _codes_by_system(predicted.codes).get(system, [])
            if not offered or offered[0] not in right:
                short = short_system(system)
                given = f"{short} {offered[0]}" if offered else ""
                yield MentionError(CODE, note_id, gold, predicted, f"{short} {' '.join(right)}", given)
