"""Builders of tagged notes for the Label Studio tests. All text is synthetic."""

import dataclasses
from typing import Any

from hypothesis import strategies as st

from clinnote.model import mention as m
from clinnote.model.codes import CLINNOTE, SNOMED, Code
from clinnote.model.mention import (
    Dosage,
    Evidence,
    Measurement,
    Mention,
    Run,
    SiteMention,
    TaggedNote,
    When,
    text_sha256,
)
from clinnote.ontology.guideline import load_guideline
from clinnote.settings import find_home

GUIDELINE = load_guideline(find_home().configs / "guidelines" / "clinical.toml")
TEXT = "CHEST \U0001fac1 X-RAY\r\nSmall right pleural effusion, increased.  No pneumothorax.\nCafe\u0301 worker."
EFFUSION_CODE = Code(SNOMED, "60046008", "Pleural effusion", "2025", 0.9)


def mention(text: str, words: str, label: str, **more: Any) -> Mention:
    start = text.index(words)
    sha = text_sha256(text)
    return Mention(
        m.mention_id(sha, start, start + len(words), label, "rules"), start, start + len(words), words, label, **more
    )


def chest_note(text: str = TEXT, note_id: str = "note-1", **more: Any) -> TaggedNote:
    right = mention(text, "right", "body_site", laterality="right", sites=(SiteMention(*span(text, "right"), "lung"),))
    effusion = mention(
        text,
        "pleural effusion",
        "finding",
        codes=(EFFUSION_CODE, Code(CLINNOTE, "pleural_effusion")),
        laterality="right",
        change="increased",
        sites=(SiteMention(right.start, right.end, "right", "pleural_space", (), "right"),),
        measurements=(Measurement(0, 5, 1.5, None, "cm", 1, "<", "high"),),
        dosage=Dosage(route="oral", per_day=2.0, status="held"),
        when=When("2024-01-01", None, "day", "today"),
        section="findings",
        sentence=(text.index("Small"), text.index("No")),
        evidence=(
            Evidence("change.increased", text.index("increased"), text.index("increased") + 9, "change=increased"),
            Evidence("side.right", right.start, right.end, "laterality=right"),
        ),
        score=0.75,
    )
    none = mention(text, "pneumothorax", "disorder", polarity="negated", section="findings")
    run = Run("0.1.0", "radiology@1", "core@1", GUIDELINE.id)
    return TaggedNote(note_id, text_sha256(text), text, mentions=(right, effusion, none), **{"run": run, **more})


def span(text: str, words: str) -> tuple[int, int, str]:
    start = text.index(words)
    return start, start + len(words), words


def submit(task: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The annotation a reader makes by pressing Submit without a change, as the screen sends it."""
    items = [dict(item) for item in task["predictions"][0]["result"]]
    meta = {item["id"]: item["meta"] for item in items if "meta" in item}
    for item in items:
        if item["type"] != "relation":
            item |= {"origin": "prediction", "meta": meta[item["id"]]}
    return {"id": 7, "result": items, "parent_prediction": task["predictions"][0].get("id"), **more}


def stored(task: dict[str, Any], task_id: int = 3) -> dict[str, Any]:
    """The task as the server gives it back."""
    predictions = [{**p, "id": 100 + i} for i, p in enumerate(task["predictions"])]
    return {**task, "id": task_id, "project": 1, "predictions": predictions}


def plain(mentions: Any) -> list[Mention]:
    """Mentions in reading order without what a reader's Submit adds."""
    bare = [
        dataclasses.replace(x, origin="", metadata={k: v for k, v in x.metadata.items() if k != "correction"})
        for x in mentions
    ]
    return sorted(bare, key=lambda x: (x.start, x.end, x.label, x.id))


PLANTED = ("\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\r\n", "\r", "e\u0301", "\u00a0", "\t ",
           "\u2028", "\ufeff", "</View>", "&amp;", "\\n", "\u202e", "\u0c15\u0c4d\u0c37", "\x1f",
           "right", "No ")  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PLANTED), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
                 min_size=1, max_size=12).map("".join).filter(bool)  # fmt: skip
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
codes = st.builds(
    Code,
    st.sampled_from([SNOMED, CLINNOTE, "http://loinc.org", "http://example.org/x:y", "local"]),
    words,
    st.none() | words,
    st.none() | words,
    st.none() | st.floats(0, 1),
)


@st.composite
def tagged_notes(draw: st.DrawFn) -> TaggedNote:
    """Any note: any text, overlapping and equal spans, any attribute, also values the guideline does not offer."""
    text = draw(texts)
    sha = text_sha256(text)

    def any_span() -> tuple[int, int]:
        start = draw(st.integers(0, len(text) - 1))
        return start, draw(st.integers(start + 1, len(text)))

    mentions = []
    for number in range(draw(st.integers(0, 5))):
        start, end = any_span()
        sites = [any_span() for _ in range(draw(st.integers(0, 2)))]
        mentions.append(
            Mention(
                draw(st.sampled_from([f"id{number}", f"patient/{number}#x", f"\U0001f600{number}"])),
                start,
                end,
                text[start:end],
                draw(st.sampled_from(GUIDELINE.label_names)),
                tuple(draw(st.lists(codes, max_size=3))),
                draw(st.sampled_from(m.POLARITIES)),
                draw(st.sampled_from(m.CERTAINTIES)),
                draw(st.sampled_from(m.TEMPORALITIES)),
                draw(st.sampled_from(m.EXPERIENCERS)),
                draw(st.none() | st.sampled_from(m.CHANGES)),
                draw(st.none() | st.sampled_from(m.SEVERITIES) | st.just("grade 3")),
                draw(st.none() | st.sampled_from(m.LATERALITIES)),
                tuple(SiteMention(s, e, text[s:e], draw(st.none() | words), (), None) for s, e in sites),
                tuple(Measurement(*any_span(), draw(st.floats(-1e9, 1e9)), None, "mm", 2) for _ in sites),
                draw(st.none() | st.just(When(None, "2020", "year", "then"))),
                draw(st.none() | words),
                any_span(),
                (Evidence(draw(words), *any_span(), "polarity=negated"),),
                draw(st.floats(0, 1)),
                draw(st.sampled_from(m.ORIGINS)),
                draw(st.dictionaries(words, st.integers(-9, 9) | words, max_size=2)),
            )
        )
    return TaggedNote(
        draw(words.filter(bool)), sha, text, "p", "s", None, draw(st.none() | words), "2024", {"a": 1},
        tuple(mentions), Run("1", "2", "3"),
    )  # fmt: skip
