"""The schematic of a conflict as an SVG file of its own, for screens that take pictures."""

import base64
import textwrap
from collections.abc import Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape

from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.reports.schematic import Mark, Schematic, outlines, schematic
from clinnote.reports.words import plain

_STYLE: Final = (
    ".outline{fill:#eaeef1;stroke:#78848e;stroke-width:1.4}.inner{fill:#fff;stroke:#78848e;stroke-width:1.2}"
    ".line{fill:none;stroke:#78848e;stroke-width:1.2}.middle{stroke:#78848e;stroke-width:.8;stroke-dasharray:2 4}"
    ".text{fill:#005a96}.image{fill:#a83f00}.box{fill:none;stroke:#a83f00;stroke-width:2;stroke-dasharray:5 3}"
    ".tag{font:700 10px sans-serif;fill:#fff;text-anchor:middle}"
    ".letter{font:700 17px sans-serif;fill:#1b2126;text-anchor:middle}"
    ".small{font:500 11px sans-serif;fill:#56616b;text-anchor:middle}"
    ".key{font:600 12px sans-serif;fill:#1b2126}.note{font:400 10.5px sans-serif;fill:#56616b}"
)
_LETTERS: Final = {"text": "T", "image": "I"}
_INSIDE: Final = {"text": "1", "image": "2"}


def schematic_svg(conflict: Conflict) -> str:
    """The drawing of one conflict, 1080 by 580 pixels; L and R stand where the source's orientation puts them.

    T marks the report's side, I the image label's; 1 and 2 are two statements of one report.
    """
    drawn = schematic(conflict)
    letters = _INSIDE if isinstance(conflict.image, TextSide) else _LETTERS
    sure = "?" if drawn.assumed else ""
    viewer = [("R", "patient's right"), ("L", "patient's left")]
    if not drawn.left_on_right:
        viewer.reverse()
    turned = "" if drawn.left_on_right else ' transform="translate(200 0) scale(-1 1)"'
    paths = "".join(f'<path class="{kind}" d="{d}"/>' for kind, d in outlines()[drawn.region])
    marks = "".join(piece for mark in drawn.marks for piece in _mark(mark, letters))
    words = "".join(
        f'<text class="letter" x="{x}" y="106">{letter}{sure}</text><text class="small" x="{at}" y="213">{name}</text>'
        for (letter, name), x, at in zip(viewer, (10, 230), (50, 190), strict=True)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="580" viewBox="0 -2 420 226">'
        f'<style>{_STYLE}</style><rect x="0" y="-2" width="420" height="226" fill="#fff"/>'
        f'<g transform="translate(20 0)"><g{turned}>{paths}</g><path class="middle" d="M100 4v192"/>{marks}</g>{words}'
        f"{''.join(_key(conflict, drawn, letters))}</svg>"
    )


def _key(conflict: Conflict, drawn: Schematic, letters: Mapping[str, str]) -> Iterator[str]:
    """What the marks mean and which way the drawing is turned, to the right of it."""
    for role, side, y in (("text", conflict.text, 40.0), ("image", conflict.image, 70.0)):
        if side is not None:
            yield from _badge(role, 268, y, letters)
            yield f'<text class="key" x="286" y="{y + 4:g}">{escape(_said(side))}</text>'
    for number, line in enumerate(textwrap.wrap(drawn.orientation, 30)):
        yield f'<text class="note" x="256" y="{104 + 14 * number}">{escape(line)}</text>'


def _said(side: TextSide | ImageSide) -> str:
    if isinstance(side, ImageSide):
        return f"Image label: {' and '.join(side.sides) or 'no side'}"
    return f"{plain(side.section or 'report').capitalize()[:18]}: {side.laterality or 'no side'}"


def _mark(mark: Mark, letters: Mapping[str, str]) -> Iterator[str]:
    x = 200 * (mark.x + (mark.width or 0) / 2)
    y = max(14.0, min(186.0, 200 * (mark.y + (mark.height or 0) / 2) + (-8 if mark.role == "text" else 8)))
    if mark.width is not None and mark.height is not None:
        corner = f'x="{200 * mark.x:g}" y="{200 * mark.y:g}"'
        yield f'<rect class="box" {corner} width="{200 * mark.width:g}" height="{200 * mark.height:g}" rx="3"/>'
    yield from _badge(mark.role, x, y, letters)


def _badge(role: str, x: float, y: float, letters: Mapping[str, str]) -> Iterator[str]:
    if role == "text":
        yield f'<circle class="text" cx="{x:g}" cy="{y:g}" r="11"/>'
    else:
        yield f'<path class="image" d="M{x:g} {y - 13:g}l13 13-13 13-13-13z"/>'
    yield f'<text class="tag" x="{x:g}" y="{y + 3.6:g}">{letters[role]}</text>'


def svg_uri(svg: str) -> str:
    """An SVG file as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
