"""Where each concept is: its body sites and its side, with the words that say so."""

from collections.abc import Sequence
from typing import Final

from clinnote.model import laterality
from clinnote.model.laterality import UNKNOWN, Sides
from clinnote.model.mention import Evidence, SiteMention
from clinnote.model.spans import Span
from clinnote.ontology.anatomy import Anatomy
from clinnote.pipeline.records import Concept, Place, Section
from clinnote.pipeline.sites.fit import admitted, named_sites, narrow, same_place, under
from clinnote.pipeline.sites.headings import LEAD, Above, Earlier, Headings
from clinnote.pipeline.sites.links import attach
from clinnote.pipeline.sites.names import Name, Names
from clinnote.pipeline.sites.phrases import (
    Finding,
    GapOf,
    Item,
    Member,
    Phrase,
    Side,
    SiteRef,
    gap_reader,
    read_items,
)
from clinnote.pipeline.sites.references import Referrer
from clinnote.pipeline.sites.repeats import place_repeated
from clinnote.pipeline.sites.sharing import Attachment, Way

_NOWHERE: Final = Place()


class PlaceFinder:
    """Finds the place of each concept; remembers what their names say about places."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._names = Names(anatomy)

    def find(
        self, text: str, sentences: Sequence[Span], sections: Sequence[Section], concepts: Sequence[Concept]
    ) -> tuple[Place, ...]:
        """The place of each concept, parallel to ``concepts`` (which are in reading order).

        A side comes from side words that stand with the concept or with one of its sites; without such words from a
        site that exists on one side only; without that from a heading ("RIGHT KNEE:"). Linear in the text.
        """
        if not concepts:
            return ()
        places: list[Place] = [_NOWHERE] * len(concepts)
        side_words = self._anatomy.side_words.find(text)
        gap_of = gap_reader(text, self._anatomy.linking)
        headings = Headings(text, sections, concepts, self._anatomy)
        referrer = Referrer(text, sections, self._anatomy)
        members = [(index, concept, self._names.of(concept, text)) for index, concept in enumerate(concepts)]
        members.sort(key=_span)
        at = word = 0
        for sentence in sentences:
            first, first_word = at, word
            located = headings.in_force(sentence.start)
            while at < len(members) and members[at][1].start < sentence.end:
                index, concept, name = members[at]
                if name.places:
                    located = True
                elif name.implied:
                    places[index] = _implied_place(concept, text, name)
                at += 1
            while word < len(side_words) and side_words[word].start < sentence.end:
                word += 1
            if at == first:
                if word > first_word and side_words[first_word].start - sentence.start <= LEAD:
                    headings.at(sentence, read_items((), side_words[first_word:word], gap_of, self._anatomy))
            elif located or word > first_word or referrer.due(sentence):
                words = [side for side in side_words[first_word:word] if side.start >= sentence.start]
                referred = referrer.read(sentence, members, first, words, places) if referrer.due(sentence) else ()
                items = read_items(members[first:at], words, gap_of, self._anatomy, referred)
                above = Above(headings.at(sentence, items), headings.row(sentence, items), Earlier(members, at))
                for index, place in _sentence_places(items, sentence, text, concepts, self._anatomy, gap_of, above):
                    places[index] = place
        place_repeated(text, sections, concepts, places, self._anatomy)
        return tuple(places)


def _span(member: Member) -> tuple[int, int]:
    return member[1].start, member[1].end


def _implied_place(concept: Concept, text: str, name: Name) -> Place:
    """The place of a concept that nothing else locates."""
    start, end = concept.start, concept.end
    quote = text[start:end]
    return Place(None, tuple([SiteMention(start, end, quote, site, codes) for site, codes in name.implied]))


def _sentence_places(
    items: Sequence[Item],
    sentence: Span,
    text: str,
    concepts: Sequence[Concept],
    anatomy: Anatomy,
    gap_of: GapOf,
    above: Above,
) -> list[tuple[int, Place]]:
    found: list[tuple[int, Place]] = []
    for phrase in items:
        if isinstance(phrase, Phrase):
            found += [
                (site.position, _place_of_site(site, phrase, text, anatomy, above))
                for site in phrase.sites
                if site.position is not None
            ]
    for position, attachments in attach(items, gap_of, sentence.end).items():
        finding = items[position]
        if isinstance(finding, Finding) and (attachments or finding.own is not None or above):
            concept = concepts[finding.index]
            found.append((finding.index, _place_of_finding(finding, concept, attachments, text, anatomy, above)))
    return found


def _place_of_site(site: SiteRef, phrase: Phrase, text: str, anatomy: Anatomy, above: Above) -> Place:
    heading = above.heading
    if anatomy.parent(site.node) == "body":
        site = narrow(site, [other.node for other in phrase.sites], above, anatomy)
    said = _side_of_site(site, phrase, anatomy)
    evidence = _evidence(phrase.words) if said else ()
    if not said:
        said, evidence = _implied([site], anatomy)
    if not said and heading is not None and heading.covers(site.node, anatomy):
        said, evidence = heading.phrase.sides, _evidence(heading.phrase.words, "side.heading")
    return Place(laterality.word(said), (_site_mention(site, text, anatomy, said),), evidence)


def _place_of_finding(
    finding: Finding,
    concept: Concept,
    attachments: Sequence[Attachment],
    text: str,
    anatomy: Anatomy,
    above: Above,
) -> Place:
    heading = above.heading
    own = Attachment(finding.own or Phrase(finding.start, finding.end), Way.BEFORE, ahead=True)
    kept = admitted(own, attachments, concept, anatomy)
    if above.row is not None and under(above.row, kept, concept, anatomy):
        kept.append(Attachment(above.row, Way.HEADING, ahead=True))
    if heading is not None and heading.places and under(heading.phrase, kept, concept, anatomy):
        kept.append(Attachment(heading.place(), Way.HEADING, ahead=True))
    named = named_sites(kept, concept, above, anatomy)
    said, why = _side_of_finding(kept, anatomy)
    if not said and named:
        placed = [site for site, a in named if a.way != Way.DESTINATION]
        about = {site.start for site, a in named if a.way in (Way.SUBJECT, Way.HEADING)}
        said, why = _implied([site for site in placed if not (site.both and site.start in about)], anatomy)
    if not said and heading is not None:
        around = _whereabouts(concept, anatomy, [site.node for site, _ in named])
        if (around or heading.places) and all(heading.covers(node, anatomy) for node in around):
            said, why = heading.phrase.sides, _evidence(heading.phrase.words, "side.heading")
    near = _side_before(finding, kept)
    sites = tuple(_site_mention(site, text, anatomy, _side_there(site, a, said, near, anatomy)) for site, a in named)
    beside = [site.node for site, a in named if a.way != Way.HEADING and anatomy.level(site.node) is None]
    if not beside:  # a level of the spine says which foramen it is
        sites = (*_implied_sites(concept, text, anatomy, said, [site.node for site, _ in named]), *sites)
    evidence = [Evidence(f"site.{a.way.name.lower()}", site.start, site.end, f"site={site.node}") for site, a in named]
    return Place(laterality.word(said), sites, (*why, *evidence))


def _implied_sites(
    concept: Concept, text: str, anatomy: Anatomy, said: Sides, named: Sequence[str]
) -> tuple[SiteMention, ...]:
    """The sites that the concept itself implies, with its own span; a paired one is on the finding's side.

    Those that a named site lies in or overlaps are left out.
    """
    return tuple(
        _site_mention(
            SiteRef(node, concept.start, concept.end), text, anatomy, said if anatomy.paired(node) else UNKNOWN
        )
        for node in concept.sites
        if node in anatomy.nodes and not any(same_place(node, other, anatomy) for other in named)
    )


def _side_before(finding: Finding, attachments: Sequence[Attachment]) -> Sides:
    """The side that a bare word gives to the place in the finding's own name: "upper and LEFT [lower lobe mass]"."""
    if finding.own is None or finding.own.words or not finding.own.sites:
        return UNKNOWN
    ahead = [a.phrase for a in attachments if a.ahead and a.way == Way.BEFORE and a.phrase is not finding.own]
    last = ahead[-1] if ahead else None
    start = min(finding.start, finding.own.start)  # "L [frontal {sinus] disease}": the name of the place begins first
    return last.sides if last is not None and not last.sites and start - last.end <= 1 else UNKNOWN


def _side_there(site: SiteRef, attachment: Attachment, said: Sides, near: Sides, anatomy: Anatomy) -> Sides:
    """The side of one of a finding's sites: its own, else for a paired site that of a finding on one side."""
    named = _side_of_site(site, attachment.phrase, anatomy) or _implied_side(site, anatomy)
    if not named and near and attachment.ahead and site.position is None and anatomy.paired(site.node):
        named = near
    inner = attachment.way == Way.BEFORE or len(said) == 1
    return named or (said if inner and attachment.way != Way.DESTINATION and anatomy.paired(site.node) else UNKNOWN)


def _side_of_finding(attachments: Sequence[Attachment], anatomy: Anatomy) -> tuple[Sides, tuple[Evidence, ...]]:
    """The side by words: before or inside the finding, else behind it, else where the tip of a tube lies."""
    if not any(a.phrase.words for a in attachments):
        return UNKNOWN, ()
    speaking = [a for a in attachments if not _in_name(a.phrase, anatomy)]
    ahead = [a for a in speaking if a.ahead and a.way != Way.DESTINATION]
    if ahead:  # "right effusion, small left"
        ahead += [a for a in speaking if a.way == Way.AFTER and not a.ahead and not a.phrase.sites]
    behind = [a for a in speaking if a.way != Way.DESTINATION]
    ends = [a for a in speaking if not any(anatomy.has(site.node, "route") for site in a.phrase.sites)]
    for group in (ahead, behind, ends):
        words = [word for a in group for word in a.phrase.words]
        if words:
            fixed = [site for a in group if not a.phrase.words for site in a.phrase.sites if not site.both]
            more, why = _implied(fixed, anatomy)  # "right lower lobe and lingula"
            return frozenset(side for word in words for side in word.sides) | more, (*_evidence(words), *why)
    return UNKNOWN, ()


def _in_name(phrase: Phrase, anatomy: Anatomy) -> bool:
    """Whether the side word belongs to the names of the phrase's sites ("left atrium")."""
    return bool(phrase.sites) and all(anatomy.has(site.node, "side_in_name") for site in phrase.sites)


def _side_of_site(site: SiteRef, phrase: Phrase, anatomy: Anatomy) -> Sides:
    return UNKNOWN if anatomy.has(site.node, "side_in_name") else phrase.sides


def _implied(sites: Sequence[SiteRef], anatomy: Anatomy) -> tuple[Sides, tuple[Evidence, ...]]:
    """The side of sites that exist on one side only ("middle lobe"), or are named in a plural that means both."""
    said = frozenset(side for site in sites for side in _implied_side(site, anatomy))
    evidence = []
    for site in sites:
        gives = laterality.word(_implied_side(site, anatomy))
        if gives:
            rule = "side.plural" if site.both else "side.implied_by_site"
            evidence.append(Evidence(rule, site.start, site.end, f"laterality={gives}"))
    return said, tuple(evidence)


def _implied_side(site: SiteRef, anatomy: Anatomy) -> Sides:
    return laterality.BILATERAL if site.both else anatomy.implied_side(site.node)


def _whereabouts(concept: Concept, anatomy: Anatomy, named: Sequence[str]) -> tuple[str, ...]:
    """The sites of a concept in words, else those it implies itself; tissues found all over the body don't count."""
    nodes = tuple(named) or tuple(node for node in concept.sites if node in anatomy.nodes)
    return tuple(node for node in nodes if anatomy.parent(node) != "body" or anatomy.has(node, "region"))


def _evidence(words: Sequence[Side], rule: str | None = None) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(rule or word.rule, word.start, word.end, f"laterality={laterality.word(word.sides)}") for word in words
    )


def _site_mention(site: SiteRef, text: str, anatomy: Anatomy, sides: Sides) -> SiteMention:
    code = anatomy.node(site.node).code
    quote = text[site.start : site.end]
    return SiteMention(site.start, site.end, quote, site.node, (code,) if code else (), laterality.word(sides))
