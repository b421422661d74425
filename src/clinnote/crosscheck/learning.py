"""From reviewers' verdicts to suppression rules, each with what it would have cost.

A rule is a kind and one or two properties that all flags it covers share. Proposed are the rules that mute most false
flags and no true one; rules that would have hidden a true conflict are shown apart, as a warning. How far such a rule
can be trusted is said by the upper bound of the share of true conflicts among what it mutes (Wilson, 95 %).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.suppression import Suppression
from clinnote.model.conflict import Conflict
from clinnote.model.conflict_features import FEATURES, features_of
from clinnote.model.proportion import wilson
from clinnote.model.verdicts import FALSE_ALARM

MIN_SUPPORT: Final = 3
"""Reviewed false flags that a rule must cover; fewer prove nothing."""
_RISKY_SHARE: Final = 0.8
"""A rule that hides true conflicts is worth a warning only when at least this share of what it covers is false."""
_RISKY_SHOWN: Final = 5
_LONGEST: Final = 2
"""Properties of a rule besides its kind."""

type Condition = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One conflict that was decided: ``true`` when any reader found an error in it."""

    conflict_id: str
    kind: str
    features: Mapping[str, Sequence[str]]
    true: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A conflict that one reader called an error and another a false alarm."""

    conflict_id: str
    readers: tuple[tuple[str, str], ...]
    """(reader, verdict), in order of the readers' names."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule with its price, on the conflicts that were reviewed and on all that are known."""

    rule: Suppression
    false_flags: int
    """False flags that it would have removed."""
    true_conflicts: int
    """True conflicts that it would have hidden."""
    hidden: tuple[str, ...]
    """Their ids."""
    not_reviewed: int
    """Conflicts without a verdict that it would mute."""

    @property
    def bound(self) -> float:
        """With 95 % confidence, at most this share of what the rule mutes is true (upper Wilson bound)."""
        return wilson(self.true_conflicts, self.false_flags + self.true_conflicts)[1]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What was learnt: rules to adopt, rules to beware of, and how the verdicts stand."""

    proposals: tuple[Proposal, ...]
    warnings: tuple[Proposal, ...]
    reviewed: int
    true: int
    disagreements: tuple[Disagreement, ...]


def decided(verdicts: Iterable[tuple[str, Conflict]]) -> tuple[dict[str, Conflict], dict[str, dict[str, str]]]:
    """The conflicts with a verdict by id, and for each the last verdict of every reader.

    Args:
        verdicts: (name of the file, record with a verdict); a reader without a name is called by the file.
    """
    conflicts: dict[str, Conflict] = {}
    last: dict[str, dict[str, tuple[str, str]]] = {}
    for file, record in verdicts:
        if record.verdict is None:
            continue
        conflicts.setdefault(record.id, record)
        reader = record.verdict.by or file
        given, when = last.setdefault(record.id, {}), record.verdict.at or ""
        if reader not in given or when >= given[reader][0]:
            given[reader] = (when, record.verdict.value)
    return conflicts, {key: {who: value for who, (_, value) in given.items()} for key, given in last.items()}


def disagreements(values: Mapping[str, Mapping[str, str]]) -> tuple[Disagreement, ...]:
    """The conflicts on which one reader saw an error and another none, by id."""
    return tuple(
        Disagreement(key, tuple(sorted(given.items())))
        for key, given in sorted(values.items())
        if len({value == FALSE_ALARM for value in given.values()}) > 1
    )


def learn(
    verdicts: Iterable[tuple[str, Conflict]],
    traps: Mapping[str, str],
    known: Iterable[Conflict] = (),
    min_support: int = MIN_SUPPORT,
) -> Lessons:
    """Propose rules from verdicts.

    Args:
        verdicts: (name of the file, record with a verdict): exports of the report page or of the review project.
        traps: Key -> words of the traps, so that rules name them by their key.
        known: All conflicts of the run: those without a verdict are counted, and complete what an export left out.
        min_support: Reviewed false flags that a rule must cover.
    """
    records, values = decided(verdicts)
    full = {conflict.id: conflict for conflict in known}
    flags = [
        Reviewed(
            key, record.kind, features_of(full.get(key, record)), any(v != FALSE_ALARM for v in values[key].values())
        )
        for key, record in sorted(records.items())
    ]
    rest = [(c.kind, features_of(c)) for c in full.values() if c.id not in records]
    candidates = _candidates(flags, min_support)
    keys = {" ".join(words.casefold().split()): key for key, words in traps.items()}
    safe = _cover([found for found in candidates if not found[2]], min_support)
    risky = [
        found for found in candidates if found[2] and len(found[1]) >= _RISKY_SHARE * (len(found[1]) + len(found[2]))
    ]
    risky = _cover(risky, min_support)[:_RISKY_SHOWN]
    return Lessons(
        tuple(_proposal(found, rest, keys) for found in safe),
        tuple(_proposal(found, rest, keys) for found in risky),
        len(flags),
        sum(flag.true for flag in flags),
        disagreements(values),
    )


type _Found = tuple[tuple[str, tuple[Condition, ...]], frozenset[str], frozenset[str]]
"""((kind, conditions), ids of the false flags covered, ids of the true conflicts covered)."""


def _candidates(flags: Sequence[Reviewed], min_support: int) -> list[_Found]:
    """Every kind with one or two properties that covers enough false flags, the simplest first."""
    false: dict[tuple[str, tuple[Condition, ...]], set[str]] = {}
    for flag in flags:
        if not flag.true:
            for rule in _rules_of(flag):
                false.setdefault(rule, set()).add(flag.conflict_id)
    found = {rule: covered for rule, covered in false.items() if len(covered) >= min_support}
    true: dict[tuple[str, tuple[Condition, ...]], set[str]] = {rule: set() for rule in found}
    for flag in flags:
        if flag.true:
            for rule in _rules_of(flag):
                if rule in true:
                    true[rule].add(flag.conflict_id)
    ordered = sorted(found, key=_simplest)
    return [(rule, frozenset(found[rule]), frozenset(true[rule])) for rule in ordered]


def _rules_of(flag: Reviewed) -> list[tuple[str, tuple[Condition, ...]]]:
    conditions = [(name, value) for name in FEATURES for value in flag.features.get(name, ())]
    return [
        (flag.kind, tuple(chosen))
        for size in range(1, _LONGEST + 1)
        for chosen in itertools.combinations(conditions, size)
    ]


def _simplest(rule: tuple[str, tuple[Condition, ...]]) -> tuple[int, list[int], str, tuple[Condition, ...]]:
    kind, conditions = rule
    return (len(conditions), [FEATURES.index(name) for name, _ in conditions], kind, conditions)


def _cover(found: Sequence[_Found], min_support: int) -> list[_Found]:
    """The fewest rules for the most false flags: again and again the one that adds most (greedy set cover).

    Of equals the one that hides least and is simplest. A rule that adds fewer than ``min_support`` is left out: what
    it covers is covered by another already, and its own evidence is thin.
    """
    chosen: list[_Found] = []
    covered: frozenset[str] = frozenset()
    left = list(found)
    while left:
        best = max(left, key=lambda one: (len(one[1] - covered), -len(one[2])))
        if len(best[1] - covered) < min_support:
            break
        chosen.append(best)
        covered |= best[1]
        left.remove(best)
    return chosen


def _proposal(
    found: _Found, rest: Sequence[tuple[str, Mapping[str, Sequence[str]]]], keys: Mapping[str, str]
) -> Proposal:
    (kind, conditions), false, true = found
    covers = Suppression("", kind, conditions).covers
    shown = tuple((name, keys.get(value, value) if name == "trap" else value) for name, value in conditions)
    rule = Suppression(_name(kind, shown), kind, shown)
    return Proposal(rule, len(false), len(true), tuple(sorted(true)), sum(covers(*other) for other in rest))


def _name(kind: str, conditions: Sequence[Condition]) -> str:
    """An id that people can read: ``side_subset.trap-comparison.reader-r2``."""
    parts = [
        f"{name}-{'-'.join(''.join(c if c.isalnum() else ' ' for c in value).split())[:40]}"
        for name, value in conditions
    ]
    return ".".join([kind, *parts])
