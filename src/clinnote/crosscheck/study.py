"""Everything that is known about one study, aligned once for all checks."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinnote.crosscheck.align import Pair, pairs
from clinnote.crosscheck.facts import LabelFact, TextFact, label_fact, text_facts
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote


@dataclass(frozen=True, slots=True)
class Study:
    """Notes and labels of one study as claims, and the pairs of claims about related findings."""

    notes: tuple[TaggedNote, ...]
    texts: tuple[TextFact, ...]
    labels: tuple[LabelFact, ...]
    pairs: tuple[Pair, ...]
    knowledge: Knowledge

    def of_text(self, text: TextFact) -> tuple[Pair, ...]:
        """The pairs of one mention."""
        return tuple(pair for pair in self.pairs if pair.text is text)

    def of_label(self, label: LabelFact) -> tuple[Pair, ...]:
        """The pairs of one label."""
        return tuple(pair for pair in self.pairs if pair.label is label)

    @property
    def stated(self) -> tuple[TextFact, ...]:
        """The findings that the report affirms about this study."""
        return tuple(text for text in self.texts if text.excluded is None and not text.is_place)


def build_study(notes: Sequence[TaggedNote], labels: Sequence[ImageLabel], knowledge: Knowledge) -> Study:
    """Turn the records of one study into aligned claims."""
    texts = text_facts(notes, knowledge)
    facts = tuple(label_fact(label, knowledge) for label in labels)
    return Study(tuple(notes), texts, facts, pairs(texts, facts, knowledge), knowledge)
