import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from clinnote.reports import write_conflict_report
from clinnote.reports.schematic import outlines

OFFERED = ("chest", "abdomen", "head", "knee", "breast", "limbs", "body")
VOID = {"meta", "input", "link", "br", "img", "hr"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'&lt;\u2028\u2029 \ud83d"


class Outline(HTMLParser):
    """Elements, their attributes and the text inside them; refuses elements that are not closed in order."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.stack, self.text = [], [], {}
        self.feed(page)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        for tag in {*self.stack[-1:], *({"noscript"} & set(self.stack))}:
            self.text.setdefault(tag, []).append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def written(conflicts, summary, tmp_path):
    out = tmp_path / "report.html"
    write_conflict_report(conflicts, summary, out)
    return out.read_text(encoding="utf-8")


@pytest.fixture
def page(conflicts, summary, tmp_path):
    return written(conflicts, summary, tmp_path)


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def test_the_page_has_the_landmarks_and_the_counts(page):
    outline = Outline(page)
    tags = [tag for tag, _ in outline.elements]
    assert outline.all("html") == [{"lang": "en"}]
    assert [tags.count(tag) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert {"role": "search", "class": "filters", "aria-label": "Filter the conflicts", "autocomplete": "off"} in (
        outline.all("form")
    )
    first, rest = "Conflicts|Medium or worse per 1,000 studies", "Studies|Notes|Image labels|Mentions|Pairs compared"
    assert outline.text["dt"][:8] == f"{first}|{rest}|Inputs set aside".split("|")
    assert outline.text["dd"][:8] == ["5", "250.0", "20", "24", "61", "540", "1,233", "1"]
    assert "clinnote 0.1.0" in outline.text["td"]


def test_the_most_severe_and_most_certain_conflict_comes_first(page):
    ids = [card["id"] for card in data_of(page)["cards"]]
    assert ids == ["c-identity", "c-box", "c-inside", "c-denied", "c-subset"]


def test_nothing_is_loaded_from_anywhere(page):
    outline = Outline(page)
    assert outline.all("link") == outline.all("img") == outline.all("iframe") == []
    assert not any(
        "src" in attrs or ("href" in attrs and not attrs["href"].startswith("#")) for _, attrs in outline.elements
    )
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


def test_the_policy_allows_this_very_style_and_script_and_nothing_else(page):
    policy = next(a["content"] for a in Outline(page).all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    hashes = ["sha256-" + base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src '{hashes[0]}'; style-src '{hashes[1]}'; base-uri 'none'; form-action 'none'"
    )


def test_no_element_carries_code_or_style_of_its_own(page):
    assert not [
        name for _, attrs in Outline(page).elements for name in attrs if name.startswith("on") or name == "style"
    ]


def hostile(conflict):
    text = dataclasses.replace(
        conflict.text, quote=HOSTILE, highlights=(), finding=HOSTILE, site=HOSTILE, section=HOSTILE
    )
    image = dataclasses.replace(conflict.image, finding=HOSTILE, file=HOSTILE, pointer="<b>1</b>")
    return dataclasses.replace(
        conflict,
        id=HOSTILE,
        explanation=HOSTILE,
        study_id=HOSTILE,
        text=text,
        image=image,
        could_be_false_because=(HOSTILE,),
        metadata={HOSTILE: HOSTILE},
    )


def test_markup_in_a_note_stays_words(conflicts, summary, tmp_path):
    evil = dataclasses.replace(summary, title=HOSTILE.replace("\ud83d", ""), run={"<img src=x>": "<script>"})
    page = written([hostile(conflicts[1])], evil, tmp_path)
    outline = Outline(page)
    clean = Outline(written([conflicts[1]], dataclasses.replace(summary, run={"a": "b"}), tmp_path))
    assert [tag for tag, _ in outline.elements] == [tag for tag, _ in clean.elements]
    assert data_of(page)["cards"][0]["text"]["quote"][0][0] == HOSTILE
    assert "\u2028" not in page.split('id="data">')[1].split("</script>")[0]


def test_a_lone_surrogate_does_not_stop_the_page(conflicts, summary, tmp_path):
    broken = dataclasses.replace(conflicts[4], explanation="broken \ud83d half")
    assert "broken" in written([broken], summary, tmp_path)


def test_an_empty_list_gives_a_calm_page_with_the_counts(summary, tmp_path):
    outline = Outline(written([], summary, tmp_path))
    assert "No contradictions found" in outline.text["h2"]
    assert any("1,233 pairs of text and label were compared in 20 studies" in said for said in outline.text["p"])
    assert outline.all("script") == []


def test_the_same_conflicts_give_the_same_page(conflicts, summary, tmp_path):
    assert written(conflicts, summary, tmp_path) == written(reversed(conflicts), summary, tmp_path)


def test_without_scripts_the_verdict_lines_can_still_be_read(page):
    assert "Text says RIGHT lower lobe consolidation" in "".join(Outline(page).text["noscript"])


def test_muted_conflicts_are_counted_apart(conflicts, summary, tmp_path):
    muted = dataclasses.replace(conflicts[0], metadata={"suppressed_by": "r1", "severity_was": "medium"})
    outline = Outline(written([muted, *conflicts[1:]], summary, tmp_path))
    assert outline.text["dt"][1:3] == ["Of these muted by rules", "Medium or worse per 1,000 studies"]
    assert outline.text["dd"][:3] == ["5", "1", "200.0"]


def test_the_run_is_named_by_its_conflicts_alone(conflicts, summary, tmp_path):
    later = dataclasses.replace(summary, run={"started": "2026-02-02"})
    first, second = (data_of(written(conflicts, s, tmp_path)) for s in (summary, later))
    assert first["run"] == second["run"]
    assert data_of(written(conflicts[1:], summary, tmp_path))["run"] != first["run"]


def test_every_region_has_an_outline():
    assert set(OFFERED) <= set(outlines())
    assert all(path.startswith("M") for paths in outlines().values() for _, path in paths)
