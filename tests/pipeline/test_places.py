"""Places of findings, on sentences that a clinician can read (``tests/sentences/places.txt``)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.model.spans import Span
from clinnote.ontology.anatomy import load_anatomy
from clinnote.pipeline.records import Concept, Section
from clinnote.pipeline.sentences import find_sentences
from clinnote.pipeline.sites.stage import PlaceFinder
from clinnote.settings import find_home

ANATOMY = load_anatomy(find_home().ontologies)
TAG = re.compile(r"([{<])(?:(?P<kind>[dm]): )?(?P<words>[^@={}<>]+?)(?P<implied>(?: @\w+)*) = (?P<place>[^}>]*)[}>]")
LABELS = {None: "finding", "d": "device", "m": "medication"}
FILE = find_home().root / "tests" / "sentences" / "places.txt"
LINES = [
    line.replace("\\n", "\n")
    for line in FILE.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def untag(line):
    """(text, concepts, expected (side, sites) of each) of a tagged line."""
    text, concepts, expected = "", [], []
    at = 0
    for tag in TAG.finditer(line):
        text += line[at : tag.start()]
        at = tag.end()
        start = len(text)
        text += tag["words"]
        side, *sites = (part.strip() for part in tag["place"].split(","))
        if tag.group(1) == "<":
            node = ANATOMY.resolve(tag["words"])[0] or SHORT.get(tag["words"].lower())
            concepts.append(Concept(start, len(text), "body_site", node, sites=(node,)))
        else:
            implied = tuple(part.strip("@") for part in tag["implied"].split())
            concepts.append(Concept(start, len(text), LABELS[tag["kind"]], "it", sites=implied))
        expected.append((None if side == "-" else side, sites if tag.group(1) == "{" else None))
    return text + line[at:], concepts, expected


SHORT = {"base": "lung_base"}


def places_of(text, concepts, sections=()):
    return PlaceFinder(ANATOMY).find(text, find_sentences(text), sections, concepts)


@pytest.mark.parametrize("line", LINES)
def test_place(line):
    text, concepts, expected = untag(line)
    assert concepts, "the line has no tag"
    for concept, place, (side, sites) in zip(concepts, places_of(text, concepts), expected, strict=True):
        words = text[concept.start : concept.end]
        assert place.laterality == side, words
        if sites is not None:
            assert [site.site for site in place.sites] == sites, words


@pytest.mark.parametrize("line", LINES)
def test_every_side_and_site_has_its_evidence(line):
    text, concepts, _ = untag(line)
    for concept, place in zip(concepts, places_of(text, concepts), strict=True):
        for evidence in place.evidence:
            assert 0 <= evidence.start < evidence.end <= len(text)
        if place.laterality:
            assert any(evidence.gives.startswith("laterality=") for evidence in place.evidence)
        for site in place.sites:
            assert text[site.start : site.end] == site.text
            assert site.site in ANATOMY.nodes
            own = (site.start, site.end) == (concept.start, concept.end)
            assert own or any(evidence.gives == f"site={site.site}" for evidence in place.evidence)


ONE_SIDED = re.compile(
    r"middle|lingula|gallbladder|quadrant|heart|atrium|ventricle|liver|\b(?:[LR]UL|[LR]LL|[LR]|[LR]t)\b|shift|handed"
    r"|all right|right away|right dose|hospital|Boston|He left|levo|\bO[DSU]\b|descending|appendix|spleen|splenic",
    re.IGNORECASE,
)
MIRRORED = [line for line in LINES if re.search(r"\b(?:left|right)\b", line) and not ONE_SIDED.search(line)]


def mirror(line):
    """The tagged line with left and right exchanged, in the text and in the tags."""
    swap = {"left": "right", "right": "left", "Left": "Right", "Right": "Left", "LEFT": "RIGHT", "RIGHT": "LEFT"}
    return re.sub(r"\b(?:left|right)\b", lambda m: swap[m.group()], line, flags=re.IGNORECASE)


@pytest.mark.parametrize("line", MIRRORED)
def test_mirrored_sentence_gives_the_mirrored_side(line):
    test_place(mirror(line))


def test_place_needs_no_sentence_that_holds_the_concept():
    assert PlaceFinder(ANATOMY).find("Left effusion", (), (), (Concept(5, 13, "finding"),))[0].laterality is None


def test_heading_ends_with_its_section():
    text = "RIGHT KNEE: Normal.\nIMPRESSION: There is a tear."
    knee, tear = Concept(6, 10, "body_site", "knee", sites=("knee",)), Concept(43, 47, "finding", "tear")
    sections = (Section("findings", 0, 0, 20, "s"), Section("impression", 20, 31, len(text), "s"))
    assert text[43:47] == "tear"
    sentences = (Span(0, 19), Span(20, len(text)))
    assert PlaceFinder(ANATOMY).find(text, sentences, sections, (knee, tear))[1].laterality is None


SIDE_WORDS = ["left", "right", "bilateral", "both", "L", "R", "(L)"]
LINKS = ["in", "the", "of", "with", "and", ",", ";", ".", ":", "\n", "is", "shows", "no", "tip", "to", "base"]
WORDS = st.sampled_from([*SIDE_WORDS, *LINKS, "effusion", "opacity", "lung"])


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_any_row_of_words_is_read(words):
    text = " ".join(words)
    concepts = [
        Concept(m.start(), m.end(), "finding", "it")
        if m.group() in ("effusion", "opacity")
        else Concept(m.start(), m.end(), "body_site", "lung", sites=("lung",))
        for m in re.finditer(r"effusion|opacity|lung", text)
    ]
    found = places_of(text, concepts)
    assert len(found) == len(concepts)
    assert {place.laterality for place in found} <= {None, "left", "right", "bilateral"}
    if "left" not in text and "bilateral" not in text and "both" not in text and "L" not in text:
        assert not {"left", "bilateral"} & {place.laterality for place in found}


@settings(deadline=None)
@given(st.text(alphabet="left rIghT\u0130\u00df\U0001f642\u0301 lung,.\r\n", max_size=60), st.data())
def test_any_spans_of_any_text_are_read(text, data):
    """Given mentions may overlap, nest, and lie anywhere."""
    edges = st.integers(0, len(text))
    concepts = []
    for label in data.draw(st.lists(st.sampled_from(["finding", "body_site", "lab"]), max_size=4)):
        start, end = sorted((data.draw(edges), data.draw(edges)))
        if start < end:
            concepts.append(Concept(start, end, label, sites=("lung",) if label == "body_site" else (), given=True))
    concepts.sort(key=lambda concept: concept.start)
    assert len(places_of(text, concepts)) == len(concepts)


@pytest.mark.parametrize("label", ["finding", "lab"])
def test_a_side_word_that_is_a_term_of_its_own_still_gives_its_side(label):
    side, pain = Concept(0, 5, label), Concept(11, 15, "finding")
    text = "Right knee pain."
    places = PlaceFinder(ANATOMY).find(text, find_sentences(text), (), (side, pain))
    assert places[1].laterality == "right"
