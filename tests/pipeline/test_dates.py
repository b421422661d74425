"""Plain dates and the mention each one belongs to."""

import pytest

from clinnote.pipeline.temporality import find_dates, nearest_dates

CASES = [
    ("seen on 3/4/2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on 25/4/2020", "2020-04-25", "2020-04-25", "day"),
    ("seen on 03/04/98", "1998-03-04", "1998-03-04", "day"),
    ("seen on 2020-02-29", "2020-02-29", "2020-02-29", "day"),
    ("seen on March 4th, 2020", "2020-03-04", "2020-03-04", "day"),
    ("seen on 4 March 2020", "2020-03-04", "2020-03-04", "day"),
    ("in February of 2020", "2020-02-01", "2020-02-29", "month"),
    ("in 2019", "2019-01-01", "2019-12-31", "year"),
    ("since 2019", "2019-01-01", "2019-12-31", "year"),
]
NO_DATES = ["", "13/45/2020", "2020-02-30", "2019 ml", "120/80", "T12/L1", "may 5", "0/0/2020"]


@pytest.mark.parametrize(("text", "start", "end", "granularity"), CASES)
def test_a_date_in_iso_form(text, start, end, granularity):
    (date,) = find_dates(text)
    assert (date.when.start, date.when.end, date.when.granularity) == (start, end, granularity)
    assert text[date.start : date.end] == date.when.text


@pytest.mark.parametrize("text", NO_DATES)
def test_no_date(text):
    assert find_dates(text) == ()


def test_a_date_belongs_to_the_mention_before_it():
    text = "Fracture in 2019, infarction of the heart"
    assert [place for place, _ in nearest_dates(find_dates(text), [(0, 8), (18, 28)])] == [0]


def test_a_date_may_belong_to_the_mention_behind_it():
    text = "In 2019 a fracture"
    assert [place for place, _ in nearest_dates(find_dates(f"Seen. {text}".replace("In", "in")), [(16, 24)])] == [0]


def test_a_date_far_from_every_mention_belongs_to_none():
    text = "Fracture " + "and so on " * 10 + "in 2019"
    assert nearest_dates(find_dates(text), [(0, 8)]) == []
