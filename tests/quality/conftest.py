"""Notes with marked mentions, written as sentences: ``No [fever|finding polarity=negated].``"""

import re

import pytest

from clinnote.model.codes import Code, canonical_system
from clinnote.model.mention import Mention, TaggedNote, mention_id, text_sha256

MARK = re.compile(r"\[([^|\]]*)\|(\w+)([^\]]*)\]")


def read_marks(marked):
    """(text, mentions) of a sentence with marks; ``code=snomed:1+snomed:2`` gives codes, other words are fields."""
    text, mentions, done = "", [], 0
    for found in MARK.finditer(marked):
        text += marked[done : found.start()]
        words, label, rest = found.groups()
        fields = dict(part.split("=", 1) for part in rest.split())
        codes = [one.split(":", 1) for one in fields.pop("code", "").split("+") if one]
        fields["codes"] = tuple(Code(canonical_system(system), code) for system, code in codes)
        mentions.append((len(text), len(text) + len(words), words, label, fields))
        text += words
        done = found.end()
    text += marked[done:]
    digest = text_sha256(text)
    return text, tuple(
        Mention(f"{mention_id(digest, start, end, label, 'test')}-{i}", start, end, words, label, **fields)
        for i, (start, end, words, label, fields) in enumerate(mentions)
    )


def marked_note(marked, note_id="n"):
    text, mentions = read_marks(marked)
    return TaggedNote(note_id, text_sha256(text), text, mentions=mentions)


@pytest.fixture
def marked():
    """The mentions of a marked sentence."""
    return lambda sentence: read_marks(sentence)[1]


@pytest.fixture
def note():
    """A tagged note from a marked sentence."""
    return marked_note
