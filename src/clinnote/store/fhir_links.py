"""What FHIR resources refer to: which study, which patient, which body structure; kept over the files of a run.

A study's id is its Study Instance UID (identifier ``urn:oid:...`` or system ``urn:dicom:uid``), else the id of its
resource. Reports and labels find it alike: by a reference to the study, by the report that lists them, by the order
(ServiceRequest) that the study is based on as well, or by the accession number that both bear.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

UID_SYSTEM: Final = "urn:dicom:uid"
_OID: Final = "urn:oid:"
_SEXES: Final = {"male": "M", "female": "F", "other": "O"}
_TO_STUDY: Final = ("derivedFrom", "focus", "partOf", "imagingStudy", "study", "basedOn", "subject")

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FhirStudy:
    """An ImagingStudy: its id in labels, patient, accession number and description."""

    study_id: str
    patient: str | None = None
    accession: str | None = None
    description: str | None = None


@dataclass(slots=True)
class FhirLinks:
    """Resources by every name they are referred to (``Type/id``, full URL, ``urn:uuid:``).

    Files that were written apart often use the same ids; a name then means what the file itself gives it
    (:meth:`within`).
    """

    studies: MutableMapping[str, FhirStudy] = field(default_factory=dict)
    structures: MutableMapping[str, Resource] = field(default_factory=dict)
    reported: MutableMapping[str, str] = field(default_factory=dict)
    """Observation -> the study of the report that lists it."""
    sexes: MutableMapping[str, str] = field(default_factory=dict)
    orders: MutableMapping[str, str] = field(default_factory=dict)
    """ServiceRequest -> its accession number."""
    _by_order: dict[str, set[FhirStudy]] = field(default_factory=dict)
    _by_accession: dict[str, set[FhirStudy]] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)
    """The file in which a name was met first."""
    _own: dict[str, "FhirLinks"] = field(default_factory=dict)
    """By file: what its names mean, where an earlier file had used one of them."""

    def within(self, file: str) -> "FhirLinks":
        """The links as one file has them: its own resources before those of the same name elsewhere."""
        own = self._own.get(file)
        if own is None:
            return self
        return FhirLinks(
            ChainMap(own.studies, self.studies),
            ChainMap(own.structures, self.structures),
            own.reported,
            ChainMap(own.sexes, self.sexes),
            ChainMap(own.orders, self.orders),
            self._by_order,
            self._by_accession,
        )

    def note(self, resource: Resource, url: str | None, file: str = "") -> None:
        """Remember a resource that others may refer to."""
        names = [name for name in (_own_name(resource), _short(url)) if name]
        used = [name for name in names if self._first.setdefault(name, file) != file]
        self._note(resource, names, self._own.setdefault(file, FhirLinks()) if used else self)

    def _note(self, resource: Resource, names: list[str], kept: "FhirLinks") -> None:
        kind = resource.get("resourceType")
        if kind == "ImagingStudy":
            found = _study_of(resource)
            kept.studies.update(dict.fromkeys(names, found))
            if found.accession:
                self._by_accession.setdefault(found.accession, set()).add(found)
            for order in _orders_of(resource):
                self._by_order.setdefault(order, set()).add(found)
        elif kind == "ServiceRequest" and (number := accession_of(resource)):
            kept.orders.update(dict.fromkeys(names, number))
        elif kind == "BodyStructure":
            kept.structures.update(dict.fromkeys(names, resource))
        elif kind == "Patient" and (sex := _SEXES.get(text(resource.get("gender")) or "")):
            kept.sexes.update(dict.fromkeys(names, sex))

    def note_report(self, resource: Resource) -> None:
        """Remember which study the parts of a report (or of an Observation) are about; all studies are known."""
        study = self.study_of(resource) if resource.get("result") or resource.get("hasMember") else None
        for part in (*objects(resource.get("result")), *objects(resource.get("hasMember"))):
            if study is not None and (name := _short(text(part.get("reference")))):
                self.reported.setdefault(name, study.study_id)

    def study_of(self, resource: Resource, url: str | None = None) -> FhirStudy | None:
        """The imaging study that a resource is about; None when it names none."""
        for reference in _references(resource):
            if found := self.find_study(reference, resource):
                return found
        names = (name for name in (_own_name(resource), _short(url)) if name)
        listed = next((self.reported[name] for name in names if name in self.reported), None)
        if listed is not None:
            known = (study for study in self.studies.values() if study.study_id == listed)
            return next(known, FhirStudy(listed))
        return self._of_order(resource)

    def _of_order(self, resource: Resource) -> FhirStudy | None:
        """The only study of the order that a resource is based on, or of its accession number."""
        orders = _orders_of(resource)
        for order in orders:
            if len(studies := self._by_order.get(order, set())) == 1:
                return next(iter(studies))
        numbers = [self.orders[order] for order in orders if order in self.orders]
        numbers += [
            value for based in objects(resource.get("basedOn")) if (value := _number_in([based.get("identifier")]))
        ]
        number = accession_of(resource) or next(iter(numbers), None)
        studies = self._by_accession.get(number or "", set())
        return next(iter(studies)) if len(studies) == 1 else None

    def find_study(self, reference: Resource, owner: Resource) -> FhirStudy | None:
        """The study of one reference, by its target, its identifier, or the bare id of its resource."""
        name = text(reference.get("reference")) or ""
        if name.startswith("#"):
            inside = (r for r in objects(owner.get("contained")) if f"#{r.get('id')}" == name)
            return next((_study_of(r) for r in inside if r.get("resourceType") == "ImagingStudy"), None)
        short = _short(name) or ""
        if short in self.studies:
            return self.studies[short]
        identifier = obj(reference.get("identifier"))
        kind = text(reference.get("type"))
        value = text(identifier.get("value"))
        if value and (kind == "ImagingStudy" or value.startswith(_OID) or identifier.get("system") == UID_SYSTEM):
            return FhirStudy(value.removeprefix(_OID))
        if short.startswith("ImagingStudy/"):
            return FhirStudy(short.removeprefix("ImagingStudy/"))
        return None

    def only_study_of(self, patient: str | None) -> FhirStudy | None:
        """The study of a patient who has exactly one."""
        found = {study.study_id: study for study in self.studies.values() if study.patient == patient}
        return next(iter(found.values())) if len(found) == 1 and patient else None

    def structure(self, reference: Resource, owner: Resource) -> Resource | None:
        """The BodyStructure that a reference names."""
        name = text(reference.get("reference")) or ""
        if name.startswith("#"):
            return next((r for r in objects(owner.get("contained")) if f"#{r.get('id')}" == name), None)
        return self.structures.get(_short(name) or "")

    def sex_of(self, patient: str | None) -> str | None:
        """``M``, ``F`` or ``O``, as DICOM writes it."""
        return self.sexes.get(f"Patient/{patient}") or self.sexes.get(patient or "")


def patient_of(resource: Resource) -> str | None:
    """The id of the patient a resource is about, as the note side writes it."""
    subject = obj(resource.get("subject") or resource.get("patient"))
    reference = _short(text(subject.get("reference")))
    return reference.removeprefix("Patient/") if reference else text(obj(subject.get("identifier")).get("value"))


def _references(resource: Resource) -> Iterator[Resource]:
    """Everything in a resource that may refer to a study, nearest first."""
    yield from objects(obj(resource.get("context")).get("related"))
    for key in _TO_STUDY:
        value = resource.get(key)
        yield from objects(value if isinstance(value, list) else [value])
    for extension in objects(resource.get("extension")):
        yield from objects([extension.get("valueReference")])
    for evidence in objects(resource.get("evidence")):
        yield from objects(evidence.get("detail"))
        yield from objects([evidence.get("reference")])


def _study_of(resource: Resource) -> FhirStudy:
    identifiers = objects(resource.get("identifier"))
    values = [(text(i.get("value")) or "", i.get("system"), i) for i in identifiers]
    uids = [v.removeprefix(_OID) for v, system, _ in values if v and (v.startswith(_OID) or system == UID_SYSTEM)]
    uids += [uid.removeprefix(_OID) for uid in (text(resource.get("uid")),) if uid]
    others = [
        v for v, system, i in values if v and not v.startswith(_OID) and system != UID_SYSTEM and _is_accession(i)
    ]
    old = text(obj(resource.get("accession")).get("value"))
    study_id = next(iter(uids), None) or text(resource.get("id")) or old or next(iter(others), "")
    return FhirStudy(study_id, patient_of(resource), old or next(iter(others), None), text(resource.get("description")))


def _orders_of(resource: Resource) -> list[str]:
    """The orders that a resource is based on."""
    listed = [*objects(resource.get("basedOn")), *objects(obj(resource.get("context")).get("related"))]
    names = (_short(text(reference.get("reference"))) for reference in listed)
    return [name for name in names if name and not name.startswith("ImagingStudy/")]


def accession_of(resource: Resource) -> str | None:
    """The accession number among a resource's identifiers, where it is called so."""
    return _number_in(resource.get("identifier"))


def _number_in(identifiers: Any) -> str | None:
    typed = (i for i in objects(identifiers) if "ACSN" in _types_of(i))
    return next((value for i in typed if (value := text(i.get("value")))), None)


def _types_of(identifier: Resource) -> set[str | None]:
    return {text(coding.get("code")) for coding in objects(obj(identifier.get("type")).get("coding"))}


def _is_accession(identifier: Resource) -> bool:
    codes = _types_of(identifier)
    return not codes or "ACSN" in codes


def _own_name(resource: Resource) -> str | None:
    name = text(resource.get("id"))
    return f"{resource.get('resourceType')}/{name}" if name else None


def _short(reference: str | None) -> str | None:
    """``Type/id`` of a relative or absolute reference, with or without a version; other URNs as they are."""
    if not reference:
        return None
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:])


def objects(value: Any) -> list[Resource]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def obj(value: Any) -> Resource:
    """An object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def text(value: Any) -> str | None:
    """A string, or a number as one; None for what else stands there against the profile."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
