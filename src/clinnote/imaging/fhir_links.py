"""What FHIR resources refer to: which study, which patient, which body structure; kept over the files of a run.

A study's id is its Study Instance UID (identifier ``urn:oid:...`` or system ``urn:dicom:uid``), else the id of its
resource, which is also what the reports of the note side are linked by.
"""

from collections.abc import Iterator, Mapping
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
    """Resources by every name they are referred to (``Type/id``, full URL, ``urn:uuid:``)."""

    studies: dict[str, FhirStudy] = field(default_factory=dict)
    structures: dict[str, Resource] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)
    """Observation -> the study of the report that lists it."""
    sexes: dict[str, str] = field(default_factory=dict)

    def note(self, resource: Resource, url: str | None) -> None:
        """Remember a resource that others may refer to."""
        kind = resource.get("resourceType")
        names = [name for name in (_own_name(resource), _short(url)) if name]
        if kind == "ImagingStudy":
            found = _study_of(resource)
            self.studies.update(dict.fromkeys(names, found))
        elif kind == "BodyStructure":
            self.structures.update(dict.fromkeys(names, resource))
        elif kind == "Patient" and resource.get("gender") in _SEXES:
            self.sexes.update(dict.fromkeys(names, _SEXES[resource["gender"]]))

    def note_report(self, resource: Resource) -> None:
        """Remember which study a report is about; called when all studies of the file are known."""
        if resource.get("resourceType") != "DiagnosticReport":
            return
        study = self.study_of(resource)
        for result in objects(resource.get("result")):
            if study is not None and (name := _short(text(result.get("reference")))):
                self.reported.setdefault(name, study.study_id)

    def study_of(self, resource: Resource, url: str | None = None) -> FhirStudy | None:
        """The imaging study that a resource is about; None when it names none."""
        for reference in _references(resource):
            if found := self.find_study(reference, resource):
                return found
        listed = next((self.reported[n] for n in (_own_name(resource), _short(url)) if n in self.reported), None)
        if listed is not None:
            known = (study for study in self.studies.values() if study.study_id == listed)
            return next(known, FhirStudy(listed))
        return None

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


def _is_accession(identifier: Resource) -> bool:
    codes = {coding.get("code") for coding in objects(obj(identifier.get("type")).get("coding"))}
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
