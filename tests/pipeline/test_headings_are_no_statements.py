"""Words of a section's heading are no mentions; places in it and titles of examinations are."""

import pytest

from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import find_home


@pytest.fixture(scope="module")
def tagger():
    return load_tagger("general", None, find_home())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PHYSICAL EXAM:\nAbdomen: tenderness.", ["Abdomen", "tenderness"]),
        ("VITALS:\nPulse 80.", ["Pulse"]),
        ("ALLERGIES:\nPenicillin allergy.", ["Penicillin allergy"]),
        ("FINDINGS: The physical exam was normal.", ["physical exam"]),
        ("Physical exam was repeated.", ["Physical exam"]),
    ],
)
def test_a_heading_is_no_mention(tagger, text, words):
    assert [mention.text for mention in tagger(text).mentions] == words
