"""Mentions and image labels as comparable claims: concepts, places and sides, or the reason they are set aside."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model import laterality
from clinnote.model.codes import CLINNOTE, Code
from clinnote.model.image_label import ImageLabel
from clinnote.model.laterality import BILATERAL, LEFT, RIGHT, UNKNOWN, Sides
from clinnote.model.mention import Mention, SiteMention, TaggedNote


@dataclass(frozen=True, slots=True)
class TextFact:
    """One mention as a claim about this study.

    ``places`` are those the text names; ``implied`` those that the finding itself implies (a renal cyst, the kidney).
    ``excluded`` says why it is no affirmed statement about the patient's present state; None when it is one.
    """

    note: TaggedNote
    mention: Mention
    concepts: frozenset[str]
    codes: frozenset[tuple[str, str]]
    places: frozenset[str]
    implied: frozenset[str]
    sides: Sides
    excluded: str | None

    @property
    def is_place(self) -> bool:
        """Whether the mention only names a part of the body."""
        return self.mention.label == "body_site"


@dataclass(frozen=True, slots=True)
class LabelFact:
    """One image label as a claim. ``basis`` is what the side rests on, None when the side is unknown."""

    label: ImageLabel
    concepts: frozenset[str]
    codes: frozenset[tuple[str, str]]
    places: frozenset[str]
    implied: frozenset[str]
    sides: Sides
    basis: str | None
    excluded: str | None


def text_facts(notes: Sequence[TaggedNote], knowledge: Knowledge) -> tuple[TextFact, ...]:
    """Every finding-like and place mention of the notes, in reading order."""
    wanted = knowledge.rules.finding_labels | knowledge.rules.place_labels
    return tuple(
        fact
        for note in notes
        for mention in note.mentions
        if mention.label in wanted
        for fact in _text_facts(note, mention, knowledge)
    )


def _text_facts(note: TaggedNote, mention: Mention, knowledge: Knowledge) -> Iterator[TextFact]:
    """One claim, or one for each side ("granulomas in the right upper and the left lower lobe" are two lesions)."""
    own, codes = _split(mention.codes, knowledge)
    meant, excluded = implied(own, knowledge), _set_aside(note, mention, knowledge)
    named = frozenset(place for place in own if place in knowledge.anatomy.nodes)
    here = named if mention.label in knowledge.rules.place_labels else frozenset()
    for sides, sites in _by_side(mention):
        places = here | frozenset(
            site.site
            for site in sites
            if site.site
            and site.site in knowledge.anatomy.nodes
            and not (site.site in meant and mention.start <= site.start and site.end <= mention.end)
            and not _landmark(note, mention, site, own, knowledge)
        )
        sides = sides or _at_edge(places, own, knowledge)
        yield TextFact(note, mention, own, codes, _narrowest(places, knowledge, meant), meant, sides, excluded)


def _by_side(mention: Mention) -> list[tuple[Sides, tuple[SiteMention, ...]]]:
    """Side and places of each claim of a mention; two when every place has its own side and no word says "both"."""
    sides = _sides(mention)
    if sides == BILATERAL and all(e.gives != "laterality=bilateral" for e in mention.evidence):
        parted = [
            (side, tuple(site for site in mention.sites if laterality.parse(site.laterality) == side))
            for side in (LEFT, RIGHT)
        ]
        if all(sites for _, sites in parted) and sum(len(sites) for _, sites in parted) == len(mention.sites):
            return parted
    return [(sides, mention.sites)]


def _at_edge(places: frozenset[str], concepts: frozenset[str], knowledge: Knowledge) -> Sides:
    """The side of a shadow in the lung that is placed at an edge of the heart."""
    rules = knowledge.rules
    at = {rules.edges[place] for place in places if place in rules.edges}
    if len(at) != 1 or knowledge.families.of_none(concepts, rules.shadow_families):
        return UNKNOWN
    return laterality.parse(at.pop())


def _landmark(
    note: TaggedNote, mention: Mention, site: SiteMention, concepts: frozenset[str], knowledge: Knowledge
) -> bool:
    """Whether a place is only what a shadow is projected on: "nodule overlying the left fifth rib" is in the lung."""
    rules = knowledge.rules
    if note.text is None or site.start < mention.end or knowledge.families.of_none(concepts, rules.shadow_families):
        return False
    if not any(knowledge.anatomy.is_part_of(str(site.site), bone) for bone in rules.landmarks):
        return False
    words = knowledge.normalise(note.text[mention.end : site.start]).split()
    return not rules.projecting.isdisjoint(words)


def _sides(mention: Mention) -> Sides:
    """The side the text gives; one that only the place implies is that of a device's tip, not of the device."""
    if mention.label == "device" and implied_side(mention):
        return UNKNOWN
    return laterality.parse(mention.laterality)


def implied_side(mention: Mention) -> bool:
    """Whether rules give the mention a side that no word states (the middle lobe is right)."""
    rules = [e.rule for e in mention.evidence if e.gives.startswith("laterality=")]
    return bool(rules) and all("implied" in rule for rule in rules)


def _narrowest(places: frozenset[str], knowledge: Knowledge, meant: frozenset[str] = frozenset()) -> frozenset[str]:
    """The places without tissues, and without those that hold another: under "Lungs", the upper lobe is the place.

    A part that several organs have (upper pole, 10 o'clock) is that of the organ named beside it or ``meant``. Where
    the finding is ``meant`` to be in one organ and the place is in its neighbour, the place belongs to something else.
    """
    inside, solid = knowledge.anatomy.is_part_of, places - knowledge.rules.tissues
    if solid:
        beside = solid | meant
        known = knowledge.anatomy.narrowed(beside)
        solid = solid if known == beside else known - meant
    if solid and meant and not any(knowledge.meet(place, organ) for place in solid for organ in meant):
        near = any(
            all(any(inside(x, organ) for organ in group) for x in solid | meant) for group in knowledge.rules.neighbours
        )
        solid = frozenset() if near else solid
    return frozenset(place for place in solid if not any(o != place and inside(o, place) for o in solid))


def _set_aside(note: TaggedNote, mention: Mention, knowledge: Knowledge) -> str | None:
    """Why a mention says nothing about the images of this study, the weightiest reason first."""
    section = (mention.section or "body").lower()
    if section not in knowledge.rules.sections:
        return f"section {section}"
    if mention.experiencer != "patient":
        return f"about {mention.experiencer}"
    if mention.temporality != "current" and not _still_visible(note, mention, knowledge):
        return mention.temporality
    if mention.change == "resolved":
        return "resolved"
    if mention.polarity != "affirmed":
        return mention.polarity
    return "unlikely" if mention.certainty == "unlikely" else None


def _still_visible(note: TaggedNote, mention: Mention, knowledge: Knowledge) -> bool:
    """Whether the words that make a mention historical only give its age: an old fracture is on the image."""
    cues = [e for e in mention.evidence if e.gives == "temporality=historical"]
    if mention.temporality != "historical" or note.text is None or not cues:
        return False
    return all(note.text[cue.start : cue.end].lower() in knowledge.rules.visible_history for cue in cues)


def implied(concepts: Collection[str], knowledge: Knowledge) -> frozenset[str]:
    """The places that the findings imply, empty as soon as one of them can be anywhere."""
    tissues = knowledge.rules.tissues
    places = [tissues.isdisjoint(some := knowledge.concept_places.get(concept, ())) and some for concept in concepts]
    return frozenset(place for some in places if some for place in some) if all(places) else frozenset()


def _split(codes: Sequence[Code], knowledge: Knowledge) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The project's concept ids among the codes (or those that the codes lead to), and all other codes."""
    own = frozenset(code.code for code in codes if code.key[0] == CLINNOTE)
    others = frozenset(code.key for code in codes if code.key[0] != CLINNOTE)
    if not own:
        own = frozenset(concept for key in others for concept in knowledge.by_code.get(key, ()))
    return own, others


def label_fact(label: ImageLabel, knowledge: Knowledge) -> LabelFact:
    """The claim of one label: its set's table first, then its codes, then the vocabulary's own words."""
    own, codes = _split(label.finding.codes, knowledge)
    meanings = knowledge.maps.find(label.finding.text, _text(label.metadata, "label_set"))
    concepts = own | frozenset(concept for meaning in meanings for concept in meaning.concepts)
    rest_place: frozenset[str] = frozenset()
    rest_sides = UNKNOWN
    if not meanings and not concepts:
        concepts, rest_place, rest_sides = words(label.finding.text, knowledge)
    places, place_sides = label_places(label, knowledge)
    if not places:
        places = rest_place | frozenset(meaning.site for meaning in meanings if meaning.site)
    concepts |= knowledge.at_place(label.finding.text, places)
    meant = implied(concepts, knowledge)
    places = _narrowest(places, knowledge, meant)
    sides = laterality.from_values(label.sides.values)
    basis = label.sides.basis if sides else None
    for sides_said in (place_sides, rest_sides, *(meaning.sides for meaning in meanings)):
        if not sides and sides_said:
            sides, basis = sides_said, "label_text"
    absent = label.presence == "absent" or any(meaning.absence for meaning in meanings)
    uncertain = "label uncertain" if label.presence == "uncertain" else None
    return LabelFact(
        label,
        concepts,
        codes,
        places,
        meant,
        sides,
        basis,
        "label absent" if absent else uncertain,
    )


def words(text: str, knowledge: Knowledge) -> tuple[frozenset[str], frozenset[str], Sides]:
    """Concepts, places and side that free label words name, longest stretch first ("left pleural effusion")."""
    tokens = knowledge.normalise(text).split()
    whole = knowledge.forms.get(" ".join(tokens), ())
    if whole:
        return frozenset(whole), frozenset(), UNKNOWN
    found: set[str] = set()
    rest: list[str] = []
    at = 0
    while at < len(tokens):
        end = next(
            (e for e in range(len(tokens), at, -1) if knowledge.forms.get(" ".join(tokens[at:e]))),
            None,
        )
        if end is None:
            rest.append(tokens[at])
            at += 1
        else:
            found.update(knowledge.forms[" ".join(tokens[at:end])])
            at = end
    node, sides = knowledge.anatomy.resolve(" ".join(rest))
    return frozenset(found), frozenset({node} if node else ()), sides


def label_places(label: ImageLabel, knowledge: Knowledge) -> tuple[frozenset[str], Sides]:
    """Nodes of the anatomy where the label puts its finding, and the side that the words of the place state."""
    if label.site is None:
        return frozenset(), UNKNOWN
    node, sides = knowledge.anatomy.resolve(label.site.text)
    node = label.site.site if label.site.site in knowledge.anatomy.nodes else node
    return _narrowest(frozenset({node} if node else ()), knowledge), sides


def _text(metadata: Mapping[str, object], key: str) -> str | None:
    value = metadata.get(key)
    return value if isinstance(value, str) else None
