"""The page of errors as it is written: context, marks, rules, and that hostile words stay words."""

import dataclasses
import json
import re

import pytest

from clinnote.model.codes import SNOMED, Code
from clinnote.model.mention import Evidence, Mention
from clinnote.model.mention_error import MentionError
from clinnote.reports.error_report import ErrorSummary, ScoreTable, render_error_report, write_error_report

TEXT = "She denies any fever. " + "Nothing of note here. " * 20 + "Old stroke, left arm weak."
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'&lt;\u2028 \ud83d"


def mention(words, label="finding", text=TEXT, **more):
    start = text.index(words)
    return Mention(f"m-{start}-{label}", start, start + len(words), words, label, **more)


def card_of(error, text=TEXT):
    page = render_error_report([error], {"n1": text} if text is not None else {}, ErrorSummary(1, 1, 1))
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(found[1])["cards"][0]


def words(card, role):
    return [text for text, mark in card["context"] if mark == role]


def test_a_wrong_attribute_shows_its_cue_and_its_rule_alone():
    cues = (Evidence("neg.deny", 4, 10, "polarity=negated"), Evidence("sev.x", 0, 3, "severity=mild"))
    predicted = mention("fever", polarity="negated", evidence=cues, section="history", codes=(Code(SNOMED, "1"),))
    card = card_of(MentionError("polarity", "n1", mention("fever"), predicted, "affirmed", "negated"))
    assert words(card, "both") == ["fever"]
    assert words(card, "cue") == ["denies"]
    assert card["rules"] == ["neg.deny"]
    assert card["change"] == "affirmed → negated"
    assert (card["gold"], card["predicted"]) == ("finding", "finding · negated · snomed 1")
    assert card["section"] == "history"


def test_a_missed_cue_shows_no_rule_of_another_attribute():
    predicted = mention("fever", evidence=(Evidence("sev.x", 0, 3, "severity=mild"),))
    card = card_of(
        MentionError("polarity", "n1", mention("fever", polarity="negated"), predicted, "negated", "affirmed")
    )
    assert card["rules"] == []


def test_other_spans_are_marked_by_who_marked_them():
    card = card_of(MentionError("span", "n1", mention("left arm"), mention("arm weak")))
    assert (words(card, "gold"), words(card, "both"), words(card, "predicted")) == (["left "], ["arm"], [" weak"])
    assert card["change"] == ""


def test_missed_and_spurious_have_one_side():
    missed = card_of(MentionError("missed", "n1", mention("Old stroke"), None))
    assert (missed["predicted"], words(missed, "gold")) == ("", ["Old stroke"])
    spurious = card_of(MentionError("spurious", "n1", None, mention("Old stroke", "disorder")))
    assert (spurious["gold"], spurious["label"], words(spurious, "predicted")) == ("", "disorder", ["Old stroke"])


def test_the_context_is_cut_between_words_and_says_so():
    card = card_of(MentionError("missed", "n1", mention("Old stroke"), None))
    whole = "".join(text for text, _ in card["context"])
    assert whole.startswith("… ")
    assert whole.endswith("left arm weak.")
    assert whole[2:] in TEXT
    assert not TEXT[TEXT.index(whole[2:]) - 1].isalnum()
    assert len(whole) < 200


def test_the_context_of_the_first_words_starts_with_the_text():
    card = card_of(MentionError("missed", "n1", mention("fever"), None))
    assert card["context"][0] == ["She denies any ", ""]
    assert card["context"][-1] == [" …", ""]


def test_stretches_apart_are_marked_apart():
    parted = dataclasses.replace(mention("Old stroke, left"), metadata={"fragments": [[462, 465], [474, 478]]})
    text = TEXT[parted.start :]
    fragments = [[0, 3], [12, 16]]
    moved = dataclasses.replace(parted, start=0, end=16, metadata={"fragments": fragments})
    assert words(card_of(MentionError("missed", "n1", moved, None), text), "gold") == ["Old", "left"]


def test_a_note_without_text_shows_the_words_of_its_mentions():
    card = card_of(MentionError("label", "n1", mention("fever"), mention("fever", "lab"), "finding", "lab"), None)
    assert card["context"] == [["fever", "gold"], ["fever", "predicted"]]


def test_words_of_a_hostile_note_stay_words(tmp_path):
    gold = mention(HOSTILE, text=HOSTILE)
    error = MentionError("missed", HOSTILE, gold, None, HOSTILE)
    table = ScoreTable(HOSTILE, ("a",), ((HOSTILE,),))
    summary = ErrorSummary(1, 1, 0, tables=(table,), run={"x": HOSTILE})
    write_error_report([error], {HOSTILE: HOSTILE}, summary, tmp_path / "e.html")
    page = (tmp_path / "e.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "<img" not in page
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


def test_a_set_without_errors_has_a_calm_page():
    page = render_error_report([], {}, ErrorSummary(3, 12, 12))
    assert "No errors" in page
    assert "All 12 gold mentions of 3 notes" in page
    assert "<script" not in page


def test_more_errors_than_a_page_holds_are_counted_and_said(monkeypatch):
    monkeypatch.setattr("clinnote.reports.error_report.LIMIT", 2)
    error = MentionError("missed", "n1", mention("fever"), None)
    page = render_error_report([error] * 5, {"n1": TEXT}, ErrorSummary(1, 5, 0))
    assert "The first 2 of 5 errors stand on this page" in page
    assert page.count('"kind":"missed"') == 2
    assert "The first" not in render_error_report([error] * 2, {"n1": TEXT}, ErrorSummary(1, 2, 0))


@pytest.mark.parametrize("place", [0, 5])
def test_the_same_errors_give_the_same_page(place):
    error = MentionError("missed", "n1", mention("fever"), None)
    errors = [error] * (place + 1)
    summary = ErrorSummary(1, 1, 0)
    assert render_error_report(errors, {"n1": TEXT}, summary) == render_error_report(errors, {"n1": TEXT}, summary)
