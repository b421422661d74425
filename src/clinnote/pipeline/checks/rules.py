"""Runs the example sentences of every cue rule (``clinnote ontology check``).

A cue must set its values on the mention (in double square brackets) of the positive sentence, and must not touch the
mention of the negative one. A pseudo cue or terminator must change what is said of the mention of the positive
sentence, and must change nothing in the negative one.
"""

import re
from dataclasses import dataclass
from typing import Final

from clinnote.errors import OntologyError
from clinnote.ontology.cues import CueRow, CueTable, load_cues, plant, uproot
from clinnote.ontology.sections import SectionTable, load_sections
from clinnote.pipeline.context.stage import find_context
from clinnote.pipeline.records import Concept, Context
from clinnote.pipeline.sections import find_sections
from clinnote.pipeline.sentences import find_sentences
from clinnote.settings import Home

_MENTION: Final = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that does not do what its example says. Example sentences are part of the table, not of any note."""

    rule: str
    place: str
    example: str
    """``positive`` or ``negative``."""
    message: str


def check_rules(home: Home) -> tuple[RuleFailure, ...]:
    """Every rule whose examples fail, in the order of the tables.

    Raises:
        OntologyError: a table can't be read, or an example does not mark exactly one mention.
    """
    cues, sections = load_cues(home.ontologies), load_sections(home.ontologies)
    return tuple(failure for row in cues.rows for failure in _check(row, cues, sections))


def _check(row: CueRow, cues: CueTable, sections: SectionTable) -> list[RuleFailure]:
    found: list[RuleFailure] = []
    for example, sentence, wanted in (("positive", row.positive, True), ("negative", row.negative, False)):
        text, concept = _read(row, example, sentence)
        context = _context(text, concept, cues, sections)
        if row.cue.kind == "cue":
            fired = {e.gives for e in context.evidence if e.rule == row.cue.id}
            missing = {f"{attribute}={value}" for attribute, value in row.cue.gives} - fired
            failed = bool(missing) if wanted else bool(fired)
            message = f"does not give {', '.join(sorted(missing))}" if wanted else f"gives {', '.join(sorted(fired))}"
        else:
            uproot(cues, row)
            changed = _context(text, concept, cues, sections) != context
            plant(cues, row)
            failed = changed != wanted
            message = "changes nothing" if wanted else "changes what is said of the mention"
        if failed:
            found.append(RuleFailure(row.cue.id, row.place, example, message))
    return found


def _read(row: CueRow, example: str, sentence: str) -> tuple[str, Concept]:
    marks = list(_MENTION.finditer(sentence))
    if len(marks) != 1:
        raise OntologyError(f"{row.place}: the {example} example must mark one mention with [[ ]]")
    start = marks[0].start()
    words = marks[0].group(1)
    text = sentence[:start] + words + sentence[marks[0].end() :]
    return text, Concept(start, start + len(words), "finding", given=True)


def _context(text: str, concept: Concept, cues: CueTable, sections: SectionTable) -> Context:
    found = find_context(text, find_sentences(text), find_sections(text, sections), (concept,), cues)
    return found[0]
