"""Whether report and labels are of one patient at all; when not, nothing else is compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from clinnote.crosscheck.explain import Claim
from clinnote.crosscheck.facts import LabelFact
from clinnote.crosscheck.pairing import plain_key
from clinnote.crosscheck.study import Study
from clinnote.model.mention import TaggedNote

_SEX: Final = {"m": "male", "male": "male", "f": "female", "female": "female"}


def check_identity(study: Study) -> Iterator[Claim]:
    """``identity``: another patient id, accession number or sex on the two sides; one claim per note and key.

    The message names the key that differs, never its value: identifiers are not for reports that travel.
    """
    for note in study.notes:
        differing: dict[str, list[LabelFact]] = {}
        for label in study.labels:
            key = _differs(note, label, study.notes)
            if key is not None:
                differing.setdefault(key, []).append(label)
        for key, labels in differing.items():
            count = f"{len(labels)} label" + "s" * (len(labels) != 1)
            files = list(dict.fromkeys(label.label.source.file for label in labels))
            yield Claim(
                "identity",
                f"Report and images name a different {key} ({count}); nothing else was compared",
                None,
                labels[0],
                metadata={"differs": key, "files": files},
                note_id=note.note_id,
            )


def _differs(note: TaggedNote, label: LabelFact, notes: Sequence[TaggedNote]) -> str | None:
    """The first identifying key that both sides carry with different values.

    One study may hold several orders: an accession number that another note of the study carries is no stranger.
    """
    metadata = label.label.metadata
    if _unlike(note.patient_id, _first(metadata, "patient_id")):
        return "patient"
    accession = _first(metadata, "accession")
    if _unlike(note.accession, accession) and all(_unlike(other.accession, accession) for other in notes):
        return "accession number"
    ours = _SEX.get((_first(note.metadata, "patient_sex", "sex") or "").lower())
    theirs = _SEX.get((_first(metadata, "patient_sex", "sex") or "").lower())
    return "sex" if ours and theirs and ours != theirs else None


def _unlike(a: str | None, b: str | None) -> bool:
    return bool(a and b) and plain_key(str(a)) != plain_key(str(b))


def _first(metadata: Mapping[str, Any], *keys: str) -> str | None:
    return next((str(metadata[key]) for key in keys if metadata.get(key)), None)
