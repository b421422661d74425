"""The page of errors in a real browser: filters, counts, sorting, keyboard, and that it loads nothing."""

import pytest
from page_checks import contrasts, expect, opened, shows

from clinnote.model.mention import Evidence, Mention
from clinnote.model.mention_error import MentionError
from clinnote.reports.error_report import ErrorSummary, ScoreTable, write_error_report

pytestmark = pytest.mark.browser
TEXT = "She denies any fever. Mother had a stroke. No rash, cough is worse."


def mention(words, label="finding", **more):
    start = TEXT.index(words)
    return Mention(f"m{start}{label}", start, start + len(words), words, label, **more)


ERRORS = [
    MentionError("missed", "n1", mention("rash"), None),
    MentionError(
        "polarity",
        "n1",
        mention("fever", polarity="negated"),
        mention("fever", evidence=(Evidence("rule.a", 4, 10, "polarity=affirmed"),)),
        "negated",
        "affirmed",
    ),
    MentionError(
        "experiencer",
        "n2",
        mention("stroke", "disorder", experiencer="family"),
        mention("stroke", "disorder"),
        "family",
        "patient",
    ),
    MentionError("spurious", "n2", None, mention("worse", "lab")),
    MentionError("missed", "n3", mention("cough"), None),
]


def written(out, errors=ERRORS):
    table = ScoreTable("Mentions", ("label", "F1"), (("all", "0.500 [0.100, 0.900]"),))
    texts = dict.fromkeys((error.note_id for error in errors), TEXT)
    write_error_report(errors, texts, ErrorSummary(3, 4, 3, 1, 0, (table,), {"clinnote": "0"}), out)
    return out


@pytest.fixture
def page(browser, tmp_path):
    page = opened(browser, written(tmp_path / "errors.html"))
    yield page
    assert page.problems == []
    page.context.close()


def test_every_error_has_its_card_and_the_page_asked_for_nothing_but_itself(page):
    shows(page, "5 errors")
    expect(page.locator(".card")).to_have_count(5)
    assert [url.split(":")[0] for url in page.requests] == ["file"]


def test_the_words_are_marked_in_their_context(page):
    card = page.locator(".card").nth(1)
    expect(card.locator("mark.both")).to_have_text(["fever"])
    expect(card.locator("mark.cue")).to_have_text(["denies"])
    expect(card).to_contain_text("negated → affirmed")
    expect(card).to_contain_text("rule.a")


def test_a_tick_filters_and_the_counts_follow(page):
    page.get_by_label("Missed").check()
    shows(page, "2 of 5 errors")
    for place, words in enumerate(("All labels (2)", "finding (2)")):
        expect(page.locator("#label option").nth(place)).to_have_text(words)
    page.locator("#query").fill("cough")
    shows(page, "2 of 5 errors")  # the context of both holds the word
    page.locator("#query").fill("n3")
    shows(page, "1 of 5 errors")
    page.get_by_role("button", name="Clear filters").click()
    shows(page, "5 errors")


def test_label_change_and_rule_narrow_the_list(page):
    page.locator("#label").select_option("disorder")
    shows(page, "1 of 5 errors")
    page.locator("#label").select_option("")
    page.locator("#change").select_option("negated → affirmed")
    shows(page, "1 of 5 errors")
    page.locator("#change").select_option("")
    page.locator("#rule").select_option("rule.a")
    shows(page, "1 of 5 errors")
    page.locator("#query").fill("no such words")
    shows(page, "None of the 5 errors fits these filters")


def test_sorting_by_kind_puts_what_was_missed_first(page):
    expect(page.locator(".card .end")).to_have_text(["note n1", "note n1", "note n2", "note n2", "note n3"])
    page.locator("#sort").select_option("kind")
    expect(page.locator(".card .severity")).to_have_text(
        [
            "Missed",
            "Missed",
            "Not in the gold set",
            "Experiencer",
            "Polarity",
        ]
    )
    page.locator("#sort").select_option("words")
    expect(page.locator(".card mark:not(.cue)")).to_have_text(["cough", "fever", "rash", "stroke", "worse"])


def test_keys_walk_sort_and_search(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".current .severity")).to_have_text("Polarity")
    page.keyboard.press("k")
    expect(page.locator(".current .severity")).to_have_text("Missed")
    page.keyboard.press("s")
    expect(page.locator("#sort")).to_have_value("kind")
    page.keyboard.press("/")
    page.keyboard.type("jks")
    expect(page.locator("#query")).to_have_value("jks")


def test_words_of_a_hostile_note_stay_words(browser, tmp_path):
    evil = "</script><img src=x onerror=\"document.title='owned'\"><b>"
    gold = Mention("m", 0, len(evil), evil, "finding")
    write_error_report(
        [MentionError("missed", "n", gold, None)], {"n": evil}, ErrorSummary(1, 1, 0), tmp_path / "e.html"
    )
    page = opened(browser, tmp_path / "e.html")
    expect(page.locator("blockquote")).to_have_text(evil)
    expect(page.locator("main img, main b")).to_have_count(0)
    assert page.title() != "owned"
    assert page.problems == []
    page.context.close()


def test_thousands_of_errors_are_drawn_on_demand_and_filtered_whole(browser, tmp_path):
    page = opened(browser, written(tmp_path / "e.html", ERRORS * 800))
    shows(page, "4,000 errors")
    assert page.locator(".card").count() < 200
    page.get_by_label("Polarity").check()
    shows(page, "800 of 4,000 errors")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".card")).to_have_count(800)
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 600])
def test_words_stand_out_from_their_ground(browser, tmp_path, scheme, width):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for every piece of text that is shown; and nothing is wider than the page."""
    size = {"width": width, "height": 900}
    page = opened(browser, written(tmp_path / "e.html"), color_scheme=scheme, viewport=size)
    page.locator("details summary").click()
    assert contrasts(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
