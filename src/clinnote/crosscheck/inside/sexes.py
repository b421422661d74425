"""The patient's sex against the anatomy in the report, and the sex on record against the sex that the report states."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clinnote.crosscheck.consistency import SexRow
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, passage, section_at, sentence
from clinnote.crosscheck.study import Study

_KEYS: Final = ("patient_sex", "sex", "gender", "patient_gender")
_VALUES: Final = {"m": "male", "male": "male", "man": "male", "f": "female", "female": "female", "woman": "female"}
_BOTH: Final = re.compile(
    r"\btrans[- ]?(?:gender|sexual|wom[ae]n|m[ae]n|female|male|feminine|masculine)|\bgender[- ](?:affirming|identity"
    r"|reassignment|dysphoria|incongruence|confirm)|\bintersex\b|sex(?:ual)? development|sex reassignment"
    r"|\bambiguous genital|m[u\u00fc]llerian|androgen insensitivity|\bneovagina|\b(?:vagino|phallo|metoidio)plasty"
    r"|\b(?:MTF|FTM|M2F|F2M)\b|assigned (?:fe)?male at birth|\bfet(?:us|al)\b|\bneonat|\bnewborn|\bconjoined|\bchimer",
    re.IGNORECASE,
)
"""A report with one of these may name the organs of either sex."""
_RELATIVES: Final = re.compile(
    r"\b(?:father|mother|brother|sister|son|daughter|wife|husband|spouse|partner|donor|aunt|uncle|cousin|grand\w+|child"
    r"|family|relative|parent|twin|sibling|caregiver|baby|maternal|paternal)\b",
    re.IGNORECASE,
)
_MISSING: Final = re.compile(
    r"\babsent|\babsence|agenesis|\bnot (?:seen|identified|visuali[sz]ed|present|applicable)|\bn/?a\b|surgically"
    r"|antigen|protein|removed|\bno\b|\bwithout\b|\bif\b|utricle|\(?fe?male\)?\s*:|\bmales?\b|\bfemales?\b|\bmen\b|\bwomen\b",
    re.IGNORECASE,
)
"""A sentence with one of these says that the organ is not there, or speaks of patients of both sexes."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """The sex as one source gives it; ``where`` is None for the record's metadata."""

    sex: str
    where: TextFact | None


def check_sex(report: Report, study: Study) -> Iterator[Claim]:
    """``identity``: an organ or condition of one sex in the report of a patient of the other; one claim per note.

    The sex is the one on record (``sex`` of the note's metadata, else of the images' headers) or the one that the text
    states ("72-year-old man").
    Where the two differ, that is the claim. Organs that are denied, absent or a relative's count for nothing, and no
    report is judged that speaks of a transgender patient, of sex development or of a fetus.
    """
    if _BOTH.search(report.text) is not None or not (_genital(report, study) or _on_record(report, study)):
        return
    stated = [*_on_record(report, study), *_in_text(report, study)]
    sexes = {item.sex for item in stated}
    if len(sexes) == 2:
        yield _differing(stated, report)
    elif sexes:
        sex = stated[0]
        organ = next((fact for fact in report.texts if _of_other_sex(fact, sex.sex, report, study)), None)
        if organ is not None:
            by = "on record" if sex.where is None else f"in the report ('{sex.where.mention.text}')"
            line = f"{say_text(organ)}; the patient is {sex.sex} {by}"
            yield Claim("identity", line, organ, sex.where, ("template",), "high", {"differs": "sex"})


def _genital(report: Report, study: Study) -> bool:
    """Whether any mention is of one sex; without one, the sex in the text need not be looked for."""
    return any(_belongs(fact, row, study) for fact in report.texts for row in study.knowledge.inside.sexes)


def _on_record(report: Report, study: Study) -> list[_Stated]:
    """The sex that the note's metadata give, else the one that all image headers agree on."""
    said = [*_sexes(report.note.metadata)]
    if not said:
        told = {sex for label in study.labels for sex in _sexes(label.label.metadata)}
        said = [*told] if len(told) == 1 else []
    return [_Stated(sex, None) for sex in said[:1]]


def _sexes(metadata: Mapping[str, Any]) -> Iterator[str]:
    """The sexes that a record's metadata name."""
    for key in _KEYS:
        sex = _VALUES.get(str(metadata.get(key) or "").strip().casefold())
        if sex is not None:
            yield sex


def _in_text(report: Report, study: Study) -> list[_Stated]:
    """Every statement of the patient's sex, in reading order; those about relatives are left out."""
    found: list[_Stated] = []
    for row in study.knowledge.inside.sex_words:
        for match in row.pattern.finditer(report.text):
            before = report.text[max(0, match.start() - 40) : match.end()]
            section = section_at(report, match.start()) or ""
            if _RELATIVES.search(before) is None and not section.startswith(("family", "social")):
                found.append(_Stated(row.sex, passage(report, match.start(), match.end())))
    return found


def _differing(stated: list[_Stated], report: Report) -> Claim:
    first = stated[0]
    other = next(item for item in stated if item.sex != first.sex)
    where = other.where or first.where
    by = "on record" if first.where is None else "in one place"
    line = f"The patient is {first.sex} {by} and {other.sex} in the report"
    same = first.where if first.where is not where else None
    return Claim("identity", line, where, same, (), "high", {"differs": "sex"}, note_id=report.note.note_id)


def _of_other_sex(fact: TextFact, sex: str, report: Report, study: Study) -> bool:
    mention, rows = fact.mention, study.knowledge.inside.sexes
    if mention.experiencer != "patient" or mention.polarity != "affirmed" or mention.certainty != "definite":
        return False
    section = mention.section or ""
    if mention.temporality in ("hypothetical", "future") or section.startswith(
        ("family", "social", "recommend", "technique")
    ):
        return False
    if not any(row.sex != sex and _belongs(fact, row, study) for row in rows):
        return False
    words = sentence(fact)
    if _MISSING.search(words) is not None or _RELATIVES.search(words) is not None:
        return False
    neighbours = (other for other in report.texts if other.mention.sentence == mention.sentence)
    return not any(row.sex == sex and _belongs(other, row, study) for other in neighbours for row in rows)


def _belongs(fact: TextFact, row: SexRow, study: Study) -> bool:
    """Whether a mention names one of the places, or is one of the findings and not named at another place."""
    if not fact.places.isdisjoint(row.inside):
        return True
    if fact.concepts.isdisjoint(row.kinds):
        return False
    inside = study.knowledge.anatomy.is_part_of
    return not fact.places or any(inside(site, place) for place in fact.places for site in row.sites)
