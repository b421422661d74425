"""The page in a real browser: filters, counts, keyboard, verdicts, and that it loads nothing."""

import dataclasses
import json
import os
import shutil

import pytest

from clinnote.model.conflict import Conflict
from clinnote.model.schema import from_dict
from clinnote.reports import write_conflict_report

pytestmark = pytest.mark.browser
MANY = 2000


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


def opened(browser, path):
    """The page from disk; ``requests`` and ``problems`` collect what it asked for and what went wrong."""
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.requests, page.problems = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(path.as_uri())
    return page


@pytest.fixture
def page(browser, conflicts, summary, tmp_path):
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html")
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture(scope="module")
def many_file(conflicts, summary, tmp_path_factory):
    many = [
        dataclasses.replace(conflicts[i % 5], id=f"c{i}", study_id=f"2.25.7.{i}", confidence=0.5) for i in range(MANY)
    ]
    out = tmp_path_factory.mktemp("many") / "report.html"
    write_conflict_report(many, summary, out)
    return out


def shown(page):
    return page.locator("#shown").inner_text()


def count_of(page, title):
    return page.locator(".option", has_text=title).locator(".n").inner_text()


def test_every_conflict_has_its_card_and_the_page_asked_for_nothing_but_itself(page):
    assert page.locator(".card").count() == 5
    assert [url.split(":")[0] for url in page.requests] == ["file"]


def test_the_card_marks_the_words_and_draws_the_sides(page):
    card = page.locator('[data-id="c-box"]')
    assert card.locator("mark.side").all_inner_texts() == ["right"]
    assert card.locator("mark.finding").all_inner_texts() == ["consolidation"]
    assert card.locator("svg[role=img]").get_attribute("aria-label") == (
        "Schematic of the chest: Text right, Image label left."
    )
    assert card.locator(".letter").all_text_contents() == ["R", "L"]
    assert "The image may be stored mirrored." in card.inner_text()
    assert "that give a side: 2 right" in card.inner_text()
    assert page.locator('[data-id="c-identity"] svg[role=img]').count() == 0


def test_a_mirrored_image_is_drawn_mirrored(page):
    assert page.locator('[data-id="c-denied"] .letter').all_text_contents() == ["L", "R"]


def test_a_tick_filters_and_the_counts_follow(page):
    page.get_by_label("Critical").check()
    assert shown(page) == "3 of 5 conflicts"
    assert (count_of(page, "Opposite side"), count_of(page, "Both sides against one")) == ("1", "0")
    assert count_of(page, "High") == "1"
    page.get_by_label("Side contradiction inside the report").check()
    assert shown(page) == "1 of 5 conflicts"
    assert count_of(page, "High") == "0"
    page.get_by_role("button", name="Clear filters").click()
    assert shown(page) == "5 conflicts"


def test_the_site_and_the_search_narrow_the_list(page):
    page.locator("#site").select_option("pleura")
    assert shown(page) == "1 of 5 conflicts"
    page.locator("#site").select_option("")
    page.locator("#query").fill("RIGHT boxes.csv")
    assert shown(page) == "1 of 5 conflicts"
    page.locator("#query").fill("no such words")
    assert shown(page) == "None of the 5 conflicts fits these filters"
    assert page.locator(".card").count() == 0


def test_keys_walk_through_the_cards_and_decide(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".current").get_attribute("data-id") == "c-box"
    page.keyboard.press("2")
    pressed = page.locator('[data-id="c-box"] [aria-pressed="true"]')
    assert pressed.get_attribute("data-verdict") == "label_error"
    assert page.locator("#progress").inner_text() == "1 of 5 decided"
    page.keyboard.press("2")
    assert page.locator("#progress").inner_text() == "0 of 5 decided"
    page.keyboard.press("k")
    assert page.locator(".current").get_attribute("data-id") == "c-identity"
    page.keyboard.press("/")
    page.keyboard.type("j1")
    assert page.locator("#query").input_value() == "j1"


def test_keys_work_right_after_a_tick(page):
    page.get_by_label("Critical").check()
    page.keyboard.press("j")
    assert page.locator(".current").get_attribute("data-id") == "c-identity"


def test_verdicts_are_exported_as_conflict_records_and_survive_a_reload(page):
    page.locator("#reviewer").fill("AB")
    page.locator('[data-id="c-box"] [data-verdict="not_a_conflict"]').click()
    page.locator('[data-id="c-box"] select.reason').select_option("Orientation or flip of the image")
    page.locator('[data-id="c-inside"] [data-verdict="report_error"]').click()
    page.reload()
    assert page.locator("#progress").inner_text() == "2 of 5 decided"
    with page.expect_download() as download:
        page.get_by_role("button", name="Export verdicts").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    records = {record.id: record for record in (from_dict(Conflict, json.loads(line)) for line in lines)}
    assert download.value.suggested_filename == "verdicts.jsonl"
    assert set(records) == {"c-box", "c-inside"}
    assert records["c-inside"].verdict.value == "report_error"
    verdict = records["c-box"].verdict
    assert (verdict.value, verdict.reason, verdict.by) == ("not_a_conflict", "Orientation or flip of the image", "AB")


def test_words_of_a_hostile_note_stay_words(browser, conflicts, summary, tmp_path):
    evil = "</script><img src=x onerror=\"document.title='owned'\"><b>"
    text = dataclasses.replace(conflicts[1].text, quote=evil, highlights=())
    hostile = dataclasses.replace(conflicts[1], text=text, explanation=evil, could_be_false_because=(evil,))
    write_conflict_report([hostile], summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html")
    assert page.locator("blockquote").inner_text() == evil
    assert page.locator("main img, main b:not(.text):not(.image)").count() == 0
    assert page.title() != "owned"
    assert page.problems == []
    page.context.close()


def test_two_thousand_conflicts_are_drawn_on_demand_and_filtered_whole(browser, many_file):
    page = opened(browser, many_file)
    assert shown(page) == "2,000 conflicts"
    assert page.locator(".card").count() < 200
    assert count_of(page, "Opposite side") == "400"
    page.get_by_label("Opposite side").check()
    assert shown(page) == "400 of 2,000 conflicts"
    assert count_of(page, "Critical") == "400"
    page.locator("#query").fill("2.25.7.1996")
    assert shown(page) == "1 of 2,000 conflicts"
    assert page.locator(".card").get_attribute("data-id") == "c1996"
    page.get_by_role("button", name="Clear filters").click()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("document.querySelectorAll('.card').length > 25")
    assert page.problems == []
    page.context.close()


def test_the_page_prints_every_conflict_that_fits_the_filters(browser, many_file):
    page = opened(browser, many_file)
    page.get_by_label("Opposite side").check()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".card").count() == 400
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser, conflicts, summary, tmp_path, scheme):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for every piece of text that is shown."""
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    page = browser.new_context(color_scheme=scheme).new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate(CONTRAST) == []
    page.context.close()


CONTRAST = """() => {
  const parts = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => {
    const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = parts(c).slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = getComputedStyle(n).backgroundColor;
      const p = parts(c);
      if (p.length === 3 || p[3] > 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const bad = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || node.closest("svg, script, noscript, option, .skip") || !node.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${node.tagName}.${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(bad)];
}"""
