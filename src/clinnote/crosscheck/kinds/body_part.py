"""Whether the report is about the part of the body that was imaged."""

from collections import Counter
from collections.abc import Iterable, Iterator

from clinnote.crosscheck.explain import Claim
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study


def check_body_part(study: Study) -> Iterator[Claim]:
    """``body_part_mismatch``: the report names nothing in the regions of the labels, nor in those that adjoin them.

    Fires only if the report commits itself (``body_part_mentions`` located mentions) to one region.
    """
    located = [(label, regions) for label in study.labels if (regions := label_regions(label, study))]
    imaged = frozenset[str]().union(*(regions for _, regions in located))
    if not imaged:
        return
    said: Counter[str] = Counter()
    first: TextFact | None = None
    for text in study.texts:
        regions = _text_regions(text, study)
        if regions and first is None and text.excluded is None:
            first = text
        said.update(regions)
    shown = imaged.union(*(study.knowledge.rules.adjoining.get(region, ()) for region in imaged))
    if not said or not shown.isdisjoint(said) or max(said.values()) < study.knowledge.rules.body_part_mentions:
        return
    label = located[0][0]
    where = label.label.site.text if label.label.site else label.label.finding.text
    most = max(said.values())
    report = sorted(region for region, count in said.items() if count > most / 2)
    yield Claim(
        "body_part_mismatch",
        f"The report is about the {' and '.join(report).replace('_', ' ')}; the image label says '{where}'",
        first,
        label,
        metadata={"report": report, "images": sorted(imaged)},
        whole=True,
    )


def label_regions(label: LabelFact, study: Study) -> frozenset[str]:
    """The regions where a label lies: by its place, else by what its finding implies."""
    return place_regions(label.places or label.implied, study)


def _text_regions(text: TextFact, study: Study) -> frozenset[str]:
    """The regions where a mention lies; negated ones count too, sections about the past do not."""
    if (text.excluded or "").startswith(("section", "about", "historical")):
        return frozenset()
    return place_regions(text.places or text.implied, study)


def place_regions(places: Iterable[str], study: Study) -> frozenset[str]:
    """The regions that hold one of the places or lie in it; those that touch it, if there is none."""
    known = study.knowledge
    held = tuple(place for place in places if place in known.anatomy.nodes)
    inside = frozenset(
        name
        for name, nodes in known.rules.regions.items()
        if any(known.anatomy.related(place, node) for place in held for node in nodes)
    )
    return inside or frozenset(
        name
        for name, nodes in known.rules.regions.items()
        if any(known.meet(place, node) for place in held for node in nodes)
    )
