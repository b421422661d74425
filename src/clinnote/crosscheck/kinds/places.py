"""The report's place against the label's place: another lobe, another vertebra or rib."""

from collections.abc import Callable, Iterator

from clinnote.crosscheck.align import STRONG, Pair
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import LabelFact
from clinnote.crosscheck.kinds.quadrants import in_breast
from clinnote.crosscheck.study import Study
from clinnote.model import laterality


def check_places(study: Study) -> Iterator[Claim]:
    """``site_mismatch``: one finding, one side, two places that share nothing, and neither has a match elsewhere."""
    for label in study.marks:
        pair = _unmatched(label, study, lambda pair: _other_part(pair, study))
        if pair is not None:
            yield Claim(
                "site_mismatch",
                f"{say_text(pair.text)}; {say_label(pair.label)}",
                pair.text,
                pair.label,
                doubts_of(pair, study.of_label(pair.label)),
                pairs=(pair,),
            )


def _other_part(pair: Pair, study: Study) -> bool:
    return pair.place == "near" and not _steps(pair, study) and not in_breast(pair, study)


def check_levels(study: Study) -> Iterator[Claim]:
    """``level_mismatch``: another rib, vertebra or disc; one level apart is low, numbering variants explain it."""
    for label in study.marks:
        pair = _unmatched(label, study, lambda pair: bool(_levels(pair, study)))
        if pair is not None:
            apart = min(_levels(pair, study))
            yield Claim(
                "level_mismatch",
                f"{say_text(pair.text)}; {say_label(pair.label)}: {apart} level{'s' if apart > 1 else ''} apart",
                pair.text,
                pair.label,
                doubts_of(pair, study.of_label(pair.label)),
                "low" if apart == 1 else None,
                {"levels_apart": apart},
                (pair,),
            )


def _unmatched(label: LabelFact, study: Study, elsewhere: Callable[[Pair], bool]) -> Pair | None:
    """The first mention that fits the label's finding best and lies elsewhere, if none lies at the label's place."""
    if label.excluded is not None or not label.places:
        return None
    own = [
        pair
        for pair in study.of_label(label)
        if pair.relation in STRONG and _in_question(pair, study) and _sides_fit(pair)
    ]
    best = min((STRONG.index(pair.relation) for pair in own), default=0)
    fitting = [pair for pair in own if STRONG.index(pair.relation) == best]
    if any(pair.place == "same" and not elsewhere(pair) for pair in fitting):
        return None
    return next((pair for pair in fitting if elsewhere(pair) and not _has_label(pair, study)), None)


def _in_question(pair: Pair, study: Study) -> bool:
    """Whether both claims stand and are about one region; two ribs are apart and yet comparable by their number."""
    return pair.text.excluded is None and (pair.place != "apart" or bool(_levels(pair, study)))


def _sides_fit(pair: Pair) -> bool:
    return not laterality.opposite(pair.text.sides, pair.label.sides)


def _levels(pair: Pair, study: Study) -> tuple[int, ...]:
    """How many levels apart the two are; empty when they agree or the text may mean the label's level too.

    So it is when the label's level lies among those the text names ("T5-T8"), or the text announces several of which
    not all may have been read ("the fourth through seventh ribs").
    """
    steps, several = _steps(pair, study), study.knowledge.rules.several_levels
    named = (site.text for site in pair.text.mention.sites if site.site in pair.text.places)
    if any(not several.isdisjoint(study.knowledge.normalise(words).split()) for words in named):
        return ()
    one_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    return tuple(abs(step) for step in steps) if one_way else ()


def _steps(pair: Pair, study: Study) -> tuple[int, ...]:
    """From the label's level to the text's, for every two numbered places of one series."""
    anatomy = study.knowledge.anatomy
    return tuple(
        ours - theirs
        for x in pair.text.places
        for y in pair.label.places
        if anatomy.series(x) == anatomy.series(y)
        and (ours := anatomy.level(x)) is not None
        and (theirs := anatomy.level(y)) is not None
    )


def _has_label(pair: Pair, study: Study) -> bool:
    """Whether another label already accounts for the mention; for its very name, only one of that name can."""
    return any(
        other.excluded is None
        and other.label is not pair.label
        and other.place in ("same", "unknown")
        and (pair.relation != "equal" or other.relation == "equal")
        for other in study.of_text(pair.text)
    )
