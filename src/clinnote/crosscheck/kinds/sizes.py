"""How large and how many: ``count_or_size``.

Sizes are compared where both sides measured the same lesion: any dimension of the one that fits any of the other
settles it, because reports give the long axis, the short one, or a size of before. Counts are compared only with a
source that declares itself exhaustive for the finding.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.rules import Rules
from clinnote.crosscheck.study import Study
from clinnote.model import laterality

_MM: Final = {"mm": 1.0, "cm": 10.0}
_NUMBERS: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER: Final = re.compile(r"[2-9]|10|" + "|".join(_NUMBERS), re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z0-9.-]+")
_RATIO: Final = 1.5
_STEP_MM: Final = 5.0
_NOISE_MM: Final = 2.0
"""Two readers of a small lesion differ by as much, whatever the ratio."""
_CALIPER: Final = 1.2
"""Two readers of a large lesion differ by this ratio (the repeat measurement error of RECIST target lesions)."""
_TENFOLD: Final = (9.0, 11.0)


def check_sizes(study: Study) -> Iterator[Claim]:
    """Another size: medium; ten times the size, millimetres taken for centimetres: high; a small difference: low.

    One claim for a lesion of the report, and only if no label of its kind has its size or leaves the size open.
    """
    sizes = {id(mark): _label_sizes(mark, study) for mark in study.marks}
    seen: set[int] = set()
    for text in study.said:
        ours = text_sizes(text, study.knowledge.rules)
        if not ours or text.excluded is not None:
            continue
        own = [pair for pair in study.of_text(text) if _one_lesion(pair)]
        if not own or any(None in sizes[id(pair.label)] or _fits(ours, sizes[id(pair.label)]) for pair in own):
            continue
        left = [pair for pair in own if not _taken(pair, sizes[id(pair.label)], study)]
        pair = next((pair for pair in left if study.partners.paired(pair)), left[0] if left else None)
        if pair is None or seen & {id(pair.label), study.partners.lesion_of.get(id(text), -1)}:
            continue
        seen |= {id(pair.label), study.partners.lesion_of.get(id(text), -1)}
        yield _size_claim(pair, ours, study)


def _label_sizes(mark: LabelFact, study: Study) -> tuple[float | None, ...]:
    """The lengths that the labels of one claim give, in rising order; None among them where a label gives none."""
    every = [like.label for like in study.like_label(mark)]
    lengths = sorted({size for label in every for size in label.size_mm if size > 0})
    return (*lengths, *((None,) if any(not label.size_mm for label in every) else ()))


def _taken(pair: Pair, theirs: Sequence[float | None], study: Study) -> bool:
    """Whether another mention of the finding has the label's size, so that the label is another lesion."""
    rules = study.knowledge.rules
    return any(
        _fits(text_sizes(other.text, rules), theirs)
        for other in study.of_label(pair.label)
        if other.text is not pair.text and _one_lesion(other)
    )


def _one_lesion(pair: Pair) -> bool:
    return (
        pair.strong
        and pair.place in ("same", "unknown")
        and not laterality.opposite(pair.text.sides, pair.label.sides)
        and pair.text.mention.label not in ("device", "procedure")
    )


def text_sizes(text: TextFact, rules: Rules) -> tuple[float, ...]:
    """The lengths of a mention in mm, without distances to something else."""
    note = text.note.text or ""
    return tuple(
        value * _MM[measured.unit]
        for measured in text.mention.measurements
        if measured.unit in _MM and not _is_distance(note, measured.end, rules)
        for value in (measured.value, measured.high)
        if value
    )


def _is_distance(note: str, end: int, rules: Rules) -> bool:
    """Whether the words behind a measurement make it a distance: "4 cm from the nipple"."""
    following = _WORD.match(note, end + 1)
    return following is not None and following[0].lower() in rules.distances


def _fits(ours: Sequence[float], theirs: Sequence[float | None]) -> bool:
    """Whether some length of ours is within the ratio and the step of one of theirs, which are in rising order."""
    lengths = [length for length in theirs if length is not None]
    for own in ours:
        at = bisect_left(lengths, max(own / _RATIO, own - _STEP_MM))
        if at < len(lengths) and lengths[at] <= min(own * _RATIO, own + _STEP_MM):
            return True
    return False


def _size_claim(pair: Pair, sizes: Sequence[float], study: Study) -> Claim:
    sized = [like for like in study.like_label(pair.label) if like.label.size_mm]
    ours = max(sizes)
    label = min(sized, key=lambda like: abs(max(like.label.size_mm) - ours))
    theirs = max(label.label.size_mm)
    large, small = max(ours, theirs), min(ours, theirs)
    tenfold = _TENFOLD[0] <= large / small <= _TENFOLD[1]
    clear = large - small > _NOISE_MM and large > _CALIPER * small
    hint = "; millimetres and centimetres may be exchanged" if tenfold else ""
    return Claim(
        "count_or_size",
        f"{say_text(pair.text)} measures {ours:g} mm; {say_label(label)} {theirs:g} mm{hint}",
        pair.text,
        label,
        (*doubts_of(pair, study.of_label(pair.label)), "measured_apart"),
        "high" if tenfold else None if clear else "low",
        {"text_mm": ours, "label_mm": theirs},
        (pair,),
    )


def check_label_counts(study: Study) -> Iterator[Claim]:
    """Another number than an exhaustive source has labels, where the report counts its lesions once and exactly."""
    seen: set[frozenset[str]] = set()
    for text in study.said:
        said = _count(text, study.knowledge.rules)
        if said is None or text.excluded is not None or text.concepts in seen:
            continue
        own = [pair for pair in study.of_text(text) if _one_lesion(pair)]
        if not own or not all(_exhaustive(pair.label, study) for pair in own) or _counted_otherwise(text, said, study):
            continue
        if text.sides and any(not pair.label.sides for pair in own):
            continue
        marked = sum(_lesions(pair.label, study) for pair in own)
        if marked != said:
            seen.add(text.concepts)
            yield Claim(
                "count_or_size",
                f"{said} {say_text(text)}; {marked} labelled '{own[0].label.label.finding.text}'",
                text,
                own[0].label,
                ("several",),
                metadata={"text_count": said, "label_count": marked},
                pairs=tuple(own),
            )


def _count(text: TextFact, rules: Rules) -> int | None:
    """The number that counts a mention in the plural, if it is exact: "three small nodules", not "at least three"."""
    note, mention = text.note.text, text.mention
    if note is None:
        return None
    inside = _WORD.findall(mention.text)
    before = _WORD.findall(note[mention.sentence[0] : mention.start])
    if inside and not _NUMBER.fullmatch(inside[0]):
        while before and before[-1].lower() in rules.counted:
            before.pop()
    elif inside:
        before.append(inside[0])
    if not before or not _NUMBER.fullmatch(before[-1]):
        return None
    if len(before) > 1 and before[-2].lower() in rules.inexact:
        return None
    return _NUMBERS.get(before[-1].lower()) or int(before[-1])


def _counted_otherwise(text: TextFact, said: int, study: Study) -> bool:
    """Whether another mention of the finding adds to the count or gives another one."""
    rules = study.knowledge.rules
    for other in study.said:
        if other.excluded is not None or not other.concepts & text.concepts:
            continue
        if laterality.opposite(other.sides, text.sides):
            continue
        note = other.note.text or ""
        words = {word.lower() for word in _WORD.findall(note[other.mention.sentence[0] : other.mention.end])}
        if _count(other, rules) not in (None, said) or not rules.several_lesions.isdisjoint(words):
            return True
    return False


def _exhaustive(label: LabelFact, study: Study) -> bool:
    """Whether the source declares that it labels every finding of the label's kind."""
    normalise = study.knowledge.normalise
    names = {normalise(name) for name in label.label.exhaustive_for}
    return normalise(label.label.finding.text) in names


def _lesions(label: LabelFact, study: Study) -> int:
    """How many lesions the labels that say the same mark: the most that one reader drew on one image."""
    drawn = Counter(
        (like.label.annotator, like.label.image_id or like.label.series_id) for like in study.like_label(label)
    )
    return max(drawn.values())
