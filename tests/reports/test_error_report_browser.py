"""The page of errors in a real browser: filters, counts, sorting, keyboard, and that it loads nothing."""

import os
import shutil

import pytest

from clinnote.model.mention import Evidence, Mention
from clinnote.model.mention_error import MentionError
from clinnote.reports.error_report import ErrorSummary, ScoreTable, write_error_report

pytestmark = pytest.mark.browser
TEXT = "She denies any fever. Mother had a stroke. No rash, cough is worse."


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium, chromium-browser or google-chrome on PATH")
    api = pytest.importorskip("playwright.sync_api")
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=quiet)
        yield running
        running.close()


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


def opened(browser, path, **context):
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(20_000)
    page.requests, page.problems = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(path.as_uri())
    return page


@pytest.fixture
def page(browser, tmp_path):
    page = opened(browser, written(tmp_path / "errors.html"))
    yield page
    assert page.problems == []
    page.context.close()


def shown(page):
    return page.locator("#shown").inner_text()


def notes(page):
    return page.locator(".card .end").all_text_contents()


def test_every_error_has_its_card_and_the_page_asked_for_nothing_but_itself(page):
    assert shown(page) == "5 errors"
    assert page.locator(".card").count() == 5
    assert [url.split(":")[0] for url in page.requests] == ["file"]


def test_the_words_are_marked_in_their_context(page):
    card = page.locator(".card").nth(1)
    assert card.locator("mark.both").all_inner_texts() == ["fever"]
    assert card.locator("mark.cue").all_inner_texts() == ["denies"]
    assert "negated → affirmed" in card.inner_text()
    assert "rule.a" in card.inner_text()


def test_a_tick_filters_and_the_counts_follow(page):
    page.get_by_label("Missed").check()
    assert shown(page) == "2 of 5 errors"
    assert page.locator("#label option").all_inner_texts()[:2] == ["All labels (2)", "finding (2)"]
    page.locator("#query").fill("cough")
    assert shown(page) == "2 of 5 errors"  # the context of both holds the word
    page.locator("#query").fill("n3")
    assert shown(page) == "1 of 5 errors"
    page.get_by_role("button", name="Clear filters").click()
    assert shown(page) == "5 errors"


def test_label_change_and_rule_narrow_the_list(page):
    page.locator("#label").select_option("disorder")
    assert shown(page) == "1 of 5 errors"
    page.locator("#label").select_option("")
    page.locator("#change").select_option("negated → affirmed")
    assert shown(page) == "1 of 5 errors"
    page.locator("#change").select_option("")
    page.locator("#rule").select_option("rule.a")
    assert shown(page) == "1 of 5 errors"
    page.locator("#query").fill("no such words")
    assert shown(page) == "None of the 5 errors fits these filters"


def test_sorting_by_kind_puts_what_was_missed_first(page):
    assert notes(page) == ["note n1", "note n1", "note n2", "note n2", "note n3"]
    page.locator("#sort").select_option("kind")
    assert page.locator(".card .severity").all_text_contents() == [
        "Missed",
        "Missed",
        "Not in the gold set",
        "Experiencer",
        "Polarity",
    ]
    page.locator("#sort").select_option("words")
    assert page.locator(".card mark:not(.cue)").all_text_contents() == ["cough", "fever", "rash", "stroke", "worse"]


def test_keys_walk_sort_and_search(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".current .severity").inner_text() == "Polarity"
    page.keyboard.press("k")
    assert page.locator(".current .severity").inner_text() == "Missed"
    page.keyboard.press("s")
    assert page.locator("#sort").input_value() == "kind"
    page.keyboard.press("/")
    page.keyboard.type("jks")
    assert page.locator("#query").input_value() == "jks"


def test_words_of_a_hostile_note_stay_words(browser, tmp_path):
    evil = "</script><img src=x onerror=\"document.title='owned'\"><b>"
    gold = Mention("m", 0, len(evil), evil, "finding")
    write_error_report(
        [MentionError("missed", "n", gold, None)], {"n": evil}, ErrorSummary(1, 1, 0), tmp_path / "e.html"
    )
    page = opened(browser, tmp_path / "e.html")
    assert page.locator("blockquote").inner_text() == evil
    assert page.locator("main img, main b").count() == 0
    assert page.title() != "owned"
    assert page.problems == []
    page.context.close()


def test_thousands_of_errors_are_drawn_on_demand_and_filtered_whole(browser, tmp_path):
    page = opened(browser, written(tmp_path / "e.html", ERRORS * 800))
    assert shown(page) == "4,000 errors"
    assert page.locator(".card").count() < 200
    page.get_by_label("Polarity").check()
    assert shown(page) == "800 of 4,000 errors"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".card").count() == 800
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 600])
def test_words_stand_out_from_their_ground(browser, tmp_path, scheme, width):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for every piece of text that is shown; and nothing is wider than the page."""
    from test_conflict_report_browser import CONTRAST

    size = {"width": width, "height": 900}
    page = opened(browser, written(tmp_path / "e.html"), color_scheme=scheme, viewport=size)
    page.locator("details summary").click()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
