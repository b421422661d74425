"""The only way out of the pipeline: annotations of one text to the mentions of the contract."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import repeat

from clinnote.model.mention import Mention, mention_id
from clinnote.model.spans import Span
from clinnote.pipeline.records import Annotations, Concept, Context, Place, Section

_NO_CONTEXT = Context()
_NO_PLACE = Place()


def mentions_of(text: str, text_hash: str, found: Annotations, rules: str) -> tuple[Mention, ...]:
    """One mention a concept, in the order of the concepts; stages that did not run leave their defaults."""
    section_of = _SectionNames(found.sections)
    sentence_of = _Sentences(found.sentences, len(text))
    contexts = found.contexts or repeat(_NO_CONTEXT, len(found.concepts))
    places = found.places or repeat(_NO_PLACE, len(found.concepts))
    measured = found.measurements or repeat((), len(found.concepts))
    return tuple(
        Mention(
            mention_id(text_hash, concept.start, concept.end, concept.label, rules),
            concept.start,
            concept.end,
            text[concept.start : concept.end],
            concept.label,
            concept.codes,
            context.polarity,
            context.certainty,
            context.temporality,
            context.experiencer,
            context.change,
            context.severity,
            place.laterality,
            place.sites,
            sizes,
            context.when,
            section_of(concept.start),
            sentence_of(concept),
            context.evidence + place.evidence,
            concept.score,
        )
        for concept, context, place, sizes in zip(found.concepts, contexts, places, measured, strict=True)
    )


class _SectionNames:
    """Kind of the section that holds an offset, or None."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self._starts = [section.start for section in sections]

    def __call__(self, offset: int) -> str | None:
        at = bisect_right(self._starts, offset) - 1
        return self._sections[at].kind if at >= 0 and offset < self._sections[at].end else None


class _Sentences:
    """The sentence of a concept, widened where the concept reaches beyond it."""

    def __init__(self, sentences: Sequence[Span], length: int) -> None:
        self._sentences = sentences or (Span(0, length),)
        self._starts = [sentence.start for sentence in self._sentences]

    def __call__(self, concept: Concept) -> tuple[int, int]:
        at = max(bisect_right(self._starts, concept.start) - 1, 0)
        sentence = self._sentences[at]
        return min(sentence.start, concept.start), max(sentence.end, concept.end)
