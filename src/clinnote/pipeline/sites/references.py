"""Places that a sentence takes from an earlier one: "in the same lobe", "contralateral", "it contains".

Only the nearest earlier place of the same section counts, and one that leaves a choice gives nothing: a wrong side
does more harm than none.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.model.spans import Span
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.references import Referring
from clinnote.ontology.side_words import SideWord
from clinnote.pipeline.records import Place, Section
from clinnote.pipeline.sites.phrases import Member, Phrase, Side, SiteRef

REACH: Final = 600
"""Most characters between a reference and what it refers to."""
LESIONS: Final = frozenset({"finding", "disorder"})
"""Labels of what a pronoun or a repeated name can stand for."""
_ANYWHERE: Final = frozenset({"side", "organ", "site"})
"""What references refer to that may stand anywhere in a sentence."""
RULES: Final = "ref."
"""How the ids of the rules of ``references.tsv`` begin."""
_MIRROR: Final = {laterality.LEFT: laterality.RIGHT, laterality.RIGHT: laterality.LEFT}


class Referrer:
    """Reads the references of one text sentence by sentence; ``any`` tells whether there are some at all."""

    def __init__(self, text: str, sections: Sequence[Section], anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._starts = [section.start for section in sections]
        self._found = anatomy.references.find(text)
        self._at = 0
        self.any = bool(self._found)

    def due(self, sentence: Span) -> bool:
        """Whether a reference that can be read stands in the sentence; "it" counts only at its beginning."""
        while self._at < len(self._found):
            reference = self._found[self._at]
            if reference.start >= sentence.end:
                return False
            anywhere = reference.reference.refers in _ANYWHERE
            if reference.start == sentence.start or (anywhere and reference.start > sentence.start):
                return True
            self._at += 1
        return False

    def read(
        self, sentence: Span, members: Sequence[Member], at: int, words: list[SideWord], places: Sequence[Place]
    ) -> list[Phrase]:
        """The site references of a sentence as phrases; side references are put among its side ``words``.

        Args:
            sentence: the sentence; to be asked for in reading order.
            members: the concepts of the note by start.
            at: the position among them of the first one of this sentence.
            words: the side words of the sentence, by start.
            places: the places found so far, by index of the concept.
        """
        phrases: list[Phrase] = []
        while self._at < len(self._found) and self._found[self._at].start < sentence.end:
            reference = self._found[self._at]
            self._at += 1
            if reference.start < sentence.start or _covered(reference, members, at):
                continue
            lowest = self._lowest(reference.start)
            if reference.reference.refers == "side":
                said = _side_in_sentence(members, at, words, reference.start)
                if said is None:
                    said = _side_before(members, at, places, lowest)
                _add_side(reference, said, words)
            elif reference.reference.refers == "organ":
                _add_side(reference, self._side_of_organ(reference, members, at, places, lowest), words)
            elif reference.reference.refers == "site":
                phrase = self._site(reference, members, at, words, places, lowest)
                if phrase is not None:
                    phrases.append(phrase)
            elif reference.start == sentence.start:
                phrase = self._subject(reference, members, at, places, lowest)
                if phrase is not None:
                    phrases.append(phrase)
        return phrases

    def _lowest(self, start: int) -> int:
        """The offset before which nothing is referred to from ``start``."""
        section = bisect_right(self._starts, start) - 1
        return max(start - REACH, self._starts[section] if section >= 0 else 0)

    def _side_of_organ(
        self, reference: Referring, members: Sequence[Member], at: int, places: Sequence[Place], lowest: int
    ) -> Sides | None:
        """The side of the earlier mentions of the paired organ that is named directly behind the reference."""
        anatomy = self._anatomy
        position = at
        while position < len(members) and members[position][1].start < reference.end:
            position += 1
        if position == len(members):
            return None
        concept, name = members[position][1], members[position][2]
        if not name.body_site or len(name.sites) != 1 or concept.start > reference.end + 1 or name.sites[0].both:
            return None
        organ = name.sites[0].site
        if not anatomy.paired(organ):
            return None
        position = at - 1
        while position >= 0 and members[position][1].start >= lowest:
            place = places[members[position][0]]
            for site in place.sites:
                side = site.laterality or place.laterality
                node = site.site
                if side is not None and node in anatomy.nodes and node and anatomy.is_part_of(node, organ):
                    return laterality.parse(side)
            position -= 1
        return None

    def _site(
        self,
        reference: Referring,
        members: Sequence[Member],
        at: int,
        words: Sequence[SideWord],
        places: Sequence[Place],
        lowest: int,
    ) -> Phrase | None:
        meant = reference.reference.nodes
        position = at
        while position < len(members) and members[position][1].start < reference.start:
            position += 1
        while position > at:
            position -= 1
            concept, name = members[position][1], members[position][2]
            for named in reversed(name.sites):
                node = self._meant(named.site, meant)
                if node is not None and concept.end <= reference.start:
                    said = _side_in_sentence(members, at, words, concept.end)
                    return self._phrase(reference, node, said or self._anatomy.implied_side(node))
        while position > 0 and members[position - 1][1].start >= lowest:
            position -= 1
            place = places[members[position][0]]
            for site in reversed(place.sites):
                node = self._meant(site.site, meant) if site.site else None
                if node is not None:
                    return self._phrase(reference, node, laterality.parse(site.laterality or place.laterality))
        return None

    def _meant(self, site: str, nodes: frozenset[str]) -> str | None:
        """The site itself or the nearest whole of it that is among ``nodes``; any site where these are empty."""
        anatomy = self._anatomy
        if site not in anatomy.nodes or site == "body":
            return None
        if not nodes or site in nodes:
            return site
        for whole in anatomy.ancestors(site):
            if whole in nodes:
                return whole
        return None

    def _phrase(self, reference: Referring, node: str, sides: Sides) -> Phrase:
        rule = reference.reference.id
        start, end = reference.start, reference.end
        phrase = Phrase(start, end, Side(rule, start, end, sides) if sides else None)
        phrase.sites.append(SiteRef(node, start, end))
        return phrase

    def _subject(
        self, reference: Referring, members: Sequence[Member], at: int, places: Sequence[Place], lowest: int
    ) -> Phrase | None:
        """The place of the one finding with a place that stands last before the sentence."""
        position = at - 1
        while position >= 0 and members[position][1].start >= lowest:
            index, concept, name = members[position]
            place = places[index]
            if concept.label in LESIONS and place.evidence:
                sides = laterality.parse(place.laterality)
                word = Side(reference.reference.id, reference.start, reference.end, sides) if sides else None
                phrase = Phrase(reference.start, reference.end, word)
                for site in place.sites:
                    node = site.site
                    if node and node in self._anatomy.nodes:
                        phrase.sites.append(SiteRef(node, reference.start, reference.end))
                return phrase if phrase.sites or phrase.words else None
            if not name.body_site:
                return None
            position -= 1
        return None


def _add_side(reference: Referring, said: Sides | None, words: list[SideWord]) -> None:
    """Put what a reference says, the side ``said`` or its opposite, among the side words of the sentence."""
    sides = said if said == laterality.LEFT or said == laterality.RIGHT else laterality.UNKNOWN
    if reference.reference.opposite:
        sides = _MIRROR.get(sides, laterality.UNKNOWN)
    if sides:
        words.append(SideWord(reference.start, reference.end, sides, reference.reference.id))
        words.sort(key=_start)


def _start(word: SideWord) -> int:
    return word.start


def _covered(reference: Referring, members: Sequence[Member], at: int) -> bool:
    """Whether a concept of the note holds the words of the reference, and so says what they mean."""
    while at < len(members) and members[at][1].start < reference.end:
        concept = members[at][1]
        if concept.end > reference.start and concept.start <= reference.start and reference.end <= concept.end:
            return True
        at += 1
    return False


def _side_in_sentence(members: Sequence[Member], at: int, words: Sequence[SideWord], before: int) -> Sides | None:
    """The side that the words of the sentence name last before an offset."""
    said: Sides | None = None
    where = -1
    for word in words:
        if word.end <= before and word.sides and not word.rule.startswith(RULES):
            said, where = word.sides, word.end
    while at < len(members) and members[at][1].start < before:
        concept, name = members[at][1], members[at][2]
        for named in name.sides:
            end = concept.start + named.end
            if where < end <= before:
                said, where = named.sides, end
        at += 1
    return said


def _side_before(members: Sequence[Member], at: int, places: Sequence[Place], lowest: int) -> Sides | None:
    """The side of the last concept before the sentence that has one."""
    position = at - 1
    while position >= 0 and members[position][1].start >= lowest:
        place = places[members[position][0]]
        if place.laterality is not None and not _referred(place):
            return laterality.parse(place.laterality)
        position -= 1
    return None


def _referred(place: Place) -> bool:
    """Whether its side was itself taken from an earlier one: two "contralateral" in a row mean one side."""
    return any(evidence.rule.startswith(RULES) for evidence in place.evidence)
