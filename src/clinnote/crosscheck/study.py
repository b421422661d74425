"""Everything that is known about one study, aligned once for all checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clinnote.crosscheck.align import Pair, pairs
from clinnote.crosscheck.facts import LabelFact, TextFact, label_fact, text_facts
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.crosscheck.merged import Merged, merge_labels, merge_texts
from clinnote.crosscheck.partners import Partners, find_partners
from clinnote.crosscheck.pictures import sideless_bases, without_sides
from clinnote.crosscheck.superseded import set_aside_superseded
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote


@dataclass(frozen=True, slots=True)
class Study:
    """Notes and labels of one study as claims, and the pairs of claims about related findings.

    ``texts`` and ``labels`` hold every claim. ``marks`` are the labels with those that say the same left out; pairs
    are made of ``marks`` and of mentions thinned out alike, so that work grows with what is said, not how often.
    """

    notes: tuple[TaggedNote, ...]
    texts: tuple[TextFact, ...]
    labels: tuple[LabelFact, ...]
    pairs: tuple[Pair, ...]
    partners: Partners
    sideless: frozenset[str]
    """Bases of a side that say nothing on the pictures of this study."""
    knowledge: Knowledge
    _said: Merged[TextFact] = field(repr=False)
    _marked: Merged[LabelFact] = field(repr=False)
    _by_text: Mapping[int, tuple[Pair, ...]] = field(repr=False)
    _by_label: Mapping[int, tuple[Pair, ...]] = field(repr=False)

    def of_text(self, text: TextFact) -> tuple[Pair, ...]:
        """The pairs of one mention."""
        return self._by_text.get(id(self._said.first_of.get(id(text))), ())

    def of_label(self, label: LabelFact) -> tuple[Pair, ...]:
        """The pairs of one label."""
        return self._by_label.get(id(self._marked.first_of.get(id(label))), ())

    def like_text(self, text: TextFact) -> tuple[TextFact, ...]:
        """All mentions that say what this one says."""
        return self._said.members(text)

    def like_label(self, label: LabelFact) -> tuple[LabelFact, ...]:
        """All labels that say what this one says."""
        return self._marked.members(label)

    @property
    def marks(self) -> tuple[LabelFact, ...]:
        """One label for all that say the same."""
        return self._marked.firsts

    @property
    def said(self) -> tuple[TextFact, ...]:
        """One mention for all that say the same; places alone are left out."""
        return self._said.firsts

    @property
    def stated(self) -> tuple[TextFact, ...]:
        """The findings that the report affirms about this study."""
        return tuple(text for text in self.texts if text.excluded is None and not text.is_place)


def build_study(notes: Sequence[TaggedNote], labels: Sequence[ImageLabel], knowledge: Knowledge) -> Study:
    """Turn the records of one study into aligned claims."""
    texts = set_aside_superseded(text_facts(notes, knowledge), notes, labels, knowledge)
    facts = tuple(label_fact(label, knowledge) for label in labels)
    sideless = sideless_bases(texts, facts, knowledge)
    facts = without_sides(facts, sideless)
    said, marked = merge_texts(texts), merge_labels(facts)
    every = pairs(said.firsts, marked.firsts, knowledge)
    by_text: dict[int, list[Pair]] = {}
    by_label: dict[int, list[Pair]] = {}
    for pair in every:
        by_text.setdefault(id(pair.text), []).append(pair)
        by_label.setdefault(id(pair.label), []).append(pair)
    partners = find_partners(every, knowledge)
    by_claim = _frozen(by_text), _frozen(by_label)
    return Study(tuple(notes), texts, facts, every, partners, sideless, knowledge, said, marked, *by_claim)


def _frozen(index: Mapping[int, Sequence[Pair]]) -> Mapping[int, tuple[Pair, ...]]:
    return {key: tuple(found) for key, found in index.items()}
