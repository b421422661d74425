"""The page in a real browser: filters, counts, keyboard, verdicts, and that it loads nothing."""

import dataclasses
import json

import pytest
from page_checks import contrasts, expect, opened, shows

from clinnote.model.conflict import Conflict
from clinnote.model.proportion import wilson
from clinnote.model.schema import from_dict, to_dict
from clinnote.reports import write_conflict_report

pytestmark = pytest.mark.browser
MANY = 5000


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


def counts(page, title, number):
    expect(page.locator(".option", has_text=title).locator(".n")).to_have_text(number)


def test_every_conflict_has_its_card_and_the_page_asked_for_nothing_but_itself(page):
    expect(page.locator(".card")).to_have_count(5)
    assert [url.split(":")[0] for url in page.requests] == ["file"]


def test_the_card_marks_the_words_and_draws_the_sides(page):
    card = page.locator('[data-id="c-box"]')
    expect(card.locator("mark.side")).to_have_text(["right"])
    expect(card.locator("mark.finding")).to_have_text(["consolidation"])
    expect(card.locator("svg[role=img]")).to_have_attribute(
        "aria-label", "Schematic of the chest: Report right, Image label left."
    )
    expect(card.locator(".letter")).to_have_text(["R", "L"])
    expect(card).to_contain_text("The image may be stored mirrored.")
    expect(card).to_contain_text("Mentions that give a side: 2 right")
    expect(page.locator('[data-id="c-identity"] svg[role=img]')).to_have_count(0)


def test_a_mirrored_image_is_drawn_mirrored(page):
    expect(page.locator('[data-id="c-denied"] .letter')).to_have_text(["L", "R"])


def test_a_tick_filters_and_the_counts_follow(page):
    page.get_by_label("Critical").check()
    shows(page, "3 of 5 conflicts")
    counts(page, "Opposite side", "1")
    counts(page, "Both sides against one", "0")
    counts(page, "High", "1")
    page.get_by_label("Side contradiction inside the report").check()
    shows(page, "1 of 5 conflicts")
    counts(page, "High", "0")
    page.get_by_role("button", name="Clear filters").click()
    shows(page, "5 conflicts")


def test_the_site_and_the_search_narrow_the_list(page):
    page.locator("#site").select_option("pleura")
    shows(page, "1 of 5 conflicts")
    page.locator("#site").select_option("")
    page.locator("#query").fill("RIGHT boxes.csv")
    shows(page, "1 of 5 conflicts")
    page.locator("#query").fill("no such words")
    shows(page, "None of the 5 conflicts fits these filters")
    expect(page.locator(".card")).to_have_count(0)


def test_keys_walk_through_the_cards_and_decide(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".current")).to_have_attribute("data-id", "c-box")
    page.keyboard.press("2")
    pressed = page.locator('[data-id="c-box"] [aria-pressed="true"]')
    expect(pressed).to_have_attribute("data-verdict", "label_error")
    expect(page.locator("#progress")).to_have_text("1 of 5 decided")
    page.keyboard.press("2")
    expect(page.locator("#progress")).to_have_text("0 of 5 decided")
    page.keyboard.press("k")
    expect(page.locator(".current")).to_have_attribute("data-id", "c-identity")
    page.keyboard.press("/")
    page.keyboard.type("j1")
    expect(page.locator("#query")).to_have_value("j1")


def test_keys_work_right_after_a_tick(page):
    page.get_by_label("Critical").check()
    page.keyboard.press("j")
    expect(page.locator(".current")).to_have_attribute("data-id", "c-identity")


def exported(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Export verdicts").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    return download.value.suggested_filename, [from_dict(Conflict, json.loads(line)) for line in lines]


def reviewed_as(page, name):
    page.locator("#reviewer").fill(name)
    page.locator("#reviewer").press("Enter")


def take(page, tmp_path, *files):
    paths = []
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
        paths.append(tmp_path / name)
    page.locator("#import").set_input_files(paths)
    page.locator("#imported:not(:empty)").wait_for()
    return page.locator("#imported").inner_text()


def test_verdicts_by_keyboard_survive_a_reload_and_are_exported_as_conflict_records(page):
    reviewed_as(page, "AB")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("4")
    page.keyboard.press("r")
    page.locator(".reason:focus").select_option(label="Orientation of the image misread")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.type("seen twice 4")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("1")
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 5 decided")
    expect(page.locator("#reviewer")).to_have_value("AB")
    name, lines = exported(page)
    records = {record.id: record for record in lines}
    assert name == "verdicts-AB.jsonl"
    assert set(records) == {"c-box", "c-inside"}
    assert records["c-inside"].verdict.value == "report_error"
    verdict = records["c-box"].verdict
    assert (verdict.value, verdict.reason, verdict.by) == ("not_a_conflict", "orientation", "AB")
    assert verdict.at.startswith("20")
    assert records["c-box"].study_id == "2.25.1.1"
    assert records["c-box"].could_be_false_because == ("The image may be stored mirrored.",)
    assert records["c-box"].metadata["comment"] == "seen twice 4"
    assert records["c-box"].metadata["features"]["source"] == ["csv"]
    assert records["c-box"].text is None


def test_the_same_verdict_again_takes_it_back_and_undo_goes_step_by_step(page):
    page.keyboard.press("j")
    for key in ("1", "2", "2"):
        page.keyboard.press(key)
    pressed = page.locator('.current [aria-pressed="true"]')
    expect(pressed).to_have_count(0)
    page.keyboard.press("u")
    expect(pressed).to_have_attribute("data-verdict", "label_error")
    page.keyboard.press("u")
    expect(pressed).to_have_attribute("data-verdict", "report_error")
    page.keyboard.press("u")
    expect(pressed).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_have_text("0 of 5 decided")


def test_n_goes_to_the_next_one_that_is_open(page):
    for key in ("j", "1", "j", "1", "k", "n"):
        page.keyboard.press(key)
    expect(page.locator(".current")).to_have_attribute("data-id", "c-inside")


def test_a_question_mark_shows_the_keys_and_keys_wait_while_it_is_open(page):
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("#progress")).to_have_text("0 of 5 decided")


def test_an_export_is_taken_in_again_and_bad_lines_are_named(page, browser, tmp_path):
    page.keyboard.press("j")
    page.keyboard.press("1")
    _, lines = exported(page)
    good = json.dumps(to_dict(lines[0]))
    stranger = good.replace(lines[0].id, "elsewhere")
    wrong = good.replace("report_error", "maybe")
    fresh = opened(browser, tmp_path / "report.html")
    said = take(fresh, tmp_path, ("v.jsonl", f"\ufeff{good}\nno json\n{stranger}\n\n{wrong}\n"))
    assert said == "v.jsonl: 1 taken, 0 known already, 1 of other lists; 2 unreadable (line 2, 5)"
    expect(fresh.locator("#progress")).to_have_text("1 of 5 decided")
    assert "1 known already" in take(fresh, tmp_path, ("again.jsonl", good))
    fresh.context.close()


def line_of(conflict, value, by, at="2026-01-01T00:00:00.000Z"):
    return json.dumps({"id": conflict, "kind": "x", "verdict": {"value": value, "by": by, "at": at}}) + "\n"


def test_two_reviewers_come_together_and_their_disagreement_is_named(page, tmp_path):
    first = line_of("c-box", "label_error", "AB") + line_of("c-inside", "report_error", "AB")
    second = line_of("c-box", "not_a_conflict", "CD") + line_of("c-inside", "both", "CD")
    take(page, tmp_path, ("ab.jsonl", first), ("cd.jsonl", second))
    expect(page.locator("#progress")).to_have_text("2 of 5 decided")
    expect(page.locator("#ppv")).to_contain_text("1 of 1 decided flags are errors; reviewers disagree on 1")
    page.locator("#state").select_option("disputed")
    shows(page, "1 of 5 conflicts")
    for words in ("AB Label error", "CD Not a conflict", "Reviewers disagree"):
        expect(page.locator(".verdicts")).to_contain_text(words)
    _, lines = exported(page)
    assert [(r.id, r.verdict.by) for r in lines] == [
        ("c-box", "AB"), ("c-box", "CD"), ("c-inside", "AB"), ("c-inside", "CD"),
    ]  # fmt: skip


def test_muted_conflicts_are_listed_apart_and_leave_precision_alone(browser, conflicts, summary, tmp_path):
    muted = dataclasses.replace(
        conflicts[0], severity="info", metadata={"suppressed_by": "ward-7", "severity_was": "medium"}
    )
    write_conflict_report([muted, *conflicts[1:]], summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html")
    page.locator("#state").select_option("muted")
    shows(page, "1 of 5 conflicts")
    expect(page.locator(".card")).to_contain_text("Muted by rule ward-7; was medium")
    page.keyboard.press("j")
    page.keyboard.press("4")
    expect(page.locator("#ppv")).to_contain_text("PPV: decide a few")
    page.locator("#state").select_option("open")
    shows(page, "4 of 5 conflicts")
    page.context.close()


def test_a_sentence_that_hides_its_direction_and_a_very_long_one_are_shown_as_they_are(
    browser, conflicts, summary, tmp_path
):
    turned = "Mass \u202ein the right\u202c lung."
    texts = [turned, f"Mass {'x' * 1_000_000} right."]
    made = [
        dataclasses.replace(c, text=dataclasses.replace(c.text, quote=quote, highlights=(), start=0))
        for c, quote in zip(conflicts[:2], texts, strict=True)
    ]
    write_conflict_report(made, summary, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 200_000
    page = opened(browser, tmp_path / "report.html")
    quote = page.locator('[data-id="c-subset"] blockquote').first
    expect(quote).to_have_text("Mass \u27e8U+202E\u27e9in the right\u27e8U+202C\u27e9 lung.")
    assert len(page.locator('[data-id="c-box"] blockquote').first.inner_text()) < 400
    assert page.problems == []
    page.context.close()


def test_a_later_word_of_the_same_reviewer_counts(page, tmp_path):
    older, newer = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"
    take(page, tmp_path, ("new.jsonl", line_of("c-box", "both", "AB", newer)))
    said = take(page, tmp_path, ("old.jsonl", line_of("c-box", "not_a_conflict", "AB", older)))
    assert said == "old.jsonl: 0 taken, 1 known already, 0 of other lists"
    _, (record,) = exported(page)
    assert record.verdict.value == "both"


def test_a_first_name_takes_over_what_was_decided_without_one_and_a_second_is_another_reviewer(page):
    page.keyboard.press("j")
    page.keyboard.press("1")
    reviewed_as(page, "AB")
    reviewed_as(page, "CD")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("4")
    _, lines = exported(page)
    assert [(r.id, r.verdict.by, r.verdict.value) for r in lines] == [
        ("c-identity", "AB", "report_error"), ("c-identity", "CD", "not_a_conflict"),
    ]  # fmt: skip


def test_precision_is_shown_by_kind_with_its_interval(page):
    for key in ("j", "1", "j", "2", "j", "4"):
        page.keyboard.press(key)
    low, high = wilson(2, 3)
    interval = f"({100 * low:.0f}\N{EN DASH}{100 * high:.0f} %)"
    expect(page.locator("#ppv")).to_have_text(f"PPV so far 67 % {interval}: 2 of 3 decided flags are errors")
    page.get_by_text("Flags and precision by").click()
    expect(page.locator("#table tbody tr").last).to_contain_text("All")  # the table is drawn after the click
    rows = page.locator("#table tbody tr").all_inner_texts()
    assert "All\t5\t250.0\t3\t2\t67 % " + interval + "\t0" in rows
    assert "Opposite side\t1\t50.0\t1\t1\t100 % (21\N{EN DASH}100 %)\t0" in rows
    page.locator("#by").select_option("source")
    expect(page.locator("#table tbody th").nth(1)).to_have_text("Label table")


def test_a_page_of_another_run_offers_the_verdicts_on_the_same_conflicts(page, conflicts, summary, tmp_path):
    page.keyboard.press("j")
    page.keyboard.press("1")
    write_conflict_report(conflicts[1:], summary, tmp_path / "next.html")
    page.goto((tmp_path / "next.html").as_uri())
    expect(page.locator("#progress")).to_have_text("0 of 4 decided")
    page.get_by_role("button", name="Take over 1 verdict given on an earlier page").click()
    expect(page.locator("#progress")).to_have_text("1 of 4 decided")
    expect(page.locator("#earlier")).to_be_hidden()


def test_where_the_browser_keeps_nothing_the_page_says_so_and_still_exports(browser, conflicts, summary, tmp_path):
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    context = browser.new_context(accept_downloads=True)
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } })")
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.locator("#warning")).to_contain_text("keeps nothing")
    page.keyboard.press("j")
    page.keyboard.press("3")
    _, (record,) = exported(page)
    assert record.verdict.value == "both"
    context.close()


def test_at_phone_width_nothing_sticks_out(browser, conflicts, summary, tmp_path):
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert (
        page.evaluate(
            "[...document.querySelectorAll('.card *')].filter((n) => n.getBoundingClientRect().right > 360).length"
        )
        == 0
    )
    expect(page.locator("#query")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(page.locator("#query")).to_be_visible()
    page.context.close()


def test_words_of_a_hostile_note_stay_words(browser, conflicts, summary, tmp_path):
    evil = "</script><img src=x onerror=\"document.title='owned'\"><b>"
    text = dataclasses.replace(conflicts[1].text, quote=evil, highlights=())
    hostile = dataclasses.replace(conflicts[1], text=text, explanation=evil, could_be_false_because=(evil,))
    write_conflict_report([hostile], summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html")
    expect(page.locator("blockquote")).to_have_text(evil)
    expect(page.locator("main img, main b:not(.text):not(.image)")).to_have_count(0)
    assert page.title() != "owned"
    assert page.problems == []
    page.context.close()


def test_five_thousand_conflicts_are_drawn_on_demand_and_filtered_whole(browser, many_file):
    page = opened(browser, many_file)
    shows(page, "5,000 conflicts")
    assert page.locator(".card").count() < 200
    counts(page, "Opposite side", "1,000")
    page.get_by_label("Opposite side").check()
    shows(page, "1,000 of 5,000 conflicts")
    counts(page, "Critical", "1,000")
    page.locator("#query").fill("2.25.7.4996")
    shows(page, "1 of 5,000 conflicts")
    expect(page.locator(".card")).to_have_attribute("data-id", "c4996")
    page.get_by_role("button", name="Clear filters").click()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.locator(".card").nth(25).wait_for(state="attached")
    assert page.problems == []
    page.context.close()


def test_n_reaches_an_open_one_far_down_by_leaving_out_what_is_decided(browser, many_file, tmp_path):
    page = opened(browser, many_file)
    ids = page.evaluate("JSON.parse(document.getElementById('data').textContent).cards.map((card) => card.id)")
    said = take(page, tmp_path, ("v.jsonl", "".join(line_of(name, "both", None) for name in ids[:4000])))
    assert "4000 taken" in said
    page.keyboard.press("n")
    expect(page.locator(".current")).to_have_attribute("data-id", ids[4000])
    shows(page, "1,000 of 5,000 conflicts")
    assert page.locator(".card").count() < 200
    assert page.problems == []
    page.context.close()


def test_the_page_prints_every_conflict_that_fits_the_filters(browser, many_file):
    page = opened(browser, many_file)
    page.get_by_label("Opposite side").check()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".card")).to_have_count(1000)
    page.context.close()


def test_on_paper_there_are_dark_words_on_white_and_only_the_verdict_that_was_given(
    browser, conflicts, summary, tmp_path
):
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html", color_scheme="dark")
    page.keyboard.press("j")
    page.keyboard.press("2")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(255, 255, 255)"
    assert contrasts(page) == []
    shown_buttons = page.locator("[data-verdict]:visible")
    expect(shown_buttons).to_have_text(["Label error"], use_inner_text=True)
    expect(page.locator(".panel, .actions").first).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser, conflicts, summary, tmp_path, scheme):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for every piece of text that is shown."""
    write_conflict_report(conflicts, summary, tmp_path / "report.html")
    page = opened(browser, tmp_path / "report.html", color_scheme=scheme)
    assert contrasts(page) == []
    page.context.close()
