"""What the words around a mention say about it, sentence by sentence.

Mentions stand in double square brackets; after a bar follow all values that differ from "affirmed, definite, current,
patient". A mention without a bar must keep every default.
"""

import re

import pytest

from clinnote.ontology.cues import load_cues
from clinnote.pipeline.concepts import given_concepts
from clinnote.pipeline.context.stage import find_context
from clinnote.pipeline.sections import find_sections, load_sections
from clinnote.pipeline.sentences import find_sentences

MARK = re.compile(r"\[\[([^|\]]+)(?:\|([^\]]+))?\]\]")
DEFAULTS = {"affirmed", "definite", "current", "patient", None}

NEGATION = [
    "Denies [[fever|negated]] or [[cough|negated]] but she has a [[rash]].",
    "No [[pleural effusion|negated]] or [[pneumothorax|negated]].",
    "Denies [[fever|negated]] or [[cough|negated]] but has [[rash]].",
    "The film showed no [[fracture|negated]] or [[dislocation|negated]] but did show an [[effusion]].",
    "No [[nausea|negated]], [[vomiting|negated]], [[diarrhea|negated]], or [[fever|negated]].",
    "She denies [[chest pain|negated]] and [[cough|negated]].",
    "The patient is negative for [[pneumonia|negated]].",
    "The lungs are clear without [[consolidation|negated]].",
    "[[Pneumothorax|negated]] was ruled out.",
    "[[Pneumothorax|negated]] and [[effusion|negated]] are not seen.",
    "[[Pneumothorax|negated]] is absent.",
    "[[Pneumothorax|negated]]: none.",
    "[[Hepatomegaly|negated]] - none.",
    "Extremities: No [[edema|negated]].",
    "GI review is -ve for [[bleeding|negated]].",
    "There is neither [[effusion|negated]] nor [[pneumothorax|negated]].",
    "The test for [[influenza|negated]] was negative.",
    "He didn't have any [[fever|negated]].",
    "[[NO KNOWN DRUG ALLERGIES|negated]].",
    "[[VOIDING WITHOUT DIFFICULTY]].",
    "No [[fever|negated]] and no [[cough|negated]] were noted.",
    "He was ruled out for [[myocardial infarction|negated]].",
    "The [[effusion|negated resolved]] has resolved.",
    "There is [[edema]] on the left, none on the right.",
    "There is no\n[[pneumothorax|negated]] or\n[[effusion|negated]].",
]
LISTS = [
    "Patient denies:\n- [[fever|negated]]\n- [[chills|negated]]\n\n- [[cough]]",
    "Negative for:\n[[fever|negated]]\n[[chills|negated]]\nThe exam today shows a hard and painful [[mass]].",
    "Assessment:\n- [[fever]]\n- no [[chills|negated]]",
    "Denies:\n1. [[fever|negated]]\n2. possible [[rash|negated possible]]",
]
SCOPE = [
    "No [[effusion|negated]] but there is [[edema]].",
    "No right [[pneumothorax|negated]]; left [[effusion|stable]] is stable.",
    "No [[fever|negated]], the [[heart is enlarged]].",
    "There is no [[effusion|negated]] and the [[heart]] is normal.",
    "No [[fracture|negated]], mild [[swelling|mild]].",
    "No [[consolidation|negated]], large [[effusion|negated severe]], or [[pneumothorax|negated]].",
    "She denies [[fever|negated]], reports [[cough]].",
    "[[Effusion]] is present. No [[edema|negated]].",
    "Findings: 1) no [[fracture|negated]] 2) [[arthritis]].",
    "No history of [[asthma|negated historical]] who presents with [[cough]].",
    "CT without contrast: [[mass]] in the liver.",
    "He did not sleep because of [[cough]].",
]
PSEUDO = [
    "No change in the left [[nodule|stable]].",
    "No interval increase in the left [[effusion|stable]].",
    "Cannot exclude a small left [[effusion|possible mild]].",
    "[[Pneumonia|possible]] cannot be excluded.",
    "Not only [[effusion]] but also [[edema]].",
    "The [[nodule]] is not well seen.",
    "A [[nodule|new]] not seen on the prior film.",
    "Gram negative [[sepsis]].",
]
CERTAINTY = [
    "Possible [[pneumonia|possible]].",
    "This may represent [[atelectasis|possible]].",
    "Findings are suspicious for [[malignancy|possible]].",
    "Findings suggestive of [[edema|probable]].",
    "[[Pneumonia|unlikely]] is unlikely.",
    "No definite [[pneumothorax|negated probable]].",
    "Possible [[effusion|possible]] without [[pneumothorax|negated]].",
    "Evaluate for [[pneumonia|possible]].",
]
TIME = [
    "History of [[asthma|historical]].",
    "The patient has a past medical history of [[diabetes|historical]] and [[hypertension|historical]].",
    "Status post [[cholecystectomy|historical]], now with [[fever]].",
    "Prior [[stroke|historical]].",
    "He had [[hepatitis|historical]] in the past.",
    "[[Fracture|historical]] five years ago.",
    "PAST MEDICAL HISTORY: [[Gout|historical]].",
    "HISTORY OF PRESENT ILLNESS: [[Cough]] for two days.",
    "A two-week history of [[cough]].",
    "The [[nodule|increased]] is larger than on the prior study.",
    "Return if you have [[fever|hypothetical]] or [[chills|hypothetical]].",
    "She is at risk for [[falls|hypothetical]].",
    "Return for [[dizziness|hypothetical]], new onset of [[chest pain|hypothetical new]], or [[fever|hypothetical]].",
    "He will undergo [[biopsy|future]] next week.",
    "A 55 year old man with [[cough]].",
]
PEOPLE = [
    "Her mother had [[breast cancer|family]].",
    "Family history of [[colon cancer|family historical]].",
    "FAMILY HISTORY: [[Diabetes|family]] and [[stroke|family]].",
    "No family history of [[colon cancer|family historical negated]].",
    "Her mother reports [[fever]].",
    "His roommate has [[influenza|other]].",
]
GRADE = [
    "New left [[effusion|new]].",
    "The [[effusion|increased]] has increased.",
    "Decreasing [[edema|decreased]].",
    "Unchanged [[cardiomegaly|stable]] and new [[nodule|new]].",
    "Mild to moderate [[stenosis|moderate]].",
    "Severe [[stenosis|severe]] with trace [[effusion|minimal]].",
    "Left [[effusion]], new right [[opacity|new]].",
    "She has [[fever]], worsening [[cough|increased]], and [[rash]].",
    "The [[effusion|increased]], worsening since yesterday, is on the left.",
    "Small bowel [[obstruction]].",
    "The patient is hemodynamically stable with [[pneumonia]].",
    "[[Low lung volumes]] with increased [[markings|increased]].",
]

TAKEN_FOR_GRANTED = [
    "No [[extension|negated]] of the [[tumor]] was seen on [[CT]].",
    "No [[extension|negated]] of the [[tumor]] or [[adenopathy|negated]].",
    "[[Recurrence|negated]] of the [[tumor]] was not seen.",
    "There was no [[cough|negated]] during the [[infusion]].",
    "He had no [[nausea|negated]] after [[chemotherapy]].",
    "No signs of [[infection|negated]] or of the [[abscess|negated]].",
    "She denies any of the [[symptoms|negated]].",
    "No [[change|negated]] in the [[nodule|stable]].",
    "No [[pain|negated]], [[swelling|negated]] of the [[joint]], or [[redness|negated]].",
]
TESTS = [
    "The blood [[culture]] was negative.",
    "Mycoplasma and chlamydia [[antibodies]] were negative.",
    "[[Mycoplasma]] and [[chlamydia]] antibodies were negative.",
    "Other markers including [[desmin]], [[actin]] and [[keratin]] were negative.",
    "[[Influenza|negated]] was negative.",
    "She tested negative for [[influenza|negated]].",
    "Negative [[Murphy sign|negated]], negative [[cultures]].",
    "The [[culture|negated]] was not done.",
]
GONE = [
    "[[Pain|negated resolved]] and [[swelling|negated resolved]] resolved.",
    "The [[rash|negated resolved]] disappeared within a week.",
    "His [[cough]] did not subside.",
    "Complete resolution of the [[effusion|negated resolved]].",
    "The [[heparin|negated resolved]] was discontinued.",
    "She has been [[seizure|negated]] free since May.",
    "He declined [[surgery|negated]].",
    "The hemoglobin declined rapidly with [[anemia]].",
    "The boy was lost to [[follow-up|negated]].",
    "The [[biopsy|negated]] was not yet done.",
    "SOCIAL HISTORY: [[Tobacco|negated historical]]: Quit in May.",
]
TWICE = [
    "She does not deny [[palpitations]].",
    "She didn't deny [[palpitations]].",
    "He is not without [[pain]].",
    "[[Effusion|possible]] is not excluded.",
]
DEGREES = [
    "Definite [[fracture]].",
    "Probable [[fracture|probable]].",
    "Questionable [[fracture|possible]].",
    "[[Fracture|unlikely]] is unlikely.",
    "To rule out [[fracture|possible]].",
    "The tissue is insufficient to evaluate for [[dysplasia|hypothetical possible]].",
]
WHOSE_AND_WHEN = [
    "Her mother had a [[stroke|family]] and was treated for [[gout|family]].",
    "The patient is married with children and has [[asthma]].",
    "The children's ward admitted him with [[asthma]].",
    "A distant relative had [[hemophilia|family]].",
    "There was a relative [[leukopenia]].",
    "[[SMOKING HISTORY|historical]].",
    "[[MATERNAL LUPUS|family]].",
    "[[NO FAMILY HISTORY OF GOUT|negated family historical]].",
    "A 20-year history of [[smoking|historical]].",
    "She had undergone [[thyroidectomy|historical]].",
    "A [[colonoscopy|future]] was scheduled.",
    "A man without [[complaints|negated]] was seen for [[gout]].",
    "Pain did not improve and [[limitation]] of motion occurred.",
]

SIGNS = [
    "[[Hematuria|negated]] (-), [[dysuria]] (+), [[urgency|negated]] (-).",
    "(-) [[fever|negated]], (+) [[cough]], (-) [[wheezing|negated]]",
    "[[Rash|negated]] (neg), [[itch]] (pos)",
    "ROS: +[[cough]], -[[fever|negated]], -[[chills|negated]]",
    "[[Chest pain|negated]] [ ] [[dyspnea]] [x]",
    "[x] [[dyspnea]]\n[ ] [[chest pain|negated]]",
    "Impression: -[[Cardiomegaly]] -[[Effusion]]",
    "-[[fever]]\n-[[cough]], productive",
    "To do: [ ] [[fracture]] clinic",
    "Right upper quadrant [[pain]] (-) [[rebound|negated]]",
    "[[Edema|negated]] no, [[cyanosis|negated]] no, [[pulses]] yes.",
    "[[Fever|negated]]: - ; [[cough]]: +",
    "[[Influenza|negated]] swab was negative.",
    "[[Pain]] is not due to [[appendicitis|negated]].",
    "0/12 nodes positive for [[carcinoma|negated]].",
    "2/12 nodes positive for [[carcinoma]].",
    "[[Dysuria]]. ? [[cystitis|possible]]",
    "[[Dysuria]], ? [[cystitis|possible]]",
]
MORE_SIGNS = [
    "(+) [[tremor]] (-) [[rigidity|negated]] (-) stooped posture",
    "No [[dyspnea|negated]], + [[cough]].",
    "Mother denies [[fever|negated]] but reports [[rash]].",
    "Should [[chest pain|hypothetical]] recur, call us.",
    "He should be treated for [[pneumonia]].",
    "The pattern is indeterminate for [[fibrosis|possible]].",
    "Risks including [[bleeding|hypothetical]] and [[infection|hypothetical]] were discussed.",
    "The [[edema|mild]] is now mild.",
    "No [[dehiscence|negated]], scant [[drainage]].",
]
EPISODES = [
    "Was admitted in 2019 for [[pneumonia|historical]] and now returns with [[cough]].",
    "Hospitalized last year with [[diverticulitis|historical]]. At that time, an [[abscess|historical]] was drained.",
    "In 2010 she was admitted with [[pancreatitis|historical]]. At that time a [[pseudocyst|historical]] was drained.",
    "Years ago he developed [[thrombosis|historical]]. It was treated with [[warfarin|historical]]. He has [[pain]].",
    "He had an [[infarct|historical]] in 2012. He was treated with [[stenting|historical]]. Now he has [[syncope]].",
    "Last winter she had [[pneumonia|historical]]; an [[effusion|historical]] was drained at that time.",
    "He was treated for [[pneumonia|historical]] in 2015.",
    "The [[nodule]] was first seen in 2015.",
    "[[Nodule|stable]] unchanged from a CT in 2015.",
    "The [[nodule|increased]] is larger than in 2015.",
    "He has [[pneumonia]]. It was treated with [[antibiotics]].",
    "She had [[pneumonia|historical]] in 2015. Today she has [[cough]]. It was treated with [[codeine]].",
]
SIDE_OF_THE_HEDGE = [
    "[[Lesions]], less likely [[demyelination|unlikely]].",
    "The [[lesions|unlikely]] are unlikely.",
    "Several [[hypodensities]], likely [[cysts|probable]].",
    "The [[opacity]] is likely [[atelectasis|probable]].",
    "[[Pneumonia|probable]] is likely.",
]


@pytest.fixture(scope="module")
def tables(root):
    return load_cues(root / "ontologies"), load_sections(root / "ontologies")


def read(tagged):
    text, mentions, at = "", [], 0
    for mark in MARK.finditer(tagged):
        text += tagged[at : mark.start()]
        mentions.append({"start": len(text), "end": len(text) + len(mark[1]), "label": "finding"})
        mentions[-1]["values"] = set((mark[2] or "").split())
        text += mark[1]
        at = mark.end()
    return text + tagged[at:], mentions


@pytest.mark.parametrize(
    "tagged",
    [
        *NEGATION,
        *LISTS,
        *SCOPE,
        *PSEUDO,
        *CERTAINTY,
        *TIME,
        *PEOPLE,
        *GRADE,
        *TAKEN_FOR_GRANTED,
        *TESTS,
        *GONE,
        *TWICE,
        *DEGREES,
        *WHOSE_AND_WHEN,
        *SIGNS,
        *MORE_SIGNS,
        *EPISODES,
        *SIDE_OF_THE_HEDGE,
    ],
)
def test_sentence(tagged, tables):
    cues, sections = tables
    text, mentions = read(tagged)
    contexts = find_context(
        text, find_sentences(text), find_sections(text, sections), given_concepts(text, mentions), cues
    )
    said = [{c.polarity, c.certainty, c.temporality, c.experiencer, c.change, c.severity} - DEFAULTS for c in contexts]
    assert said == [mention["values"] for mention in mentions]


def test_every_value_has_evidence_with_its_rule_and_words(tables):
    cues, _ = tables
    text = "There is no effusion."
    (context,) = find_context(
        text, find_sentences(text), (), given_concepts(text, [{"start": 12, "end": 20, "label": "finding"}]), cues
    )
    (evidence,) = context.evidence
    assert (evidence.rule, text[evidence.start : evidence.end], evidence.gives) == ("neg.no", "no", "polarity=negated")


def test_the_section_heading_is_the_evidence_of_its_default(tables):
    cues, sections = tables
    text = "PAST MEDICAL HISTORY: Gout."
    (context,) = find_context(
        text,
        find_sentences(text),
        find_sections(text, sections),
        given_concepts(text, [{"start": 22, "end": 26, "label": "disorder"}]),
        cues,
    )
    (evidence,) = context.evidence
    assert evidence.rule == "section.past_medical_history"
    assert text[evidence.start : evidence.end].strip() == "PAST MEDICAL HISTORY:"
