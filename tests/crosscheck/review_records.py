"""Conflicts and verdicts made by hand."""

from clinnote.model.conflict import Conflict, ImageSide, TextSide, Verdict
from clinnote.model.verdicts import verdict_record

TRAPS = {"comparison": "the sentence compares with an earlier study", "device": "The side may be the  vessel's"}


def flag(name, *, kind="side_subset", trap=None, section="findings", reader=None, basis="code", label="Effusion"):
    text = TextSide("m", "Pleural effusion", "bilateral", "pleura", section, "Bilateral effusions.", 0, 20)
    image = ImageSide(
        "l", label, ("left",), basis, None, "present", "csv", "a.csv", "row 1", view="PA", annotator=reader
    )
    traps = (TRAPS[trap],) if trap else ()
    return Conflict(name, kind, "medium", 0.5, "why", "s", "n", text, image, traps)


def said(conflict, value, by="AB", at="2026-01-01"):
    return ("v.jsonl", verdict_record(conflict, Verdict(value, None, by, at)))


def false(conflict, **more):
    return said(conflict, "not_a_conflict", **more)


def true(conflict, **more):
    return said(conflict, "report_error", **more)
