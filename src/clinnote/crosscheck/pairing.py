"""Which notes belong to which labelled study where the study ids differ but an accession number is the same.

Hospitals link a report to its images by the accession number as often as by the Study Instance UID, and a note's own
study key often is that number (DICOM PS3.3 C.7.2.1, Accession Number).
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote

_A_NUMBER: Final = re.compile("[1-9]")
"""What stands for a missing number ("UNKNOWN", "000") links nothing."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What links a note or a label to a study."""

    study: str | None
    accession: str | None = None
    patient: str | None = None


def keys_of_note(note: TaggedNote) -> Keys:
    """The link keys of a note."""
    return Keys(note.study_id, note.accession, note.patient_id)


def keys_of_label(label: ImageLabel) -> Keys:
    """The link keys of a label; accession number and patient stand in its metadata."""
    number, patient = label.metadata.get("accession"), label.metadata.get("patient_id")
    return Keys(label.study_id, str(number) if number else None, str(patient) if patient else None)


def plain_key(key: str) -> str:
    """An identifier without blanks, capitals and the leading zeros that spreadsheets drop."""
    return key.strip().casefold().lstrip("0")


def homes[N: Hashable](
    strays: Mapping[N, Keys], others: Callable[[], Iterable[Keys]], labels: Callable[[], Iterable[Keys]]
) -> dict[N, str]:
    """The labelled study of each note whose own study has no labels, by accession number.

    A note's accession number (the key in the place of its study id where it has none) must be that of the labels,
    character for character. Nobody moves where the number is that of two studies, where notes of two studies claim one,
    or where notes and labels name two patients or the labels two numbers. Linear in the number of records.

    Args:
        strays: the link keys of the notes whose study has no labels; notes with one study id go together.
        others: gives those of the other notes; called at most once.
        labels: gives those of the labels; called at most three times.
    """
    groups: dict[tuple[str | None, str | None], list[N]] = {}
    for name, keys in strays.items():
        groups.setdefault((keys.study, keys.accession if keys.study is None else None), []).append(name)
    wanted = {number for keys in strays.values() if (number := _number(keys))}
    studies: dict[str | None, set[str]] = {}
    for label in labels() if wanted else ():
        if label.study is not None and (number := _number(label)) in wanted:
            studies.setdefault(number, set()).add(label.study)
    claims: dict[str, list[list[N]]] = {}
    for group in groups.values():
        homes_of_group = {study for name in group for study in studies.get(_number(strays[name]), ())}
        if len(homes_of_group) == 1:
            claims.setdefault(homes_of_group.pop(), []).append(group)
    single = {study: groups_of[0] for study, groups_of in claims.items() if len(groups_of) == 1}
    sound = _of_one_patient(single, strays, others, labels) if single else ()
    return {name: study for study in sound for name in single[study]}


def _of_one_patient[N: Hashable](
    claims: Mapping[str, Iterable[N]],
    strays: Mapping[N, Keys],
    others: Callable[[], Iterable[Keys]],
    labels: Callable[[], Iterable[Keys]],
) -> list[str]:
    """The claimed studies whose notes and labels name one patient at most, and one accession number."""
    patients: dict[str | None, set[str]] = {study: set() for study in claims}
    numbers: dict[str | None, set[str]] = {study: set() for study in claims}
    claimants = (Keys(study, None, strays[name].patient) for study, names in claims.items() for name in names)
    for keys in chain(labels(), others(), claimants):
        if keys.study in patients and keys.patient:
            patients[keys.study].add(plain_key(keys.patient))
    for label in labels():
        if label.study in numbers and label.accession:
            numbers[label.study].add(label.accession)
    return [study for study in claims if len(patients[study]) < 2 and len(numbers[study]) < 2]


def _number(keys: Keys) -> str | None:
    """The accession number, or the key in the place of the study id, which often is that number."""
    number = keys.accession or keys.study
    return number if number and _A_NUMBER.search(number) else None
