"""Time expressions in ISO form, and the mention each one dates. The note is of Tuesday 2020-03-10."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.model.note import Note
from clinnote.ontology.times import TIME_COLUMNS, WORD_COLUMNS, load_times
from clinnote.ontology.words import split_words
from clinnote.pipeline.context.temporality import nearest_dates
from clinnote.pipeline.tagger import load_tagger
from clinnote.pipeline.times import values
from clinnote.pipeline.times.stage import find_dates, note_day
from clinnote.settings import Home, find_home

TABLE = load_times(find_home().ontologies)
NOTE = "2020-03-10"
CASES = [
    ("seen on 3/4/2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on 25/4/2020", "2020-04-25", "2020-04-25", "day"),
    ("seen on 03/04/98", "1998-03-04", "1998-03-04", "day"),
    ("seen on 2020-02-29", "2020-02-29", "2020-02-29", "day"),
    ("seen on March 4th, 2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on 4 March 2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on the 4th of March, 2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on 03-04-2020", "2020-03-04", "2020-03-04", "day"),
    ("in February of 2020", "2020-02-01", "2020-02-29", "month"),
    ("in 03/2015", "2015-03-01", "2015-03-31", "month"),
    ("in 2015-03", "2015-03-01", "2015-03-31", "month"),
    ("in 2019", "2019-01-01", "2019-12-31", "year"),
    ("since 2019", "2019-01-01", None, "year"),
    ("in the 1980s", "1980-01-01", "1989-12-31", "decade"),
]
NO_DATES = ["", "\n", "13/45/2020", "2020-02-30", "2019 ml", "120/80", "T12/L1", "may 5", "0/0/2020", "5/5 strength"]
NO_DATES += ["in OCT", "a 3D image", "25/3/1", "9999 days are a lot of"[:4], "may 2015 ml"[:3], "He may come."]
OF_A_NOTE = [
    ("3 days ago", "2020-03-07", "2020-03-07", "day"),
    ("3 days prior", "2020-03-07", "2020-03-07", "day"),
    ("2-3 days ago", "2020-03-07", "2020-03-08", "day"),
    ("two and a half years ago", "2017-09-01", "2017-09-30", "month"),
    ("a couple of weeks ago", "2020-02-24", "2020-03-01", "week"),
    ("several weeks ago", None, None, "week"),
    ("about 2 months ago", "2020-01-01", "2020-01-31", "month"),
    ("2 hours ago", None, None, "hour"),
    ("twenty five years ago", "1995-01-01", "1995-12-31", "year"),
    ("5d ago", "2020-03-05", "2020-03-05", "day"),
    ("over the past year", "2019-03-10", "2020-03-10", "year"),
    ("for the past two weeks", "2020-02-25", "2020-03-10", "week"),
    ("x 3 days", "2020-03-07", "2020-03-10", "day"),
    ("x3 days", "2020-03-07", "2020-03-10", "day"),
    ("since March", "2020-03-01", "2020-03-10", "month"),
    ("since April", "2019-04-01", "2020-03-10", "month"),
    ("since 2015", "2015-01-01", "2020-03-10", "year"),
    ("yesterday", "2020-03-09", "2020-03-09", "day"),
    ("last night", "2020-03-09", "2020-03-09", "day"),
    ("last spring", "2019-03-01", "2019-05-31", "season"),
    ("last Monday", "2020-03-09", "2020-03-09", "day"),
    ("last Tuesday", "2020-03-03", "2020-03-03", "day"),
    ("last year", "2019-01-01", "2019-12-31", "year"),
    ("next week", "2020-03-16", "2020-03-22", "week"),
    ("return in six months", "2020-09-01", "2020-09-30", "month"),
    ("on January 5th", "2020-01-05", "2020-01-05", "day"),
    ("on December 5", "2019-12-05", "2019-12-05", "day"),
    ("for ten days", None, None, "day"),
    ("on hospital day 3", None, None, "day"),
    ("on POD 2", None, None, "day"),
    ("POD #2 s/p repair", "2020-03-08", "2020-03-08", "day"),
    ("the night of admission", None, None, "day"),
    ("Admission date: 3/1/2020. Fever the night of admission", "2020-03-01", "2020-03-01", "day"),
    ("Admission date: 3/1/2020. Fever 3 days prior to admission", "2020-02-27", "2020-02-27", "day"),
    ("9000 years ago", None, None, "year"),
    ("he rested a few weeks", None, None, "week"),
]
AGES = ["A 45-year-old man", "at age 45", "at the age of thirteen", "in her 60s", "16 years of age", "aged 5"]


def dates(text, note=None):
    return find_dates(text, split_words(text), TABLE, note)


def tied(text, spans, note=None):
    return [(place, dated.when.text) for place, dated in nearest_dates(dates(text, note), spans)]


@pytest.mark.parametrize(("text", "start", "end", "granularity"), CASES)
def test_a_date_in_iso_form(text, start, end, granularity):
    (dated,) = dates(text)
    assert (dated.when.start, dated.when.end, dated.when.granularity) == (start, end, granularity)
    assert text[dated.start : dated.end] == dated.when.text


@pytest.mark.parametrize("text", NO_DATES)
def test_no_date(text):
    assert [dated for dated in dates(text, NOTE) if dated.kind == "date"] == []


@pytest.mark.parametrize(("text", "start", "end", "granularity"), OF_A_NOTE)
def test_seen_from_the_day_of_the_note(text, start, end, granularity):
    dated = dates(text, NOTE)[-1]
    assert (dated.when.start, dated.when.end, dated.when.granularity) == (start, end, granularity)


@pytest.mark.parametrize(("text", "start", "end", "granularity"), OF_A_NOTE)
def test_without_the_note_s_day_words_and_granularity_stay(text, start, end, granularity):
    (here, there) = dates(text, NOTE)[-1], dates(text)[-1]
    assert here.when.text == there.when.text
    assert there.when.start is None or re.search(r"\d{4}", text)


@pytest.mark.parametrize("text", AGES)
def test_an_age_dates_no_mention(text):
    (dated,) = dates(text, NOTE)
    assert (dated.kind, dated.tied) == ("age", False)


@pytest.mark.parametrize("text", ["20 mg twice a day", "every 6 hours", "40 mg a day", "3 times per week"])
def test_a_rate_dates_no_mention(text):
    assert [dated for dated in dates(text, NOTE) if dated.tied] == []


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row["id"])
def test_the_examples_of_a_row(row):
    example, wanted = row["positive"].split(" => ")
    words = re.search(r"\[\[(.+?)\]\]", example)[1]
    text = example.replace("[[", "").replace("]]", "")
    (found,) = [dated.when for dated in dates(text, NOTE) if dated.rule == f"time.{row['id']}"]
    assert found.text == words
    assert "/".join(part or "" for part in (found.start, found.end, found.granularity)) == wanted
    assert [dated for dated in dates(row["negative"], NOTE) if dated.rule == f"time.{row['id']}"] == []


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2020-03-10", date(2020, 3, 10)),
        ("2020-03-10T12:30:00Z", date(2020, 3, 10)),
        ("2020-03", None),
        ("2020", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_day_of_a_note(given, day):
    assert note_day(given) == day


def test_a_date_belongs_to_the_mention_before_it():
    assert tied("Fracture in 2019, infarction of the heart", [(0, 8), (18, 28)]) == [(0, "2019")]


def test_a_date_may_belong_to_the_mention_behind_it():
    assert tied("Seen. in 2019 a fracture", [(16, 24)]) == [(0, "2019")]


def test_a_date_far_from_every_mention_belongs_to_none():
    assert tied("Fracture " + "and so on " * 10 + "in 2019", [(0, 8)]) == []


def test_the_date_of_a_comparison_dates_no_finding():
    assert tied("Nodule unchanged compared with 3/4/2019, no effusion", [(0, 6), (44, 52)]) == []
    assert tied("CT of 3/4/2019 showed a nodule", [(0, 2), (24, 30)]) == [(0, "3/4/2019")]


CONTEXT = [
    ("Cholecystectomy in 2015.", "historical", "2015-01-01"),
    ("Chest CT on 3/12/2020.", "future", "2020-03-12"),
    ("Pneumonia in January.", "current", "2020-01-01"),
    ("Chest CT this morning.", "current", "2020-03-10"),
]


@pytest.fixture(scope="module")
def tagger(root):
    return load_tagger("general", None, Home(root))


@pytest.mark.parametrize(("text", "temporality", "start"), CONTEXT)
def test_the_temporality_of_what_is_dated(text, temporality, start, tagger):
    mention = next(m for m in tagger(Note("n", text, date=NOTE)).mentions if m.when is not None)
    assert (mention.temporality, mention.when.start) == (temporality, start)
    assert any(e.rule.startswith("time.") and e.gives == f"when={start}" for e in mention.evidence)


def test_without_a_note_date_nothing_is_said_of_the_future(tagger):
    (mention,) = [m for m in tagger("Chest CT on 3/12/2020.").mentions if m.when is not None]
    assert (mention.temporality, mention.when.start) == ("current", "2020-03-12")


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(day=DAYS, number=st.integers(0, 500), unit=st.sampled_from(["day", "week", "month", "year"]))
def test_a_point_lies_in_its_unit_and_a_span_reaches_the_anchor(day, number, unit):
    quantity = values.Quantity(float(number), float(number), unit)
    there = values.moved(day, -number, unit)
    around = values.point(quantity, day, -1)
    assert around.start <= there <= around.end
    assert values.span(quantity, day, -1)[:2] == (there, day)


@given(day=DAYS, weekday=st.integers(0, 6))
def test_a_weekday_is_within_a_week(day, weekday):
    before, after = values.weekday_before(weekday, day).start, values.weekday_after(weekday, day).start
    assert before.weekday() == after.weekday() == weekday
    assert 1 <= (day - before).days <= 7
    assert 1 <= (after - day).days <= 7


PIECES = (
    "3|2015|days|ago|x|/|-|.|March |last |spring|in |since |a few |weeks|POD 2|age |admission|\u0663|\u00b2|\ud800|\n| "
)


@given(text=st.lists(st.sampled_from(PIECES.split("|")), max_size=20).map("".join) | st.text(max_size=60))
def test_expressions_quote_the_text_in_order(text):
    end = 0
    for dated in dates(text, NOTE):
        assert end <= dated.start < dated.end <= len(text)
        assert text[dated.start : dated.end] == dated.when.text
        assert dated.when.start is None or dated.when.end is None or dated.when.start <= dated.when.end
        end = dated.end


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a\tdate\tdate\t\tthe other\tx\ty\tz", "is a trigger"),
        ("a\tdate\tdate\t\t{day}\tx\ty\tz", "unknown slot"),
        ("a\tdate\tdate\t\t(a|b\tx\ty\tz", "bracket"),
        ("a\tholiday\tdate\t\t{date}\tx\ty\tz", "kind or anchor"),
        ("a\tdate\tdate\tbirth\t{date}\tx\ty\tz", "kind or anchor"),
        ("a\tdate\tdate\t\t{date}\tx\ty\tz\na\tdate\tdate\t\t{year}\tx\ty\tz", "stands twice"),
    ],
)
def test_a_broken_row_is_named(row, complaint, tmp_path):
    folder = tmp_path / "time"
    folder.mkdir()
    words = "\n".join(
        f"{word}\t{kind}\t1\tx"
        for word, kind in zip(
            ["one", "first", "day", "may", "monday", "spring", "ct", "today"],
            ["number", "ordinal", "unit", "month", "weekday", "season", "examination", "trigger"],
            strict=True,
        )
    )
    (folder / "words.tsv").write_text("\t".join(WORD_COLUMNS) + f"\n{words}\n", encoding="utf-8")
    (folder / "expressions.tsv").write_text("\t".join(TIME_COLUMNS) + f"\n{row}\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=rf"expressions\.tsv:[23]: .*{complaint}"):
        load_times(tmp_path)
