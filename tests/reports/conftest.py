"""Conflicts of every shape, made by hand, and a page written from them."""

import dataclasses

import pytest

from clinnote.model.conflict import Conflict, Highlight, ImageSide, TextSide
from clinnote.model.image_label import Geometry
from clinnote.reports import ReportSummary


def text_side(quote, laterality, finding, site, *, start=100, section="findings", marks=(), **more):
    highlights = tuple(
        Highlight(start + quote.index(words), start + quote.index(words) + len(words), role) for words, role in marks
    )
    return TextSide("m", finding, laterality, site, section, quote, start, start + len(quote), highlights, **more)


def label_side(finding, sides, basis, **more):
    defaults = {"site": None, "presence": "present", "format": "dicom-sr", "file": "labels/sr.dcm", "pointer": "1.2"}
    return ImageSide("l", finding, sides, basis, **{**defaults, **more})


@pytest.fixture(scope="session")
def conflicts():
    box = Geometry("box", x=158, y=150, width=58, height=62, image_width=256, image_height=256, orientation="L\\F")
    return [
        Conflict(
            "c-subset",
            "side_subset",
            "medium",
            0.6,
            "Findings says BILATERAL, the SR says LEFT.",
            "2.25.1.2",
            "n2",
            text_side("Small bilateral pleural effusions.", "bilateral", "pleural effusions", "pleura"),
            label_side("Pleural effusion", ("left",), "code", site="Pleura"),
        ),
        Conflict(
            "c-box",
            "side_opposite",
            "critical",
            0.94,
            "The box lies on the other side.",
            "2.25.1.1",
            "n1",
            text_side(
                "There is a right lower lobe consolidation \N{LUNGS}, new.",
                "right",
                "consolidation",
                "right lower lobe",
                section="impression",
                marks=(("right", "side"), ("right lower lobe", "site"), ("consolidation", "finding"), ("new", "cue")),
            ),
            label_side(
                "Consolidation",
                ("left",),
                "oriented_geometry",
                format="csv",
                file="labels/boxes.csv",
                pointer="row 3",
                modality="DX",
                view="PA",
                date="2025-03-04",
                geometry=box,
            ),
            ("The image may be stored mirrored.",),
            metadata={
                "other_mentions": [{"laterality": "right", "section": "findings", "quote": "Right basal opacity."}],
                "right": 2,
                "note_date": "2025-03-04",
            },
        ),
        Conflict(
            "c-inside",
            "side_internal",
            "critical",
            0.9,
            "Findings and impression name opposite sides.",
            "2.25.1.3",
            "n3",
            text_side("Mass in the right breast.", "right", "mass", "right breast", marks=(("right", "side"),)),
            text_side("Mass in the left breast.", "left", "mass", "left breast", start=300, section="impression"),
        ),
        Conflict(
            "c-denied",
            "negated_but_labelled",
            "high",
            0.7,
            "Denied in the text, labelled present.",
            "2.25.1.4",
            "n4",
            text_side("No pneumothorax.", None, "pneumothorax", None, marks=(("No", "cue"),), polarity="negated"),
            label_side(
                "Pneumothorax", ("left",), "oriented_geometry", geometry=dataclasses.replace(box, orientation="R\\F")
            ),
        ),
        Conflict(
            "c-identity", "identity", "critical", 0.99, "Note and images name different patients.", "2.25.1.5", "n5"
        ),
    ]


@pytest.fixture(scope="session")
def summary():
    return ReportSummary(
        studies=20,
        notes=24,
        labels=61,
        mentions=540,
        pairs=1233,
        verdicts={"agree": 1180, "not_comparable": 46, "conflict": 7},
        run={"package": "clinnote 0.1.0"},
        rejects=1,
    )
