"""From the entries of a vocabulary to concepts without a place: label, codes best first, implied sites."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from clinnote.model.codes import CLINNOTE, Code
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, Entry
from clinnote.ontology.words import normal_form
from clinnote.pipeline.records import Concept

_NAMED: Final = 2
"""Weight of an entry whose code is displayed by this very form, beside 1 for one that has it as a synonym."""


def decode(entries: Sequence[Entry], form: str, site: bool) -> Concept:
    """What ``form`` (in normal form) stands for: the body sites among ``entries``, or the others.

    Where several entries have codes of one system the form is ambiguous; all stay, ranked, and each code carries its
    share of the weights as ``score``. Codes of a system that only one entry has carry none.
    """
    places = [entry for entry in entries if entry.label == BODY_SITE]
    chosen = places if site else [entry for entry in entries if entry.label != BODY_SITE]
    if len(chosen) > 1:
        chosen = sorted(chosen, key=lambda entry: -_weight(entry, form))
    codes = _codes(chosen, form)
    sites = dict.fromkeys(site for entry in (*chosen, *places) for site in entry.sites)
    return Concept(0, 0, chosen[0].label, chosen[0].concept, codes, tuple(sites))


def placed(known: Concept, start: int, end: int) -> Concept:
    """The same concept at [start, end)."""
    return Concept(start, end, known.label, known.concept, known.codes, known.sites)


def merged(readings: Sequence[tuple[Concept, float]]) -> tuple[Code, ...]:
    """The codes of several readings, each with the share of its reading, the ids of clinnote's own concepts last."""
    scored = [replace(code, score=round(share, 3)) for concept, share in readings for code in concept.codes]
    ranked = list({code.key: code for code in reversed(scored)}.values())[::-1]
    return tuple(sorted(ranked, key=lambda code: code.system == CLINNOTE))


def _weight(entry: Entry, form: str) -> int:
    names = (code.display.partition(" (")[0] for code in entry.codes if code.display)
    return _NAMED if any(normal_form(name) == form for name in names) else 1


def _codes(chosen: Sequence[Entry], form: str) -> tuple[Code, ...]:
    own = [Code(CLINNOTE, entry.concept) for entry in chosen if entry.concept]
    if len(chosen) == 1:
        return (*dict.fromkeys(chosen[0].codes), *own)
    total: Counter[str] = Counter()
    sharing: Counter[str] = Counter()
    for entry in chosen:
        for system in {code.system for code in entry.codes}:
            total[system] += _weight(entry, form)
            sharing[system] += 1
    ranked: dict[tuple[str, str], Code] = {}
    for entry in chosen:
        for code in entry.codes:
            shared = sharing[code.system] > 1
            share = round(_weight(entry, form) / total[code.system], 3)
            ranked.setdefault(code.key, replace(code, score=share) if shared else code)
    if len(own) > 1:
        weights = [_weight(entry, form) for entry in chosen if entry.concept]
        own = [replace(code, score=round(w / sum(weights), 3)) for code, w in zip(own, weights, strict=True)]
    return (*ranked.values(), *dict.fromkeys(own))
