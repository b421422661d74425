"""Whether it is there at all: denied by the report but labelled, or labelled and never named."""

import re
from collections.abc import Iterator
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.mention import Mention

_WORD: Final = re.compile(r"[a-z]+")


def check_negated(study: Study) -> Iterator[Claim]:
    """``negated_but_labelled``: the report denies what a label shows, without reserve and nowhere affirms it."""
    for label in study.marks:
        if label.excluded is not None:
            continue
        own = study.of_label(label)
        if any(pair.text.excluded != "negated" and not _elsewhere(pair) for pair in own):
            continue
        for pair in own:
            if _denies(pair, study):
                yield Claim(
                    "negated_but_labelled",
                    f"Denied: {say_text(pair.text)}; {say_label(label)}",
                    pair.text,
                    label,
                    (*doubts_of(pair, study.of_label(pair.label)), "partial"),
                    pairs=(pair,),
                )
                break


def _elsewhere(pair: Pair) -> bool:
    """Statements of other sections, of the past or of relatives neither affirm nor deny."""
    return (pair.text.excluded or "").startswith(("section", "about", "historical", "hypothetical", "future"))


def _denies(pair: Pair, study: Study) -> bool:
    """A plain negation of this very finding or of all its kind, at a place and side that include the label's."""
    mention = pair.text.mention
    if not _covers(pair, study) or pair.text.excluded != "negated" or _hedged(mention):
        return False
    if pair.place in ("near", "apart") or laterality.opposite(pair.text.sides, pair.label.sides):
        return False
    return not narrowed(pair.text, study)


def _hedged(mention: Mention) -> bool:
    """Whether the denial is uncertain; in "no filling defect to suggest embolism" only the suggestion is denied."""
    if mention.certainty == "definite":
        return False
    denied = min((e.start for e in mention.evidence if e.gives.startswith("polarity=")), default=mention.start)
    return any(e.start <= denied for e in mention.evidence if e.gives.startswith("certainty="))


def _covers(pair: Pair, study: Study) -> bool:
    """Whether the finding denied is the label's or a wider one: "no intracranial hemorrhage" denies the subdural."""
    if pair.relation != "broader":
        return pair.relation == "equal"
    is_a = study.knowledge.concepts.is_a
    return all(any(is_a(label, text) for text in pair.text.concepts) for label in pair.label.concepts)


def narrowed(fact: TextFact, study: Study) -> bool:
    """Whether a word before, in or after a denied finding narrows the denial ("no large effusion", "none except ...").

    Without the text it can't be told, and nothing is taken for narrowed.
    """
    mention, text = fact.mention, fact.note.text or ""
    start = min((e.start for e in mention.evidence if e.gives.startswith("polarity=")), default=mention.start)
    stretch = text[min(start, mention.start) : mention.end].lower()
    return not study.knowledge.rules.partial_negation.isdisjoint(_WORD.findall(stretch)) or exempted(fact, study)


def exempted(fact: TextFact, study: Study) -> bool:
    """Whether words after a denied finding take something out of the denial."""
    mention, text = fact.mention, fact.note.text or ""
    rest = f" {study.knowledge.normalise(text[mention.end : mention.sentence[1]])} "
    return any(f" {phrase} " in rest for phrase in study.knowledge.rules.exceptions)


def check_unmentioned(study: Study) -> Iterator[Claim]:
    """``labelled_not_mentioned``: no word of the report is about the label's finding; one claim a finding."""
    if not study.texts:
        return
    seen: set[frozenset[str]] = set()
    for label in study.marks:
        if label.excluded is None and label.concepts and label.concepts not in seen and not study.of_label(label):
            seen.add(label.concepts)
            yield Claim(
                "labelled_not_mentioned",
                f"The report does not name '{label.label.finding.text}'; {say_label(label)}",
                None,
                label,
                metadata={"notes": [note.note_id for note in study.notes]},
            )
