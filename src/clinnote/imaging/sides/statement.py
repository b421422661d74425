"""What one row, annotation or shape says, and the image label that it makes: the same rules for every format.

The side comes from what the source states (a side column or attribute, the site's words, the finding's words) before
what the shape shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.label_text import side_of_label, sides_of_letter
from clinnote.imaging.sides.labels import SeenSide, join_sides, label_id
from clinnote.imaging.sides.midline import side_of_picture, side_of_region
from clinnote.imaging.sides.places import Places
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source
from clinnote.model.laterality import UNKNOWN, Sides

_PRESENCE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("present", "1", "yes", "true", "positive", "pos", "y", "detected"), "present"),
    **dict.fromkeys(("absent", "0", "no", "false", "negative", "neg", "n", "not detected"), "absent"),
    **dict.fromkeys(("uncertain", "-1", "possible", "indeterminate", "equivocal", "u", "maybe"), "uncertain"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim in the source's own words.

    Attributes:
        identity: what tells the label from all others of its source; the label's id is made from it.
        sides: sides that codes state, strongest first.
        side, side_where: a word or letter for the side, and the column or attribute that holds it.
        shown: the side that the shape lies on, or why it shows none, when the reader knows more than the shape.
    """

    study_id: str
    finding: str
    source: Source
    identity: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    image_id: str | None = None
    series_id: str | None = None
    presence: str = "present"
    geometry: Geometry | None = None
    site: str = ""
    site_codes: tuple[Code, ...] = ()
    sides: tuple[SeenSide, ...] = ()
    side: str = ""
    side_where: str = "laterality attribute"
    view: str | None = None
    modality: str | None = None
    date: str | None = None
    annotator: str | None = None
    size_mm: tuple[float, ...] = ()
    exhaustive_for: tuple[str, ...] = ()
    shown: GeometrySide | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def label_from(statement: Statement, places: Places) -> ImageLabel:
    """The image label of a statement, with its site looked up and its side settled."""
    site, site_sides = places.site_of(statement.site, statement.site_codes)
    node, finding_sides = places.node_of(statement.finding, statement.codes)
    seen = [
        *statement.sides,
        SeenSide(side_in(statement.side), "label_text", statement.side_where),
        SeenSide(site_sides, "label_text", "site"),
        SeenSide(finding_sides if statement.site != statement.finding else UNKNOWN, "label_text", "finding"),
    ]
    nodes = (site.site if site else None, node)
    sides, extra = join_sides(seen, _shown(statement, nodes, seen, places))
    return ImageLabel(
        label_id=label_id(*statement.identity),
        study_id=statement.study_id,
        series_id=statement.series_id,
        image_id=statement.image_id,
        finding=LabelFinding(statement.finding, statement.codes),
        presence=statement.presence,
        sides=sides,
        site=site,
        geometry=statement.geometry,
        size_mm=statement.size_mm,
        date=statement.date,
        modality=statement.modality,
        view=statement.view,
        annotator=statement.annotator,
        exhaustive_for=statement.exhaustive_for,
        source=statement.source,
        metadata={**extra, **statement.metadata},
    )


def _shown(
    statement: Statement, nodes: tuple[str | None, str | None], seen: list[SeenSide], places: Places
) -> GeometrySide | None:
    """The side that the shape lies on."""
    geometry = statement.geometry
    if statement.shown is not None or geometry is None:
        return statement.shown
    if geometry.unit == "mm" and geometry.x is not None:
        return side_of_region(geometry.x, None, (1.0, 1.0), (None, nodes[0] or nodes[1]), seen, places)
    return side_of_picture(geometry, statement.view, statement.modality, nodes, places)


def side_in(words: str) -> Sides:
    """The sides that a side column or attribute names: a letter ("L") or words ("left breast")."""
    return sides_of_letter(words) or side_of_label(f"{words} ") if words else UNKNOWN


def presence_in(text: str) -> str | None:
    """``present``, ``absent`` or ``uncertain`` for a word or a number as CheXpert writes it; None for another text."""
    word = text.strip().lower()
    return _PRESENCE.get(word.removesuffix(".0"))
