"""FHIR R4 and R5: ImagingStudy, Observation, Condition, BodyStructure as image labels; alone, in a Bundle, in NDJSON.

Elements (hl7.org/fhir/R4, /R5): ImagingStudy.series.bodySite and .laterality (Coding in R4; CodeableReference and
CodeableConcept in R5), Observation.bodySite, .value, .component, .interpretation, .bodyStructure (R5),
Condition.bodySite, BodyStructure.location and .locationQualifier (R4), .includedStructure (R5). The text of reports is
the note side's.

Feeds break small rules of their profiles, so the few elements needed are read as they are instead of being validated.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.dicom.header import IMAGE
from clinnote.imaging.dicom.values import iso_date
from clinnote.imaging.events import Event, FhirEnd, FhirResource
from clinnote.imaging.fhir.codes import Concept, concept_of, laterality_of
from clinnote.imaging.fhir.observation import Claim, claims_of_condition, claims_of_observation, site_of_structure
from clinnote.imaging.item import Item
from clinnote.imaging.sides.labels import SeenSide
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from
from clinnote.model.image_label import ImageLabel, Source
from clinnote.store.fhir_links import FhirLinks, FhirStudy, Resource, obj, objects, patient_of, text
from clinnote.store.json_text import load_json

_VOID: Final = ("entered-in-error", "cancelled")
_READ: Final = ("ImagingStudy", "Observation", "Condition", "BodyStructure")
_TOLD: Final = (*_READ, "DiagnosticReport", "ServiceRequest", "Patient")
"""Resources that say something of an image, or tell which study another one is about."""
_DATES: Final = ("started", "effectiveDateTime", "effectiveInstant", "issued", "recordedDate")

_Placed = tuple[Resource, str | None]


def is_fhir(data: Any) -> bool:
    """Whether a JSON value is a FHIR resource, or a list of them."""
    first = data[0] if isinstance(data, list) and data else data
    return isinstance(first, Mapping) and isinstance(first.get("resourceType"), str)


def read_fhir(data: Any, item: Item, line: int | None = None) -> Iterator[Event]:
    """The resources of one resource, a Bundle, or a list."""
    resources = [placed for part in (data if isinstance(data, list) else [data]) for placed in _resources(part)]
    broken = _broken_entries(data)
    if broken:
        yield item.reject("bad_record", f"{broken} entries of the Bundle are no objects; export it again", line)
    told = [(resource, url) for resource, url in resources if resource.get("resourceType") in _TOLD]
    yield from (FhirResource(item.name, line, url, resource) for resource, url in told)
    yield FhirEnd(item.name, len(resources) - len(told), not resources)


def read_fhir_lines(item: Item) -> Iterator[Event]:
    """The resources of an NDJSON file (Bulk Data)."""
    others = 0
    for line, data in _lines(item):
        if isinstance(data, RecordError):
            yield item.reject(data.reason, str(data), line)
        elif not isinstance(data, Mapping):
            yield item.reject("not_an_object", "a FHIR resource must be an object", line)
        elif data.get("resourceType") == "Bundle":
            yield from read_fhir(data, item, line)
        elif data.get("resourceType") in _TOLD:
            yield FhirResource(item.name, line, None, data)
        else:
            others += 1
    yield FhirEnd(item.name, others)


def fhir_labels(
    told: Iterable[FhirResource | FhirEnd], places: Places, links: FhirLinks
) -> Iterator[ImageLabel | Reject]:
    """The labels of all resources of a run, in order; the pointer is ``Type/id``. ``links`` knows all of them."""
    others = 0
    for one in told:
        if isinstance(one, FhirEnd):
            others += one.others
            if others or one.empty:
                message = f"{others} resources say nothing of an image (reports and patients are read with the notes)"
                yield Reject(one.file, None, "not_about_images", message, skipped=True)
            others = 0
            continue
        found = list(_labels(one, places, links.within(one.file))) if one.resource.get("resourceType") in _READ else []
        others += not found
        yield from found


def _lines(item: Item) -> Iterator[tuple[int, Any]]:
    item.stream.seek(0)
    for number, raw in enumerate(item.stream, 1):
        if raw.strip():
            try:
                yield number, load_json(raw, bom=number == 1)
            except RecordError as error:
                yield number, error


def _broken_entries(data: Any) -> int:
    """How many entries, or their resources, are something else than an object."""
    entries = data.get("entry") if isinstance(data, Mapping) else data
    if not isinstance(entries, list):
        return 0
    return sum(not isinstance(e, Mapping) or not isinstance(e.get("resource", {}), Mapping) for e in entries)


def _resources(data: Any) -> Iterator[_Placed]:
    """(resource, full URL) of a resource or of the entries of a Bundle."""
    if not isinstance(data, Mapping):
        return
    if data.get("resourceType") != "Bundle":
        yield data, None
        return
    for entry in objects(data.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, Mapping):
            url = text(entry.get("fullUrl"))
            yield from _resources(resource) if resource.get("resourceType") == "Bundle" else [(resource, url)]


def _labels(one: FhirResource, places: Places, links: FhirLinks) -> Iterator[ImageLabel | Reject]:
    resource, url, line, file = one.resource, one.url, one.line, one.file
    kind = str(resource["resourceType"])
    name = f"{kind}/{text(resource.get('id')) or url or line or '?'}"
    if resource.get("status") in _VOID or _is_void(resource):
        yield Reject(file, line, "entered_in_error", f"{name} was withdrawn", skipped=True)
        return
    try:
        if kind == "ImagingStudy":
            found = list(_of_study(resource, name, file, links))
        elif kind == "BodyStructure":
            found = list(_of_structure(resource, name, file, links))
        else:
            found = list(_of_claims(resource, url, name, file, links))
    except RecordError as error:
        yield Reject(file, line, error.reason, f"{name}: {error}")
        return
    yield from (label_from(statement, places) for statement in found)


def _is_void(resource: Resource) -> bool:
    codings = objects(obj(resource.get("verificationStatus")).get("coding"))
    return any(coding.get("code") == "entered-in-error" for coding in codings)


def _metadata(resource: Resource, study: FhirStudy, links: FhirLinks) -> dict[str, Any]:
    patient = patient_of(resource) or study.patient
    found = {
        "patient_id": patient,
        "patient_sex": links.sex_of(patient),
        "accession": study.accession,
        "study_description": study.description,
    }
    return {key: value for key, value in found.items() if value}


def _date(resource: Resource) -> str | None:
    said = next((text(resource.get(key)) for key in _DATES if text(resource.get(key))), None)
    return iso_date(said[:10]) if said else None


def _of_study(resource: Resource, name: str, file: str, links: FhirLinks) -> Iterator[Statement]:
    """One label for each series that names a part of the body or a side."""
    study = links.studies.get(name) or links.find_study({"reference": f"ImagingStudy/{resource.get('id')}"}, resource)
    if study is None or not study.study_id:
        raise RecordError("missing_study_id", "has no identifier and no id")
    for number, series in enumerate(objects(resource.get("series")), 1):
        site, stated = _site_of_series(series, resource, links)
        sides = (*laterality_of(series.get("laterality"), "series.laterality"), *stated)
        if not site.words and not sides:
            continue
        modality = concept_of(series.get("modality"), "series.modality")
        uid = (text(series.get("uid")) or "").removeprefix("urn:oid:") or None
        yield Statement(
            study.study_id,
            IMAGE,
            Source("fhir", file, f"{name} series {text(series.get('number')) or number}"),
            ("fhir", name, study.study_id, uid or str(number)),
            series_id=uid,
            site=site.words,
            site_codes=site.codes,
            sides=sides,
            modality=modality.codes[0].code if modality.codes else None,
            date=_date(series) or _date(resource),
            metadata=_metadata(resource, study, links),
        )


def _site_of_series(series: Resource, study: Resource, links: FhirLinks) -> tuple[Concept, tuple[SeenSide, ...]]:
    """Site and sides of a series, from its code or, where it has none, the BodyStructure it refers to (R5)."""
    said = obj(series.get("bodySite"))
    site = concept_of(said, "series.bodySite")
    structure = links.structure(obj(said.get("reference")), study) if not site.words else None
    found = site_of_structure(structure) if structure else []
    place = found[0][0] if found else site
    return place, (*site.sides, *(side for _, sides in found for side in sides))


def _of_structure(resource: Resource, name: str, file: str, links: FhirLinks) -> Iterator[Statement]:
    """A structure whose patient has one imaging study is about that study; otherwise only who refers to it knows."""
    study = links.study_of(resource) or links.only_study_of(patient_of(resource))
    if study is None or resource.get("active") is False:
        return
    morphology = concept_of(resource.get("morphology"), "morphology")
    for number, (site, sides) in enumerate(site_of_structure(resource), 1):
        finding = morphology.words or site.words
        yield Statement(
            study.study_id,
            finding,
            Source("fhir", file, f"{name} structure {number}"),
            ("fhir", name, study.study_id, str(number)),
            codes=morphology.codes or site.codes,
            site=site.words,
            site_codes=site.codes,
            sides=sides,
            metadata=_metadata(resource, study, links),
        )


def _of_claims(resource: Resource, url: str | None, name: str, file: str, links: FhirLinks) -> Iterator[Statement]:
    study = links.study_of(resource, url)
    if study is None:
        return
    is_condition = resource["resourceType"] == "Condition"
    claims = claims_of_condition(resource, links) if is_condition else claims_of_observation(resource, links)
    for claim in claims:
        yield _statement(claim, resource, study, name, file, links)


def _statement(claim: Claim, resource: Resource, study: FhirStudy, name: str, file: str, links: FhirLinks) -> Statement:
    performer = next(iter(objects(resource.get("performer"))), {})
    return Statement(
        study.study_id,
        claim.finding.words,
        Source("fhir", file, f"{name}{claim.pointer}"),
        ("fhir", name, study.study_id, claim.pointer, claim.finding.words),
        codes=claim.finding.codes,
        presence=claim.presence,
        site=claim.site.words,
        site_codes=claim.site.codes,
        sides=(*claim.sides, *claim.site.sides, *claim.finding.sides),
        date=_date(resource),
        annotator=text(performer.get("display")) or text(performer.get("reference")),
        size_mm=claim.size_mm,
        metadata={**_metadata(resource, study, links), **claim.kept},
    )
