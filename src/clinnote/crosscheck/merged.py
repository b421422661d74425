"""Claims that say the same are one claim: three readers' boxes of one finding, a sentence that a long note repeats."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from clinnote.crosscheck.facts import LabelFact, TextFact, implied_side
from clinnote.ontology.label_maps import normalise


@dataclass(frozen=True, slots=True)
class Merged[T]:
    """``firsts``: one claim of each kind, in reading order; ``groups``: all claims of its kind, by the first's id()."""

    firsts: tuple[T, ...]
    groups: Mapping[int, tuple[T, ...]]
    first_of: Mapping[int, T]
    """By the id() of any claim."""

    def members(self, claim: T) -> tuple[T, ...]:
        """All claims that say what ``claim`` says, itself among them."""
        return self.groups[id(self.first_of[id(claim)])]


def merge_texts(texts: Sequence[TextFact]) -> Merged[TextFact]:
    """Mentions of one note and section that agree in everything that is compared; places alone are left out."""
    return _merge([text for text in texts if not text.is_place], _said)


def merge_labels(labels: Sequence[LabelFact]) -> Merged[LabelFact]:
    """Labels of one name, presence, place and side, whoever drew them."""
    return _merge(labels, _marked)


def _merge[T](claims: Sequence[T], key: Callable[[T], Hashable]) -> Merged[T]:
    found: dict[Hashable, list[T]] = {}
    for claim in claims:
        found.setdefault(key(claim), []).append(claim)
    groups = {id(group[0]): tuple(group) for group in found.values()}
    return Merged(
        tuple(group[0] for group in groups.values()),
        groups,
        {id(claim): group[0] for group in groups.values() for claim in group},
    )


def _said(fact: TextFact) -> Hashable:
    mention = fact.mention
    denied = fact.note.text[slice(*mention.sentence)] if fact.excluded == "negated" and fact.note.text else None
    return (
        id(fact.note),
        mention.label,
        fact.concepts,
        fact.codes,
        fact.places,
        fact.sides,
        fact.excluded,
        mention.section,
        mention.certainty,
        mention.change,
        implied_side(mention),
        mention.measurements and (mention.text, tuple((m.value, m.unit) for m in mention.measurements)),
        denied,
    )


def _marked(fact: LabelFact) -> Hashable:
    label = fact.label
    return (
        normalise(label.finding.text),
        fact.concepts,
        fact.codes,
        fact.places,
        fact.sides,
        fact.basis,
        fact.excluded,
        label.presence,
        label.source.format,
        (label.view or "").upper(),
        label.date,
        bool(label.exhaustive_for),
    )
