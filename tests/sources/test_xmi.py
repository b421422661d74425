import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import Reject
from clinnote.model.codes import RXNORM, SNOMED
from clinnote.ontology.gold_map import load_gold_map
from clinnote.settings import find_home
from clinnote.sources.xmi import read_xmi

RULES = load_gold_map(find_home().configs, "xmi")
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" '
    'xmlns:cas="http:///uima/cas.ecore" xmlns:custom="http:///webanno/custom.ecore" '
    'xmlns:textsem="http:///org/apache/ctakes/typesystem/type/textsem.ecore" xmlns:type4="http:///t4.ecore" '
    'xmi:version="2.0">\n'
)
TEXT = "No \N{LUNGS} fever &amp; no cough.&#10;Biopsy if worse."


def page(*elements, text=TEXT, sofa="12", view="_InitialView"):
    sofas = f'<cas:Sofa xmi:id="{sofa}" sofaNum="1" sofaID="{view}" mimeType="text" sofaString="{text}"/>\n'
    return HEAD + "\n".join(elements) + "\n" + sofas + "</xmi:XMI>\n"


@pytest.fixture
def read(tmp_path):
    def call(content, name="a.xmi"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        items = list(read_xmi(file, "a", RULES))
        return [i.record for i in items if not isinstance(i, Reject)], [i for i in items if isinstance(i, Reject)]

    return call


def event(begin, end, sofa="12", **features):
    more = " ".join(f'{name}="{value}"' for name, value in features.items())
    return f'<custom:EVENT xmi:id="7" sofa="{sofa}" begin="{begin}" end="{end}" {more}/>'


def test_events_of_e3c_and_offsets_in_utf_16_units(read):
    [note], rejects = read(
        page(
            '<type4:Token xmi:id="1" sofa="12" begin="0" end="2"/>',
            event(6, 11, polarity="NEG", contextualModality="ACTUAL"),
            event(24, 30, contextualModality="HYPOTHETICAL-IF", polarity="POS"),
            event(17, 22, contextualModality="HEDGED"),
            '<custom:CLINENTITY xmi:id="9" sofa="12" begin="17" end="22" entityID="C0010200"/>',
        )
    )
    assert rejects == []
    assert note.text == "No \N{LUNGS} fever & no cough.\nBiopsy if worse."
    said = {(m.text, m.label): (m.polarity, m.certainty, m.temporality) for m in note.mentions}
    assert said == {
        ("fever", "event"): ("negated", "definite", "current"),
        ("cough", "event"): ("affirmed", "possible", "current"),
        ("cough", "clinical_entity"): ("affirmed", "definite", "current"),
        ("Biopsy", "event"): ("affirmed", "definite", "hypothetical"),
    }
    [code] = [c for m in note.mentions for c in m.codes]
    assert code.key == ("http://www.nlm.nih.gov/research/umls", "C0010200")


def test_mentions_of_ctakes(read):
    [note], _ = read(
        page(
            '<textsem:SignSymptomMention xmi:id="1" sofa="12" begin="6" end="11" polarity="-1" uncertainty="1" '
            'conditional="false" subject="family_member" historyOf="1" ontologyConceptArr="30 31 32 99"/>',
            '<refsem:UmlsConcept xmlns:refsem="http:///refsem.ecore" xmi:id="30" codingScheme="SNOMEDCT_US" '
            'code="386661006" cui="C0015967" preferredText="Fever"/>',
            '<refsem:UmlsConcept xmlns:refsem="http:///refsem.ecore" xmi:id="31" codingScheme="SNOMEDCT_US" '
            'code="386661006" cui="C0015967" preferredText="Fever"/>',
            '<refsem:UmlsConcept xmlns:refsem="http:///refsem.ecore" xmi:id="32" codingScheme="RXNORM" code="1"/>',
        )
    )
    [fever] = note.mentions
    assert [code.key for code in fever.codes] == [(SNOMED, "386661006"), (RXNORM, "1")]
    assert (fever.label, fever.polarity, fever.certainty) == ("finding", "negated", "possible")
    assert (fever.experiencer, fever.temporality) == ("family", "historical")


def test_every_view_with_a_text_is_a_note_of_its_own(read):
    second = '<cas:Sofa xmi:id="40" sofaNum="2" sofaID="other" sofaString="No rash."/>'
    notes, _ = read(page(event(6, 11), second, event(3, 7, sofa="40")))
    assert {(n.note_id, n.mentions[0].text) for n in notes} == {("a#other", "rash"), ("a", "fever")}


@pytest.mark.parametrize(("begin", "end"), [(6, 999), (6, "9" * 5000), (11, 6), (4, 6), ("x", 5), (-1, 4), (6, 6)])
def test_a_span_outside_the_text_is_named_with_its_line(read, begin, end):
    [note], [reject] = read(page(event(6, 11), event(begin, end)))
    assert [m.text for m in note.mentions] == ["fever"]
    assert (reject.reason, reject.line) == ("bad_span", 4)


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (HEAD + "<custom:EVENT", "not_xml", 3),
        (page()[:-20], "not_xml", 4),
        ("", "not_xml", 1),
        (b"\xff\xfe\x00", "not_xml", 1),
        (HEAD + "</xmi:XMI>", "no_text", None),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]>\n' + page(), "document_type", 1),
        ('<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "file:///etc/hostname">\n<x/>', "document_type", 2),
    ],
)
def test_a_file_that_is_no_cas_is_named_with_its_line(read, content, reason, line):
    notes, [reject] = read(content)
    assert notes == []
    assert (reject.reason, reject.line) == (reason, line)


@pytest.mark.parametrize("encoding", ["foo-9", "utf-7"])
def test_an_encoding_that_cannot_be_read_is_named(read, encoding):
    notes, [reject] = read(page().replace("UTF-8", encoding))
    assert (notes, reject.reason, reject.line) == ([], "not_xml", 1)
    assert "save it as UTF-8" in reject.message


@given(st.binary(max_size=60))
def test_no_bytes_whatsoever_raise(tmp_path_factory, raw):
    file = tmp_path_factory.mktemp("x") / "a.xmi"
    file.write_bytes(raw)
    assert all(isinstance(item, Reject) for item in read_xmi(file, "a", RULES))
