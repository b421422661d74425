"""The only way out of the pipeline: annotations of one text to the mentions of the contract."""

from clinnote.model.mention import Mention, mention_ids
from clinnote.model.spans import Span
from clinnote.pipeline.records import Annotations, Context, Place

_NO_CONTEXT = Context()
_NO_PLACE = Place()


def mentions_of(text: str, text_hash: str, found: Annotations, rules: str) -> tuple[Mention, ...]:
    """One mention a concept, in the order of the concepts; stages that did not run leave their defaults.

    The concepts stand in the order of their starts. A sentence is widened where a concept reaches beyond it.
    """
    concepts = found.concepts
    number = len(concepts)
    contexts = found.contexts or [_NO_CONTEXT] * number
    places = found.places or [_NO_PLACE] * number
    measured = found.measurements or [()] * number
    dosages, readings = found.dosages or [None] * number, found.readings or [()] * number
    sections = found.sections
    sentences = found.sentences or (Span(0, len(text)),)
    identify = mention_ids(text_hash, rules)
    mentions: list[Mention] = []
    section = sentence = -1
    for index in range(number):
        concept, context, place = concepts[index], contexts[index], places[index]
        start, end = concept.start, concept.end
        while section + 1 < len(sections) and sections[section + 1].start <= start:
            section += 1
        while sentence + 1 < len(sentences) and sentences[sentence + 1].start <= start:
            sentence += 1
        around = sentences[max(sentence, 0)]
        mentions.append(
            Mention(
                identify(start, end, concept.label),
                start,
                end,
                text[start:end],
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
                measured[index],
                context.when,
                sections[section].kind if section >= 0 and start < sections[section].end else None,
                (min(around.start, start), max(around.end, end)),
                concept.evidence + context.evidence + place.evidence + readings[index],
                concept.score,
                dosage=dosages[index],
            )
        )
    return tuple(mentions)
