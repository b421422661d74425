import pytest

from clinnote.errors import Reject
from clinnote.model.codes import SNOMED
from clinnote.ontology.gold_map import load_gold_map
from clinnote.settings import find_home
from clinnote.sources.brat import read_brat

RULES = load_gold_map(find_home().configs, "brat")
TEXT = "No \N{LUNGS} fever.\nLeft and right\neffusion."


@pytest.fixture
def read(tmp_path):
    def call(ann, text=TEXT):
        (tmp_path / "a.txt").write_bytes(text.encode())
        if ann is not None:
            (tmp_path / "a.ann").write_bytes(ann if isinstance(ann, bytes) else ann.encode())
        items = list(read_brat(tmp_path / "a.txt", "a", RULES))
        return [i.record for i in items if not isinstance(i, Reject)], [i for i in items if isinstance(i, Reject)]

    return call


def test_spans_attributes_events_and_codes(read):
    [note], rejects = read(
        "T1\tSign_symptom 5 10\tfever\n"
        "E1\tSign_symptom:T1 Arg1:T2\n"
        "A1\tPOLARITY E1 NEG\n"
        "M1\tUncertain T2\n"
        "T2\tDisease_disorder 12 16;27 35\tLeft effusion\n"
        "N1\tReference T2 snomed:60046008\tPleural effusion\n"
        "R1\tMODIFY Arg1:T1 Arg2:T2\t\n"
        "*\tEquiv T1 T2\n"
        "#1\tAnnotatorNotes T1\tnot read\n"
        "\n"
    )
    assert rejects == []
    assert (note.note_id, note.text) == ("a", TEXT)
    fever, effusion = note.mentions
    assert (fever.text, fever.label, fever.polarity) == ("fever", "finding", "negated")
    assert (effusion.label, effusion.certainty) == ("disorder", "possible")
    assert effusion.metadata["fragments"] == [[12, 16], [27, 35]]
    assert (effusion.codes[0].key, effusion.codes[0].display) == ((SNOMED, "60046008"), "Pleural effusion")


def test_line_ends_inside_a_span_are_blanks_in_the_quote(read):
    [note], rejects = read("T1\tfinding 21 35\tright effusion\n")
    assert rejects == []
    assert note.mentions[0].text == "right\neffusion"


def test_windows_line_ends_and_odd_separators_in_a_quote(read):
    text = "Fever\u2028today.\r\nCough."
    [note], rejects = read("T1\tfinding 0 11\tFever\u2028today\r\nT2\tfinding 14 19\tCough\r\n", text)
    assert rejects == []
    assert [m.text for m in note.mentions] == ["Fever\u2028today", "Cough"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T1\tfinding 3\tx", "bad_line"),
        ("T1\tfinding 5 10", "bad_line"),
        ("T1\tfinding five 10\tfever", "bad_line"),
        ("T1\tfinding 5 99\tfever", "bad_span"),
        (f"T1\tfinding 5 {'9' * 5000}\tfever", "bad_line"),
        ("T1\tfinding 10 5\tfever", "bad_span"),
        ("T1\tfinding 27 35;12 16\teffusion Left", "bad_span"),
        ("T1\tfinding 6 11\tfever", "quote_mismatch"),
        ("E1\tfinding", "bad_line"),
        ("A1\tNegation", "bad_line"),
        ("A1\tNegation T9", "unknown_target"),
        ("N1\tReference T0 7", "bad_line"),
        ("Q1\tsecret words", "bad_line"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_rest_counts(read, line, reason):
    [note], [reject] = read(f"T0\tfinding 5 10\tfever\n{line}\n")
    assert [m.text for m in note.mentions] == ["fever"]
    assert (reject.line, reject.reason) == (2, reason)
    assert reject.file.endswith("a.ann")
    assert "fever" not in reject.message
    assert "secret" not in reject.message


def test_a_byte_order_mark_before_the_annotations_is_passed_over(read):
    [note], rejects = read(b"\xef\xbb\xbfT1\tSign_symptom 5 10\tfever\n")
    assert ([m.text for m in note.mentions], rejects) == (["fever"], [])


def test_a_text_without_annotations_is_named(read):
    notes, [reject] = read(None)
    assert (notes, reject.reason) == ([], "no_annotations")


def test_bytes_that_are_no_utf_8_are_named(read):
    notes, [reject] = read(b"T1\tfinding 5 10\tf\xe9ver\n")
    assert (notes, reject.reason) == ([], "not_utf8")
    assert "byte 17" in reject.message
