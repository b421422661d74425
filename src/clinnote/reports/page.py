"""What every page has in common: it opens from disk, loads nothing, and holds its data as inert JSON."""

import base64
import hashlib
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any


def render(template: str, scripts: Sequence[str], data: Any, **words: Any) -> str:
    """A page from a template of this package, with its styles, scripts and data in it.

    Args:
        template: Its file name.
        scripts: Asset files, joined in this order.
        data: What the scripts draw; shown as text, never read as markup.
        words: What the template itself shows; escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    style = asset("page.css")
    script = "\n".join(asset(name) for name in scripts)
    environment = Environment(
        loader=PackageLoader("clinnote.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(
        **words,
        style=Markup(style),  # noqa: S704 -- a file of this package, no input in it
        script=Markup(script),  # noqa: S704 -- the same
        policy=_policy(style, script),
        data=Markup(inert_json(data)),  # noqa: S704 -- every < > & is escaped by inert_json
    )


def write_page(page: str, out: Path) -> None:
    """Write a page to ``out`` (UTF-8), whole or not at all; its folder must exist. ``-`` is standard output.

    Half a surrogate pair has no UTF-8; it shows as "?" without scripts and is kept whole in the JSON.
    """
    raw = page.encode("utf-8", "replace")
    if out == Path("-"):
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    partial = out.with_name(out.name + ".partial")
    try:
        partial.write_bytes(raw)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def inert_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in: ASCII only, and no ``<``, ``>`` or ``&``."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def asset(name: str) -> str:
    """The text of a style sheet or script of this package."""
    return files("clinnote.reports").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Content Security Policy: nothing may be loaded, and only this very style and script may run."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
