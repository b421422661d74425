"""All checks of one report against itself; of several claims about one mistake the first one stands."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from clinnote.crosscheck.explain import Claim
from clinnote.crosscheck.inside.clock import check_clock
from clinnote.crosscheck.inside.common import Report, reports
from clinnote.crosscheck.inside.counts import check_listed, check_numbering
from clinnote.crosscheck.inside.levels import check_internal_levels
from clinnote.crosscheck.inside.order import check_order, check_side_owed, check_title, check_title_region
from clinnote.crosscheck.inside.places import check_internal_places
from clinnote.crosscheck.inside.presence import check_internal_presence, check_normal_organ
from clinnote.crosscheck.inside.sexes import check_sex
from clinnote.crosscheck.inside.sides import check_internal
from clinnote.crosscheck.inside.sizes import check_internal_sizes
from clinnote.crosscheck.inside.spots import check_internal_measures, check_internal_spots
from clinnote.crosscheck.inside.wording import check_larger_side, check_pointing
from clinnote.crosscheck.study import Study

_CHECKS: Final[tuple[Callable[[Report, Study], Iterator[Claim]], ...]] = (
    check_sex,
    check_title_region,
    check_title,
    check_internal,
    check_internal_spots,
    check_pointing,
    check_larger_side,
    check_internal_presence,
    check_normal_organ,
    check_clock,
    check_internal_places,
    check_internal_measures,
    check_internal_levels,
    check_internal_sizes,
    check_listed,
    check_numbering,
    check_order,
    check_side_owed,
)
_QUIET: Final = ("low", "info")


def check_inside(study: Study) -> Iterator[Claim]:
    """Every claim of a report against itself, the gravest kinds first.

    A mention that one claim is about is not the subject of another, nor twice the other side of one kind. Quiet claims
    about a side or title are left out beside a loud one of the same note.
    """
    subjects: set[int] = set()
    others: set[tuple[str, int]] = set()
    loud: set[str] = set()
    for found in chain.from_iterable(check(report, study) for report in reports(study) for check in _CHECKS):
        capped = study.knowledge.rules.inside(found.kind, found.severity)
        claim = found if capped == found.severity else replace(found, severity=capped)
        note = claim.text.note.note_id if claim.text else claim.note_id or ""
        quiet = claim.severity in _QUIET
        told = id(claim.text) in subjects or (claim.kind, id(claim.other)) in others
        if told or (quiet and note in loud and claim.kind in ("side_internal", "side_subset")):
            continue
        if claim.text is not None:
            subjects.add(id(claim.text))
        if claim.other is not None:
            others.add((claim.kind, id(claim.other)))
        if not quiet:
            loud.add(note)
        yield claim
