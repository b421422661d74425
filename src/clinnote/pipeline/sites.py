"""Where each concept is: its body sites and its side, with the words that say so."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.model import laterality
from clinnote.model.laterality import UNKNOWN, Sides
from clinnote.model.mention import Evidence, SiteMention
from clinnote.model.spans import Span
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.side_words import SideWord
from clinnote.pipeline.records import Concept, Place, Section
from clinnote.pipeline.site_headings import Heading, Headings
from clinnote.pipeline.site_links import Attachment, Way, attach
from clinnote.pipeline.site_phrases import Finding, GapOf, Item, Phrase, Side, gap_reader, read_items

PLACELESS: Final = frozenset({"medication", "lab", "vital"})
"""Labels that have no place in the body."""
_NOWHERE: Final = Place()


def find_places(
    text: str,
    sentences: Sequence[Span],
    sections: Sequence[Section],
    concepts: Sequence[Concept],
    anatomy: Anatomy,
) -> tuple[Place, ...]:
    """The place of each concept, parallel to ``concepts`` (which are in reading order).

    A side comes from side words that stand with the concept or with one of its sites; without such words from a site
    that exists on one side only; without that from a heading ("RIGHT KNEE:"). Linear in the text.
    """
    places: list[Place] = [_NOWHERE] * len(concepts)
    gap_of = gap_reader(text, anatomy.linking)
    headings = Headings(text, sections, anatomy)
    for sentence, members, words in _by_sentence(sentences, concepts, anatomy, text):
        items = read_items(members, words, text, gap_of, anatomy)
        heading = headings.at(sentence, items, concepts)
        for index, place in _sentence_places(items, sentence, text, concepts, anatomy, gap_of, heading):
            places[index] = place
    return tuple(places)


def _by_sentence(
    sentences: Sequence[Span], concepts: Sequence[Concept], anatomy: Anatomy, text: str
) -> Iterator[tuple[Span, list[tuple[int, Concept]], list[SideWord]]]:
    """Each sentence that names a concept, with its concepts and side words."""
    words = list(anatomy.side_words.find(text)) if concepts else []
    starts = [word.start for word in words]
    order = sorted(range(len(concepts)), key=lambda i: (concepts[i].start, concepts[i].end))
    place = 0
    for sentence in sentences:
        members = []
        while place < len(order) and concepts[order[place]].start < sentence.end:
            members.append((order[place], concepts[order[place]]))
            place += 1
        if members:
            first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
            yield sentence, members, words[first:last]


def _sentence_places(
    items: Sequence[Item],
    sentence: Span,
    text: str,
    concepts: Sequence[Concept],
    anatomy: Anatomy,
    gap_of: GapOf,
    heading: Heading | None,
) -> Iterator[tuple[int, Place]]:
    for phrase in items:
        if isinstance(phrase, Phrase):
            for index in phrase.sites:
                yield index, _place_of_site(index, phrase, text, concepts, anatomy, heading)
    for position, attachments in attach(items, gap_of, sentence.end).items():
        finding = items[position]
        if isinstance(finding, Finding):
            yield finding.index, _place_of_finding(finding, attachments, text, concepts, anatomy, heading)


def _place_of_site(
    index: int, phrase: Phrase, text: str, concepts: Sequence[Concept], anatomy: Anatomy, heading: Heading | None
) -> Place:
    node = _node_of(concepts[index])
    if node not in anatomy.nodes:
        return _NOWHERE
    said = _side_of_site(node, phrase, anatomy)
    evidence = _evidence(phrase.words) if said else ()
    if not said:
        said, evidence = _implied([(index, node)], concepts, anatomy)
    if not said and heading is not None and _inside(node, heading.phrase, concepts, anatomy):
        said, evidence = heading.phrase.sides, _evidence(heading.phrase.words, "side.heading")
    site = _site_mention(index, text, concepts, anatomy, said)
    return Place(laterality.word(said), (site,), evidence)


def _place_of_finding(
    finding: Finding,
    attachments: Sequence[Attachment],
    text: str,
    concepts: Sequence[Concept],
    anatomy: Anatomy,
    heading: Heading | None,
) -> Place:
    concept = concepts[finding.index]
    if concept.label in PLACELESS:
        return _NOWHERE
    kept = [a for a in attachments if _fits(a, concept, concepts, anatomy)]
    named = [(i, _node_of(concepts[i]), a) for a in kept for i in a.phrase.sites]
    named = [(i, node, a) for i, node, a in named if node in anatomy.nodes]
    sites = [
        _site_mention(i, text, concepts, anatomy, _side_of_site(node, a.phrase, anatomy) or anatomy.implied_side(node))
        for i, node, a in named
    ]
    evidence = [
        Evidence(f"site.{a.way.name.lower()}", concepts[i].start, concepts[i].end, f"site={node}")
        for i, node, a in named
    ]
    said, why = _side_of_finding(finding, kept, concepts, anatomy)
    if not said:
        said, why = _implied([(i, node) for i, node, a in named if a.way != Way.DESTINATION], concepts, anatomy)
    if not said and heading is not None:
        around = _whereabouts(concept, anatomy, [node for _, node, _ in named])
        if (around or not heading.title) and all(_inside(node, heading.phrase, concepts, anatomy) for node in around):
            said, why = heading.phrase.sides, _evidence(heading.phrase.words, "side.heading")
    if not sites:
        sites = [_implied_site(concept, node, text, anatomy) for node in concept.sites if node in anatomy.nodes]
    return Place(laterality.word(said), tuple(sites), (*why, *evidence))


def _side_of_finding(
    finding: Finding, attachments: Sequence[Attachment], concepts: Sequence[Concept], anatomy: Anatomy
) -> tuple[Sides, tuple[Evidence, ...]]:
    """The side by words: in the finding's own span, else before it, else behind it, else where a tube ends."""
    speaking = [a.phrase.words for a in attachments if a.way != Way.DESTINATION and not _in_name(a, concepts, anatomy)]
    ahead = [
        a.phrase.words
        for a in attachments
        if a.ahead and a.way != Way.DESTINATION and not _in_name(a, concepts, anatomy)
    ]
    ends = [
        a.phrase.words
        for a in attachments
        if a.way == Way.DESTINATION and not _in_name(a, concepts, anatomy) and not _is_route(a, concepts, anatomy)
    ]
    for group in ([finding.words], ahead, speaking, ends):
        words = [word for phrase in group for word in phrase]
        said = frozenset(side for word in words for side in word.sides)
        if said:
            return said, _evidence(words)
    return UNKNOWN, ()


def _in_name(attachment: Attachment, concepts: Sequence[Concept], anatomy: Anatomy) -> bool:
    """Whether the side word belongs to the names of the phrase's sites ("left atrium")."""
    nodes = [_node_of(concepts[i]) for i in attachment.phrase.sites]
    return bool(nodes) and all(node in anatomy.nodes and anatomy.has(node, "side_in_name") for node in nodes)


def _is_route(attachment: Attachment, concepts: Sequence[Concept], anatomy: Anatomy) -> bool:
    nodes = [_node_of(concepts[i]) for i in attachment.phrase.sites]
    return any(node in anatomy.nodes and anatomy.has(node, "route") for node in nodes)


def _fits(attachment: Attachment, concept: Concept, concepts: Sequence[Concept], anatomy: Anatomy) -> bool:
    """Whether the concept can be at the phrase's sites.

    A quadrant of the abdomen does not locate a finding of the chest. What was only shared or is the subject of the
    clause must overlap the sites that the concept itself implies, and a paired structure for a bare side.
    """
    own = [node for node in concept.sites if node in anatomy.nodes]
    nodes = [node for i in attachment.phrase.sites if (node := _node_of(concepts[i])) in anatomy.nodes]
    if not own:
        return True
    if nodes and all(anatomy.has(node, "quadrant") for node in nodes):
        return not all(anatomy.is_part_of(node, "chest") for node in own)
    if attachment.way in (Way.SHARED, Way.SUBJECT):
        if nodes:
            return any(anatomy.overlap(a, b) for a in nodes for b in own)
        return any(anatomy.paired(node) for node in own)
    return True


def _side_of_site(node: str, phrase: Phrase, anatomy: Anatomy) -> Sides:
    return UNKNOWN if anatomy.has(node, "side_in_name") else phrase.sides


def _implied(
    nodes: Sequence[tuple[int, str]], concepts: Sequence[Concept], anatomy: Anatomy
) -> tuple[Sides, tuple[Evidence, ...]]:
    """The side of sites that exist on one side only ("middle lobe")."""
    fixed = [(i, node) for i, node in nodes if anatomy.implied_side(node)]
    said = frozenset(side for _, node in fixed for side in anatomy.implied_side(node))
    gives = f"laterality={laterality.word(said)}"
    return said, tuple(Evidence("side.implied_by_site", concepts[i].start, concepts[i].end, gives) for i, _ in fixed)


def _inside(node: str, heading: Phrase, concepts: Sequence[Concept], anatomy: Anatomy) -> bool:
    """Whether the heading's side can be meant for a paired structure at ``node``."""
    wholes = [_node_of(concepts[i]) for i in heading.sites]
    return any(whole in anatomy.nodes and anatomy.is_part_of(node, whole) for whole in wholes)


def _whereabouts(concept: Concept, anatomy: Anatomy, named: Sequence[str]) -> tuple[str, ...]:
    """The sites of a concept in words, else those it implies itself; tissues found all over the body don't count."""
    nodes = tuple(named) or tuple(node for node in concept.sites if node in anatomy.nodes)
    return tuple(node for node in nodes if anatomy.parent(node) != "body" or anatomy.has(node, "region"))


def _evidence(words: Sequence[Side], rule: str | None = None) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(rule or word.rule, word.start, word.end, f"laterality={laterality.word(word.sides)}") for word in words
    )


def _node_of(concept: Concept) -> str:
    return concept.sites[0] if concept.sites else concept.concept or ""


def _site_mention(index: int, text: str, concepts: Sequence[Concept], anatomy: Anatomy, sides: Sides) -> SiteMention:
    concept = concepts[index]
    node = anatomy.node(_node_of(concept))
    codes = (node.code,) if node.code else ()
    quote = text[concept.start : concept.end]
    return SiteMention(concept.start, concept.end, quote, node.id, codes, laterality.word(sides))


def _implied_site(concept: Concept, node: str, text: str, anatomy: Anatomy) -> SiteMention:
    """A site that the concept's own meaning implies; its span is the concept's."""
    code = anatomy.node(node).code
    quote = text[concept.start : concept.end]
    return SiteMention(concept.start, concept.end, quote, node, (code,) if code else ())
