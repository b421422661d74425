"""Records to JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import RecordError
from clinnote.model.codes import SNOMED, Code
from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSides, Source
from clinnote.model.mention import Evidence, Mention, TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import RECORDS, from_dict, json_schema, to_dict

RECORD_STRATEGIES = {
    name: st.builds(cls, metadata=st.dictionaries(st.text(max_size=5), st.integers(), max_size=2))
    for name, cls in (("note", Note),)
}
SOURCE = Source("csv", "boxes.csv", "row 2")


@given(RECORD_STRATEGIES["note"])
def test_a_note_survives_the_way_to_json_and_back(note):
    assert from_dict(Note, json.loads(json.dumps(to_dict(note)))) == note


def test_unknown_keys_are_kept_as_metadata():
    note = from_dict(Note, {"note_id": "n", "text": "t", "ward": "B2", "metadata": {"sex": "F"}})
    assert note.metadata == {"sex": "F", "ward": "B2"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": "t"}, "missing_key"),
        ({"note_id": "n", "text": 3.5}, "wrong_type"),
        ({"note_id": "n", "text": None}, "wrong_type"),
        ([], "not_an_object"),
    ],
)
def test_a_note_that_breaks_the_contract_is_refused_with_its_reason(data, reason):
    with pytest.raises(RecordError) as caught:
        from_dict(Note, data)
    assert caught.value.reason == reason


def test_a_value_outside_its_set_is_refused_without_quoting_it():
    secret = "Jane Roe"
    with pytest.raises(RecordError, match="polarity") as caught:
        from_dict(Mention, {"id": "1", "start": 0, "end": 1, "text": "x", "label": "finding", "polarity": secret})
    assert secret not in str(caught.value)


def test_a_label_with_geometry_survives():
    label = ImageLabel(
        "l",
        "s",
        LabelFinding("Nodule"),
        SOURCE,
        sides=LabelSides(("left",), "oriented_geometry"),
        geometry=Geometry("polygon", points=((1.0, 2.0), (3.0, 4.0)), orientation="L\\F"),
    )
    assert from_dict(ImageLabel, to_dict(label)) == label


@pytest.mark.parametrize(
    "second",
    [
        ImageSide("l", "Nodule", ("left",), "code", None, "present", "sr", "a.dcm", "1.2"),
        TextSide(None, "nodule", "left", None, "impression", "Left nodule.", 0, 12),
    ],
    ids=["image label", "second mention"],
)
def test_a_conflict_keeps_which_kind_of_second_place_it_has(second):
    first = TextSide("m", "nodule", "right", None, "findings", "Right nodule.", 0, 13)
    conflict = Conflict("c", "side_opposite", "critical", 0.9, "why", text=first, image=second)
    assert from_dict(Conflict, json.loads(json.dumps(to_dict(conflict)))) == conflict


def test_the_sentence_of_a_mention_is_a_pair():
    with pytest.raises(RecordError, match="sentence"):
        from_dict(Mention, {"id": "1", "start": 0, "end": 1, "text": "x", "label": "finding", "sentence": [1]})


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_has_a_schema_that_names_its_keys(name):
    schema = json_schema(name)
    assert schema["type"] == "object"
    assert set(schema["required"]) <= set(schema["properties"])


def test_the_schema_says_which_values_are_allowed():
    assert json_schema("mention")["properties"]["polarity"] == {"enum": ["affirmed", "negated"]}


def test_an_unknown_schema_name_says_which_there_are():
    with pytest.raises(RecordError, match="tagged_note"):
        json_schema("nonsense")


def test_a_tagged_note_without_text_is_allowed():
    tagged = from_dict(TaggedNote, {"note_id": "n", "text_sha256": "0" * 64})
    assert tagged.text is None
    assert tagged.mentions == ()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400], ids=["NaN", "infinity", "beyond a float"])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(RecordError, match="finite number"):
        from_dict(Geometry, {"kind": "point", "x": number})


def test_a_whole_number_written_as_a_decimal_is_an_integer():
    assert from_dict(Evidence, {"rule": "r", "start": 1.0, "end": 2, "gives": "a=b"}).start == 1
    with pytest.raises(RecordError, match="integer"):
        from_dict(Evidence, {"rule": "r", "start": 1.5, "end": 2, "gives": "a=b"})


def test_an_offset_beyond_64_bits_is_refused():
    with pytest.raises(RecordError, match="integer"):
        from_dict(Evidence, {"rule": "r", "start": 2**63, "end": 0, "gives": "a=b"})


def test_short_names_of_code_systems_become_their_uri():
    finding = from_dict(LabelFinding, {"text": "x", "codes": [{"system": "SNOMED", "code": 60046008}]})
    assert finding.codes == (Code(SNOMED, "60046008"),)
