"""All checks of one report against itself, in the order in which their claims are listed."""

from collections.abc import Callable, Iterator
from typing import Final

from clinnote.crosscheck.clock import check_clock
from clinnote.crosscheck.counts import check_listed, check_numbering
from clinnote.crosscheck.explain import Claim
from clinnote.crosscheck.internal import check_internal
from clinnote.crosscheck.internal_places import check_internal_places
from clinnote.crosscheck.internal_presence import check_internal_presence, check_normal_organ
from clinnote.crosscheck.internal_sizes import check_internal_sizes
from clinnote.crosscheck.order import check_order, check_side_owed, check_title, check_title_region
from clinnote.crosscheck.sexes import check_sex
from clinnote.crosscheck.study import Study

INSIDE_CHECKS: Final[tuple[Callable[[Study], Iterator[Claim]], ...]] = (
    check_sex,
    check_title_region,
    check_title,
    check_internal,
    check_internal_presence,
    check_normal_organ,
    check_internal_places,
    check_internal_sizes,
    check_clock,
    check_listed,
    check_numbering,
    check_order,
    check_side_owed,
)
