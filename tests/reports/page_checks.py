"""A page in a real browser, and assertions that wait for it: a slow machine draws late, but draws the same."""

from pathlib import Path
from typing import Any


def opened(browser: Any, path: Path, **context: Any) -> Any:
    """The page from disk; ``requests`` and ``problems`` collect what it asked for and what went wrong."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(60_000)
    page.requests, page.problems = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(path.as_uri())
    return page


def expect(locator: Any) -> Any:
    """Playwright's assertions, which look again until they hold; the time limit is set with the browser."""
    from playwright.sync_api import expect as waiting

    return waiting(locator)


def shows(page: Any, words: str) -> None:
    """The line above the list: how many of its cards are shown."""
    expect(page.locator("#shown")).to_have_text(words)


def contrasts(page: Any) -> list[str]:
    """What stands out too little from its ground (WCAG 2.2, 1.4.3: at least 4.5 to 1), with its ratio."""
    found: list[str] = page.evaluate(_CONTRAST)
    return found


_CONTRAST = """() => {
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
