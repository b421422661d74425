"""Conflicts as a reviewer reads them: the one line, the highlighted words, the doubts, the confidence."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.facts import LabelFact, TextFact, implied_side
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.crosscheck.other_mentions import other_mentions
from clinnote.crosscheck.rules import Rules
from clinnote.crosscheck.stated import side_stated
from clinnote.crosscheck.superseded import day
from clinnote.model import laterality
from clinnote.model.conflict import SEVERITIES, Conflict, Highlight, ImageSide, TextSide
from clinnote.model.mention import Evidence

_LATERAL: Final = frozenset({"LL", "RL", "LATERAL", "LLD", "RLD", "LAT"})
"""View Position values of films that show both sides on top of each other."""
_ROLE: Final = {"laterality": "side", "site": "site"}
BASIS_WORDS: Final = {
    "code": "coded side",
    "header": "image header",
    "label_text": "label text",
    "oriented_geometry": "geometry with orientation",
    "convention_geometry": "screen position",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a check found, before it is written up. ``other`` is a label or the second mention."""

    kind: str
    line: str
    text: TextFact | None
    other: LabelFact | TextFact | None
    doubts: tuple[str, ...] = ()
    severity: str | None = None
    """Overrides the kind's severity."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    """The pairs of mention and label that this claim settles as conflicts."""
    note_id: str | None = None
    """The note, where no mention names it."""
    whole: bool = False
    """Whether the claim is about the study as a whole, so that the mention is only an example."""


def conflict(claim: Claim, knowledge: Knowledge) -> Conflict:
    """The record of a claim; its id depends on study, note, kind and the two sides alone."""
    rules = knowledge.rules
    basis = claim.other.basis if isinstance(claim.other, LabelFact) else None
    doubts = tuple(dict.fromkeys(claim.doubts + ((basis,) if basis and basis in rules.traps else ())))
    against = rules.against_labels if isinstance(claim.other, LabelFact) else rules.confidence
    confidence = against.get(claim.kind, rules.confidence[claim.kind])
    for doubt in set(doubts) - rules.inherent.get(claim.kind, frozenset()):
        confidence *= rules.doubt.get(doubt, 1.0)
    study = claim.text.note.study_id if claim.text else None
    if study is None and isinstance(claim.other, LabelFact):
        study = claim.other.label.study_id
    note = claim.text.note.note_id if claim.text else claim.note_id
    return Conflict(
        id=_id(study or "", note or "", claim),
        kind=claim.kind,
        severity=_severity(claim, basis, rules),
        confidence=round(confidence, 3),
        explanation=claim.line,
        study_id=study,
        note_id=note,
        text=text_side(claim.text) if claim.text else None,
        image=_image(claim.other),
        could_be_false_because=tuple(rules.traps[doubt] for doubt in doubts if doubt in rules.traps),
        metadata={
            **claim.metadata,
            **side_stated(claim.text, claim.other),
            **(other_mentions(claim.text) if claim.text else {}),
        },
    )


def _severity(claim: Claim, basis: str | None, rules: Rules) -> str:
    """Of the kind, not above what the basis allows, nor above low where the report only guesses at the finding."""
    severity = claim.severity or rules.severity_of(claim.kind, basis)
    guessed = claim.text is not None and claim.text.mention.certainty == "possible"
    if guessed and isinstance(claim.other, LabelFact) and not claim.whole:
        return max(severity, "low", key=SEVERITIES.index)
    return severity


def _id(study: str, note: str, claim: Claim) -> str:
    parts = [study, note, claim.kind, claim.text.mention.id if claim.text else ""]
    if isinstance(claim.other, LabelFact):
        parts.append(claim.other.label.label_id)
    elif claim.other is not None:
        parts.append(claim.other.mention.id)
    return hashlib.sha256("|".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _image(other: LabelFact | TextFact | None) -> ImageSide | TextSide | None:
    if isinstance(other, LabelFact):
        return image_side(other)
    return text_side(other) if other is not None else None


def text_side(fact: TextFact) -> TextSide:
    """The mention with its sentence and the words to highlight."""
    mention = fact.mention
    start, end = mention.sentence if mention.sentence[1] > mention.sentence[0] else (mention.start, mention.end)
    quote = mention.text if fact.note.text is None else fact.note.text[start:end]
    return TextSide(
        mention_id=mention.id,
        finding=mention.text,
        laterality=laterality.word(fact.sides),
        site=next((site.text for site in mention.sites if site.site in fact.places), None),
        section=mention.section,
        quote=quote,
        start=start,
        end=end,
        highlights=_highlights(fact, start, end),
        polarity=mention.polarity,
        certainty=mention.certainty,
        date=fact.note.date,
    )


def _highlights(fact: TextFact, start: int, end: int) -> tuple[Highlight, ...]:
    mention = fact.mention
    marks = {Highlight(mention.start, mention.end, "finding")}
    marks |= {Highlight(site.start, site.end, "site") for site in mention.sites}
    marks |= {Highlight(e.start, e.end, role) for e in mention.evidence if (role := _role(e))}
    inside = (mark for mark in marks if start <= mark.start < mark.end <= end)
    return tuple(sorted(inside, key=lambda mark: (mark.start, mark.end, mark.role)))


def _role(evidence: Evidence) -> str:
    return _ROLE.get(evidence.gives.partition("=")[0], "cue")


def image_side(fact: LabelFact) -> ImageSide:
    """The label with the side that was used and what it rests on."""
    label = fact.label
    return ImageSide(
        label_id=label.label_id,
        finding=label.finding.text,
        sides=tuple(sorted(side.value for side in fact.sides)),
        basis=fact.basis,
        site=label.site.text if label.site else None,
        presence=label.presence,
        format=label.source.format,
        file=label.source.file,
        pointer=label.source.pointer,
        modality=label.modality,
        view=label.view,
        date=label.date,
        geometry=label.geometry,
        annotator=label.annotator,
        codes=label.finding.codes,
        site_codes=label.site.codes if label.site else (),
        image_id=label.image_id,
    )


def say_text(fact: TextFact) -> str:
    """What the report says: "RIGHT pleural effusion (lower lobe) in the impression"."""
    section = (fact.mention.section or "report").replace("_", " ")
    side, words = laterality.word(fact.sides) or "", fact.mention.text
    if side and side in words.lower():
        words = re.sub(side, side.upper(), words, flags=re.IGNORECASE)
    elif side:
        words = f"{side.upper()} {words}"
    named = next((site.text for site in fact.mention.sites if site.site in fact.places), "")
    place = f" ({named})" if named and named.lower() not in fact.mention.text.lower() else ""
    return f"{words}{place} in the {'report' if section == 'body' else section}"


def say_label(fact: LabelFact) -> str:
    """What the label says: "label 'Pleural Effusion' says LEFT (coded side; sr 1.2)"."""
    side = laterality.word(fact.sides)
    place = f" at {fact.label.site.text}" if fact.label.site else ""
    basis = f"{BASIS_WORDS[fact.basis]}; " if fact.basis and fact.basis in BASIS_WORDS else ""
    source = f"{basis}{fact.label.source.format} {fact.label.source.pointer}"
    return f"label '{fact.label.finding.text}'{place}{f' says {side.upper()}' if side else ''} ({source})"


def doubts_of(pair: Pair, own: Sequence[Pair]) -> tuple[str, ...]:
    """The traps that apply to a pair, by their key in the rules; ``own`` are all pairs of its label."""
    mention = pair.text.mention
    found: list[str] = []
    if pair.relation == "family":
        found.append("family")
    if pair.relation in ("broader", "narrower"):
        found.append("broader")
    if mention.certainty != "definite":
        found.append("uncertain")
    if mention.label == "device":
        found.append("device")
    if pair.place == "near":
        found.append("near_place")
    if mention.change is not None:
        found.append("comparison")
    if implied_side(mention):
        found.append("implied_side")
    if (pair.label.label.view or "").upper() in _LATERAL:
        found.append("lateral_view")
    if _dates_differ(pair):
        found.append("other_date")
    if any(
        other.strong and other.text is not pair.text and other.text.sides and other.text.sides == pair.label.sides
        for other in own
    ):
        found.append("agrees_elsewhere")
    return tuple(found)


def _dates_differ(pair: Pair) -> bool:
    note, label = pair.text.note.date, pair.label.label.date
    return note is not None and label is not None and day(note) != day(label)
