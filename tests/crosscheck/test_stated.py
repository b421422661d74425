"""A side that a title or heading gives: the conflict quotes the line in which the reviewer can read it."""

import dataclasses

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.mention import Evidence, TaggedNote
from clinnote.model.stated import STATED, stated_elsewhere

TITLE = Said("  MRI RIGHT KNEE WITHOUT CONTRAST", "KNEE", "knee", label="body_site")
TEAR = Said("There is a tear.", "tear", "tear", "right", section="impression")
PLACE = TITLE.sentence.index("RIGHT")


def with_heading(note: TaggedNote, **changes: object) -> TaggedNote:
    """The tear's side comes from the title."""
    title, tear = note.mentions
    given = Evidence("side.heading", PLACE, PLACE + 5, "laterality=right")
    return dataclasses.replace(
        note, mentions=(title, dataclasses.replace(tear, evidence=(*tear.evidence, given))), **changes
    )


def stated(note: TaggedNote, knowledge: Knowledge) -> dict[str, object]:
    (found,) = [
        c for c in check_study([note], [label("Tear", "left")], knowledge).conflicts if c.kind == "side_opposite"
    ]
    line = stated_elsewhere(found).get("text")
    return {} if line is None else {"quote": line.quote, "marks": [(h.start, h.end, h.role) for h in line.highlights]}


def test_the_line_of_the_title_is_quoted_with_its_side(knowledge: Knowledge) -> None:
    assert stated(with_heading(report(TITLE, TEAR)), knowledge) == {
        "quote": "MRI RIGHT KNEE WITHOUT CONTRAST",
        "marks": [(PLACE, PLACE + 5, "side")],
    }


def test_a_side_in_the_sentence_itself_needs_no_other_line(knowledge: Knowledge) -> None:
    own = dataclasses.replace(TEAR, sentence="There is a right tear.")
    assert stated(with_heading(report(TITLE, own)), knowledge) == {}


def test_without_the_text_nothing_is_quoted(knowledge: Knowledge) -> None:
    assert stated(with_heading(report(TITLE, TEAR), text=None), knowledge) == {}


@pytest.mark.parametrize("line", [None, "x", {"text": {"quote": "x"}}, {"text": {"quote": 1, "words": "ab"}}])
def test_what_another_program_wrote_there_is_left_out(knowledge: Knowledge, line: object) -> None:
    found = check_study([report(TITLE, TEAR)], [label("Tear", "left")], knowledge).conflicts[0]
    assert stated_elsewhere(dataclasses.replace(found, metadata={STATED: line})) == {}
