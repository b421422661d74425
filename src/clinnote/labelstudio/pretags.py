"""What the machine had said in a task, and what the arrows between spans now say about sites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clinnote.errors import RecordError
from clinnote.labelstudio.corrections import Place, Region, human_id, settle
from clinnote.labelstudio.regions import BODY_SITE, META, relation_items, relations_of
from clinnote.model.mention import Mention, SiteMention
from clinnote.model.schema import from_dict
from clinnote.model.spans import Span, valid
from clinnote.ontology.guideline import Guideline


def items_of(result: Any, what: str) -> list[Mapping[str, Any]]:
    """The items of an annotation's or prediction's result.

    Raises:
        RecordError: it is not a list of objects.
    """
    if not isinstance(result, list) or not all(isinstance(item, Mapping) for item in result):
        raise RecordError("bad_result", f"the result of the {what} is not a list of objects")
    return result


@dataclass(frozen=True, slots=True)
class Pretags:
    """What the machine had said: every pre-tag known, those the reader was shown, and the arrows shown."""

    mentions: Mapping[str, Mention]
    shown: Mapping[str, Mention]
    relations: frozenset[tuple[str, str]]


def read_pretags(
    task: Mapping[str, Any], annotation: Mapping[str, Any], items: Sequence[Mapping[str, Any]], text: str
) -> Pretags:
    """The pre-tags of a task, first those of the prediction that the annotation was made from.

    Raises:
        RecordError: a pre-tag can't be read, or is no stretch of the text.
    """
    known = _mentions(items, text)
    shown: dict[str, Mention] = {}
    for prediction in task.get("predictions") or ():
        if isinstance(prediction, Mapping):
            found = _mentions(items_of(prediction.get("result"), "prediction"), text)
            known = {**known, **found}
            if prediction.get("id") == annotation.get("parent_prediction"):
                shown = found
    known |= shown
    return Pretags(known, shown, relations_of([*relation_items([*(shown or known).values()])]))


def _mentions(items: Sequence[Mapping[str, Any]], text: str) -> dict[str, Mention]:
    found: dict[str, Mention] = {}
    for item in items:
        meta = item.get("meta")
        raw = meta.get(META) if isinstance(meta, Mapping) else None
        if raw is None:
            continue
        mention = from_dict(Mention, raw)
        if not valid(mention.start, mention.end, len(text)):
            raise RecordError("bad_span", "a pre-tag is no stretch of the text")
        mention = replace(mention, text=text[mention.start : mention.end])
        found[str(item.get("id"))] = mention
    return found


def overlaps(pretag: Mention, region: Region) -> bool:
    """Whether the region still covers some of the pre-tag's words; if not, it is another mention."""
    return Span(pretag.start, pretag.end).overlaps(region.span)


def place_of(span: Span, pretags: Mapping[str, Mention]) -> Place:
    """Section and sentence of a new span, where a pre-tag of the same sentence tells them."""
    for pretag in pretags.values():
        if Span(*pretag.sentence).contains(span):
            return Place(pretag.section, pretag.sentence)
    return Place(None, (0, 0))


def with_sites(
    now: Mapping[str, Mention],
    kept: Mapping[str, Mention],
    pretags: Pretags,
    arrows: frozenset[tuple[str, str]],
    regions: Mapping[str, Region],
    text_hash: str,
    guideline: Guideline,
) -> dict[str, Mention]:
    """The mentions with their sites as the arrows now say: removed, added, or moved with the span they point to."""
    done = dict(now)
    heads: dict[str, list[str]] = {}
    for tail, head in sorted(pretags.relations | arrows):
        heads.setdefault(tail, []).append(head)
    for rid, ends in heads.items():
        mention = now.get(rid)
        if mention is None:
            continue
        sites = mention.sites
        for head in ends:
            target = now.get(head) if (rid, head) in arrows else None
            if target is None or target.label == BODY_SITE:
                sites = _pointed(sites, pretags.mentions.get(head), target, (rid, head) in pretags.relations)
        if sites != mention.sites:
            changed, pretag = replace(mention, sites=sites), kept.get(rid)
            note = {k: v for k, v in mention.metadata["correction"].items() if k == "unreadable_codes"}
            new_id = human_id(regions[rid], text_hash, guideline)
            done[rid] = changed if pretag is None else settle(changed, pretag, new_id, note)
    return done


def _pointed(
    sites: tuple[SiteMention, ...], old: Mention | None, target: Mention | None, before: bool
) -> tuple[SiteMention, ...]:
    """The sites of a mention after one arrow, which pointed to ``old`` and now points to ``target``."""
    if not before or old is None:
        return sites if target is None else (*sites, _site(target))
    place = (old.start, old.end)
    if target is None:
        return tuple(site for site in sites if (site.start, site.end) != place)
    if (target.start, target.end) == place:
        return sites
    return tuple(
        replace(site, start=target.start, end=target.end, text=target.text) if (site.start, site.end) == place else site
        for site in sites
    )


def _site(target: Mention) -> SiteMention:
    node = next((site.site for site in target.sites if site.site is not None), None)
    return SiteMention(target.start, target.end, target.text, node, target.codes, target.laterality)
