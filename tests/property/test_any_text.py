"""Ten megabytes of random text through the whole pipeline: no error, and every span quotes the text.

Words of the vocabulary, cues, numbers and headings stand between random characters of all of Unicode, lone surrogates
included, so that every component finds something to do.
"""

import random
import sys

import pytest

from clinnote.model.note import Note
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

SHARE = 2_500_000
"""Code points of each kind of text; four of them make ten million."""
PIECE = 125_000
CLINICAL = """
no left right bilateral pleural effusion nodule in the of and or with without evidence change increased new old history
mother denies possible if returns was 3 12 4.5 mm cm x 2015 2015-03-04 yesterday POD ago mg BID PO K Na BP 120/80 < >
(L) (H) 38.5 C lower upper lobe lobes R > L s/p h/o r/o MS PT RA Dr. Mr. e.g. 1. 2) - * # : ; , . ? !
"""
WORDS = CLINICAL.split()
HEADINGS = ("FINDINGS:", "IMPRESSION", "Past Medical History:", "Plan", "RIGHT KNEE:", "Labs\tK\tNa")
SPACES = (" ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2028", "\u200b", "")


def characters(rng):
    """One code point of any plane; every plane of letters as likely as the first 256."""
    return chr(rng.choice((rng.randrange(256), rng.randrange(0x3000), rng.randrange(sys.maxunicode + 1))))


def surrogates(rng):
    """A lone surrogate, or what often stands beside text by mistake."""
    return rng.choice((chr(rng.randrange(0xD800, 0xE000)), "\x00", "\ufeff", "\u202e", "e\u0301", "\u0130", "\u00df"))


def clinical(rng):
    """A word of the trade, sometimes in capitals, with any white space."""
    word = rng.choice(WORDS)
    return (word.upper() if rng.random() < 0.1 else word) + rng.choice(SPACES)


def mixed(rng):
    """A heading, a word, a word with a wrong letter, or something that is none."""
    kind = rng.random()
    if kind < 0.02:
        return "\n" + rng.choice(HEADINGS) + rng.choice(SPACES)
    if kind < 0.7:
        return clinical(rng)
    return characters(rng) + (clinical(rng) if kind < 0.9 else surrogates(rng))


def text(kind, length, rng):
    parts, size = [], 0
    while size < length:
        parts.append(kind(rng))
        size += len(parts[-1])
    return "".join(parts)


@pytest.fixture(scope="module", params=["general", "radiology"])
def tagger(request, root):
    return load_tagger(request.param, None, Home(root))


@pytest.mark.parametrize("kind", [characters, surrogates, clinical, mixed])
def test_no_text_breaks_a_span(tagger, kind):
    rng = random.Random(f"{kind.__name__} of any text")
    for number in range(SHARE // 2 // PIECE):
        note = Note(str(number), text(kind, PIECE, rng), date="2026-02-28")
        for mention in tagger(note).mentions:
            assert note.text[mention.start : mention.end] == mention.text
            assert 0 <= mention.sentence[0] <= mention.start < mention.end <= mention.sentence[1] <= len(note.text)
            for part in (*mention.sites, *mention.evidence, *mention.measurements):
                assert 0 <= part.start < part.end <= len(note.text)
            assert all(note.text[site.start : site.end] == site.text for site in mention.sites)
            assert mention.when is None or mention.when.text in note.text
