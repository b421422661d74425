"""What one FHIR Observation or Condition claims: finding, presence, site, side, size, from value and components."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.imaging.dicom.concepts import (
    FINDING,
    FINDING_SITE,
    IMAGE_LATERALITY,
    LATERALITY,
    LENGTHS,
    PRESENCE_OF_PROPERTY,
    SINGLE_IMAGE_FINDING,
)
from clinnote.imaging.fhir.codes import (
    EMPTY,
    Concept,
    concept_of,
    interpretation_of,
    laterality_of,
    millimetres,
    presence_of,
)
from clinnote.imaging.sides.label_text import tokens
from clinnote.imaging.sides.labels import SeenSide
from clinnote.imaging.sides.statement import presence_in
from clinnote.store.fhir_links import FhirLinks, Resource, obj, objects, text

_ASKS_FINDING: Final = frozenset({"finding", "findings", "abnormality", "diagnosis", "impression", "observation"})
_ASKS_SIDE: Final = frozenset({"laterality", "side"})
_ASKS_SITE: Final = ("finding site", "body site", "anatomic location", "anatomical location", "location", "site")
_ASKS_PRESENCE: Final = frozenset({"presence", "present"})
_ASKS_SIZE: Final = frozenset({"diameter", "size", "length", "axis", "dimension", "width"})
_LONGEST_FINDING: Final = 80
"""A longer string is report text, which is the note side's."""
_VERIFIED: Final = {
    "refuted": "absent",
    "unconfirmed": "uncertain",
    "provisional": "uncertain",
    "differential": "uncertain",
}
"""Condition.verificationStatus."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim; ``pointer`` names the component, "" for the resource itself."""

    finding: Concept
    presence: str = "present"
    site: Concept = EMPTY
    sides: tuple[SeenSide, ...] = ()
    size_mm: tuple[float, ...] = ()
    pointer: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)


def claims_of_observation(resource: Resource, links: FhirLinks) -> Iterator[Claim]:
    """The observation's own claim with what its components say of it, then the findings that components name.

    Raises:
        RecordError: it names no finding.
    """
    site, sides = _site_of(resource, links)
    claim = replace(_own_claim(resource), site=site, sides=sides)
    own: list[Claim] = []
    for number, component in enumerate(objects(resource.get("component")), 1):
        pointer = f" component {number}"
        code = concept_of(component.get("code"), "component.code")
        value = concept_of(component.get("valueCodeableConcept"), "component.value")
        asked = set(tokens(code.words))
        size = millimetres(component.get("valueQuantity"))
        if LATERALITY in code.keys or IMAGE_LATERALITY in code.keys or asked & _ASKS_SIDE:
            stated = laterality_of(component.get("valueCodeableConcept") or _as_text(component), "component laterality")
            claim = replace(claim, sides=(*stated, *claim.sides))
        elif FINDING_SITE in code.keys or code.words.lower() in _ASKS_SITE:
            place = value if value.words else concept_of(_as_text(component), "component.value")
            claim = replace(
                claim, site=place if not claim.site.words else claim.site, sides=(*claim.sides, *value.sides)
            )
        elif PRESENCE_OF_PROPERTY in code.keys or asked & _ASKS_PRESENCE:
            claim = replace(claim, presence=_presence(component) or claim.presence)
        elif size is not None and (code.keys & LENGTHS or asked & _ASKS_SIZE):
            claim = replace(claim, size_mm=(*claim.size_mm, size))
        elif not claim.finding.words and asked & _ASKS_FINDING and value.words:
            claim = replace(claim, finding=value)
        elif presence := _presence(component):
            own.append(Claim(code, presence, pointer=pointer))
    if claim.finding.words:
        yield claim
    elif not own:
        raise RecordError("missing_finding", "names no finding")
    yield from (replace(found, site=claim.site, sides=claim.sides) for found in own if found.finding.words)


def _own_claim(resource: Resource) -> Claim:
    """Finding and presence from code, value and interpretation; an empty finding when only components name one."""
    code = concept_of(resource.get("code"), "code")
    value = concept_of(resource.get("valueCodeableConcept"), "value")
    presence = _presence(resource) or interpretation_of(resource.get("interpretation")) or "present"
    size = millimetres(resource.get("valueQuantity"))
    sizes = (size,) if size is not None else ()
    asks = bool(code.keys & {FINDING, SINGLE_IMAGE_FINDING}) or bool(set(tokens(code.words)) & _ASKS_FINDING)
    if not asks:
        kept = {"value": value.words} if value.words and presence_of(value) is None else {}
        return Claim(code, presence, size_mm=sizes, kept=kept)
    if value.words and presence_of(value) is None:
        return Claim(value, presence, size_mm=sizes)
    said = text(resource.get("valueString")) or ""
    return Claim(Concept(said) if 0 < len(said) <= _LONGEST_FINDING else EMPTY, presence, size_mm=sizes)


def _presence(holder: Resource) -> str | None:
    """The presence that a value states: a boolean, a code, or a word."""
    if isinstance(holder.get("valueBoolean"), bool):
        return "present" if holder["valueBoolean"] else "absent"
    concept = concept_of(holder.get("valueCodeableConcept"), "value")
    return presence_of(concept) or presence_in(text(holder.get("valueString")) or "")


def _as_text(component: Resource) -> dict[str, str]:
    return {"text": text(component.get("valueString")) or ""}


def _site_of(resource: Resource, links: FhirLinks) -> tuple[Concept, tuple[SeenSide, ...]]:
    """Body site and sides, from the element itself or from the BodyStructure it refers to."""
    sites = resource.get("bodySite")
    concepts = [concept_of(part, "bodySite") for part in objects(sites if isinstance(sites, list) else [sites])]
    site = next((concept for concept in concepts if concept.words), EMPTY)
    sides = tuple(side for concept in concepts for side in concept.sides)
    references = [obj(resource.get("bodyStructure"))]
    references += [obj(e.get("valueReference")) for e in objects(resource.get("extension"))]
    for reference in references:
        structure = links.structure(reference, resource) if reference else None
        for place, stated in site_of_structure(structure) if structure else ():
            site, sides = (site if site.words else place), (*sides, *stated)
    return Concept(site.words, site.codes), sides


def site_of_structure(resource: Resource) -> list[tuple[Concept, tuple[SeenSide, ...]]]:
    """(site, sides) of each structure of a BodyStructure: R5 ``includedStructure``, R4 ``location`` and qualifiers."""
    found = []
    for part in objects(resource.get("includedStructure")):
        site = concept_of(part.get("structure"), "includedStructure.structure")
        sides = laterality_of(part.get("laterality"), "includedStructure.laterality")
        qualified = [s for q in objects(part.get("qualifier")) for s in laterality_of(q, "includedStructure.qualifier")]
        found.append((Concept(site.words, site.codes), (*sides, *qualified, *site.sides)))
    if not found and resource.get("location"):
        site = concept_of(resource["location"], "location")
        stated = [s for q in objects(resource.get("locationQualifier")) for s in laterality_of(q, "locationQualifier")]
        found.append((Concept(site.words, site.codes), (*stated, *site.sides)))
    return found


def claims_of_condition(resource: Resource, links: FhirLinks) -> Iterator[Claim]:
    """The claim of a Condition.

    Raises:
        RecordError: it has no code.
    """
    code = concept_of(resource.get("code"), "code")
    if not code.words:
        raise RecordError("missing_finding", "has no code")
    site, sides = _site_of(resource, links)
    codings = objects(obj(resource.get("verificationStatus")).get("coding"))
    presence = next((_VERIFIED[str(c.get("code"))] for c in codings if str(c.get("code")) in _VERIFIED), "present")
    yield Claim(code, presence, site, sides)
