"""What the cross-check knows: concepts, anatomy, label sets, families and thresholds, loaded once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from clinnote.crosscheck.consistency import InsideRules, load_inside
from clinnote.crosscheck.rules import Rules, load_rules
from clinnote.errors import OntologyError
from clinnote.ontology import label_maps
from clinnote.ontology.anatomy import Anatomy, load_anatomy
from clinnote.ontology.concepts import Concepts, load_concepts, read_codes
from clinnote.ontology.families import Families, load_families
from clinnote.ontology.label_maps import LabelMaps, load_label_maps
from clinnote.settings import Home


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Read-only tables. ``forms`` and ``by_code`` lead from normalised words and codes to concept ids."""

    concepts: Concepts
    anatomy: Anatomy
    maps: LabelMaps
    families: Families
    rules: Rules
    forms: Mapping[str, tuple[str, ...]]
    by_code: Mapping[tuple[str, str], tuple[str, ...]]
    concept_places: Mapping[str, tuple[str, ...]]
    site_words: Mapping[str, tuple[str, ...]]
    """All ways to write a place, normalised, by its node."""
    inside: InsideRules
    kinships: dict[tuple[frozenset[str], frozenset[str]], tuple[str | None, bool]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """How findings relate inside a report, by their concepts; filled by :mod:`clinnote.crosscheck.inside.common`."""
    _met: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)
    """Answers of :meth:`meet`, remembered: the walk over the anatomy is long."""

    def meet(self, a: str, b: str) -> bool:
        """Whether what lies at one place may lie at the other: one holds the other, or the two overlap as they are.

        The base of the lung overlaps the lingula, a part of the upper lobe; it does not thereby overlap the upper lobe.
        Only whole organs and regions overlap what any of their parts overlaps.
        """
        key = (a, b) if a < b else (b, a)
        if key not in self._met:
            self._met[key] = self._meet(a, b)
        return self._met[key]

    def _meet(self, a: str, b: str) -> bool:
        anatomy = self.anatomy
        if anatomy.related(a, b):
            return True
        for one, other in ((a, b), (b, a)):
            if any(anatomy.is_part_of(other, whole) for whole in anatomy.nodes[one].overlaps):
                return True
        return not (self.within_organ(a) or self.within_organ(b)) and anatomy.overlap(a, b)

    def within_organ(self, place: str) -> bool:
        """Whether a place is a part of one of the organs that have neighbours, and not the whole organ."""
        organs = (organ for group in self.rules.neighbours for organ in group)
        return any(place != organ and self.anatomy.is_part_of(place, organ) for organ in organs)

    def at_place(self, finding: str, places: Iterable[str]) -> frozenset[str]:
        """The concepts that have a name of their own for a finding at a place: "Nodule" at the adrenal gland."""
        words = self.normalise(finding)
        return frozenset(
            concept
            for place in places
            for site in self.site_words.get(place, ())
            for concept in self.forms.get(f"{site} {words}", ())
        )

    @staticmethod
    def normalise(text: str) -> str:
        """Words as the tables are keyed by them."""
        return label_maps.normalise(text)


def load_knowledge(home: Home) -> Knowledge:
    """Read all tables of ``home``.

    Raises:
        OntologyError: a table is missing or breaks its contract, or names a place that the anatomy does not have.
    """
    concepts = load_concepts(home.ontologies)
    forms: dict[str, list[str]] = {}
    by_code: dict[tuple[str, str], list[str]] = {}
    for row in concepts.values():
        for form in row.forms:
            forms.setdefault(label_maps.normalise(form), []).append(row.id)
    for code in read_codes(home.ontologies / "terms"):
        if code.relation == "exact":
            by_code.setdefault((code.system, code.code), []).append(code.concept)
    anatomy = load_anatomy(home.ontologies)
    site_words: dict[str, list[str]] = {}
    for site_form in anatomy.forms():
        site_words.setdefault(site_form.site, []).append(label_maps.normalise(site_form.text))
    known = Knowledge(
        concepts,
        anatomy,
        load_label_maps(home.ontologies),
        load_families(home.ontologies),
        load_rules(home.configs / "crosscheck.toml"),
        {form: tuple(dict.fromkeys(ids)) for form, ids in forms.items()},
        {key: tuple(dict.fromkeys(ids)) for key, ids in by_code.items()},
        {row.id: tuple(row.sites) for row in concepts.values() if row.sites},
        {site: tuple(dict.fromkeys(words)) for site, words in site_words.items()},
        load_inside(home.ontologies, anatomy, concepts),
    )
    _check_places(known)
    return known


def _check_places(known: Knowledge) -> None:
    rules = known.rules
    named = {
        "crosscheck.toml": (*rules.tissues, *chain(*rules.neighbours), *chain(*rules.regions.values())),
        "label_maps": tuple(meaning.site for meaning in known.maps if meaning.site),
        "terms": tuple(chain(*known.concept_places.values())),
        "consistency": tuple(known.inside.places()),
    }
    for table, places in named.items():
        for place in places:
            if place not in known.anatomy.nodes:
                raise OntologyError(f"{table}: '{place}' is no id in anatomy/sites.tsv")
    for concept in known.inside.concepts():
        if concept not in known.concepts:
            raise OntologyError(f"consistency: '{concept}' is no id in terms")
