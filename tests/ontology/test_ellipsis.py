"""Forms that leave out what they share with a neighbour become mentions; their sides are never mixed up."""

from itertools import pairwise

import pytest

from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary
from clinnote.pipeline.concepts import ConceptFinder
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

SHARED = [
    ("Mitral and tricuspid regurgitation.", [("Mitral", "mitral_regurgitation", "tricuspid_regurgitation")]),
    (
        "Mitral, aortic and tricuspid regurgitation.",
        [
            ("Mitral", "mitral_regurgitation", "tricuspid_regurgitation"),
            ("aortic", "aortic_regurgitation", "tricuspid_regurgitation"),
        ],
    ),
    ("Hepato- and splenomegaly.", [("Hepato", "hepatomegaly", "splenomegaly")]),
    ("Her neck and back pain is worse.", [("neck", "neck_pain", "back_pain")]),
    ("Neck/back pain.", [("Neck", "neck_pain", "back_pain")]),
    ("Urinary or bowel incontinence.", [("Urinary", "urinary_incontinence", "fecal_incontinence")]),
    ("The upper and lower lobes.", [("upper", "upper_lobe", "lower_lobe")]),
    ("Upper and lower lobe pneumonia.", [("Upper", "upper_lobe", "pneumonia")]),
    ("Right upper and left lower lobe pneumonia.", [("upper", "upper_lobe", "pneumonia")]),
    ("Fractures of the fifth and sixth ribs.", [("fifth", "rib_5", "rib_6")]),
]
NOTHING = [
    "Mass in the lung and breast cancer.",
    "Mass in the left breast and ovarian cancer.",
    "Acute or subacute fracture.",
    "Fever and chest pain.",
    "Asthma and heart failure.",
    "Right and left pleural effusions.",
    "Nausea, abdominal pain.",
    "The heart and lungs are clear.",
    "Upper and left lower lobe pneumonia.",
    "No edema or pulmonary nodule.",
]


@pytest.fixture(scope="module")
def finder(root):
    return ConceptFinder(starter_vocabulary(root / "ontologies"))


@pytest.fixture(scope="module")
def tagger(root):
    return load_tagger("radiology", None, Home(root))


@pytest.mark.parametrize(("text", "members"), SHARED)
def test_a_member_is_a_mention_of_its_own(text, members, finder):
    concepts = finder.find(text)
    found = [c for c in concepts if c.evidence]
    assert [(text[c.start : c.end], c.concept) for c in found] == [(quote, name) for quote, name, _ in members]
    assert {head for *_, head in members} <= {c.concept for c in concepts if not c.evidence}
    assert all(a.end <= b.start for a, b in pairwise(concepts))


@pytest.mark.parametrize("text", NOTHING)
def test_no_member_where_nothing_is_left_out(text, finder):
    assert [text[c.start : c.end] for c in finder.find(text) if c.evidence] == []


def test_the_evidence_marks_the_words_that_are_shared(finder):
    text = "Mitral and tricuspid regurgitation"
    (evidence,) = finder.find(text)[0].evidence
    assert (evidence.rule, text[evidence.start : evidence.end]) == ("ellipsis.end", "regurgitation")
    assert evidence.gives == "form=mitral regurgitation"


def test_a_place_behind_the_finding_may_stand_in_a_row():
    entries = [
        Entry("finding", ("fracture of the tibia",), (), "tibia"),
        Entry("finding", ("fracture of fibula",), (), "f"),
    ]
    finder = ConceptFinder(Vocabulary(memoryview(compile_vocabulary(entries))))
    text = "Fracture of the tibia and the fibula."
    _, member = finder.find(text)
    assert (text[member.start : member.end], member.concept) == ("fibula", "f")
    assert (member.evidence[0].rule, member.evidence[0].gives) == ("ellipsis.beginning", "form=fracture of fibula")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Left wrist and right hand pain.", {"wrist": "left", "hand pain": "right"}),
        ("Right neck and left back pain.", {"neck": "right", "back pain": "left"}),
        ("Right and left pleural effusions.", {"pleural effusions": "bilateral"}),
        ("Wrist and left hand pain.", {"wrist": None, "hand pain": "left"}),
    ],
)
def test_sides_stay_with_their_own_member(text, sides, tagger):
    found = {m.text.lower(): m.laterality for m in tagger(text).mentions if m.label != "body_site"}
    for quote, side in sides.items():
        assert [said for words, said in found.items() if words.endswith(quote)] == [side]
