"""One card for one mistake: claims that only repeat what another claim of the study says are left out."""

from collections.abc import Sequence
from typing import Final

from clinnote.crosscheck.explain import Claim
from clinnote.crosscheck.kinds.label_internal import PLACE

_ABOUT_THE_PLACE: Final = ("site_mismatch", "quadrant_mismatch", "level_mismatch", "count_or_size")


def without_echoes(claims: Sequence[Claim]) -> list[Claim]:
    """The claims without echoes.

    A label that contradicts itself accuses no report, unless it is only its place that speaks against its side (a left
    middle lobe): then the report decides. Where the side of a label is in question, its place and size are not; and a
    low doubt about one side of two gives way to a conflict over the very side.
    """
    internal = [claim for claim in claims if claim.kind == "image_internal"]
    misplaced = {id(claim.other) for claim in internal if PLACE in claim.metadata["statements"]}
    divided = {id(claim.other) for claim in internal} - misplaced
    opposed = {id(pair.label) for claim in claims if claim.kind == "side_opposite" for pair in claim.pairs} | {
        id(claim.other) for claim in claims if claim.kind == "side_opposite"
    }
    inside = {id(fact) for claim in claims if claim.kind == "side_internal" for fact in (claim.text, claim.other)}

    def echo(claim: Claim) -> bool:
        if claim.kind in ("side_opposite", "side_subset") and id(claim.other) in divided:
            return True
        if claim.kind == "image_internal":
            return id(claim.other) in misplaced & opposed
        if claim.kind in _ABOUT_THE_PLACE:
            return id(claim.other) in opposed
        return (
            claim.kind == "side_subset"
            and claim.severity == "low"
            and (id(claim.other) in opposed or any(id(pair.text) in inside for pair in claim.pairs))
        )

    return [claim for claim in claims if not echo(claim)]
