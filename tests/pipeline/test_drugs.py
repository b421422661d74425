"""How drugs are given, on sentences of medication lists and plans."""

import pytest

from clinnote.ontology.number_tables import load_numbers
from clinnote.pipeline.numbers.stage import find_measurements
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sentences import find_sentences
from clinnote.settings import find_home

TABLES = load_numbers(find_home().ontologies)


def read(text, *drugs):
    """(doses, dosage in the order form, route, frequency, as needed, duration, status) of each drug."""
    starts = [text.index(drug) for drug in drugs]
    concepts = [Concept(start, start + len(drug), "medication") for start, drug in zip(starts, drugs, strict=True)]
    found = find_measurements(text, find_sentences(text), concepts, TABLES)
    dosages = found.dosages or [None] * len(drugs)
    for dosage, proof in zip(dosages, found.evidence or [()] * len(drugs), strict=True):
        given = {e.gives.partition("=")[0] for e in proof}
        assert given == {key for key in KEYS if dosage and getattr(dosage, key)}
    return [
        (
            ", ".join(f"{p.value:g}{'-' + format(p.high, 'g') if p.high else ''} {p.unit}" for p in parts),
            ", ".join(str(getattr(dosage, key)) for key in KEYS if dosage and getattr(dosage, key)),
        )
        for parts, dosage in zip(found.measurements, dosages, strict=True)
    ]


KEYS = ("form", "route", "frequency", "as_needed", "duration", "status")


@pytest.mark.parametrize(
    ("text", "drug", "doses", "dosage"),
    [
        ("Metformin 500 mg PO BID.", "Metformin", "500 mg", "oral, twice daily"),
        ("Stopped lisinopril.", "lisinopril", "", "stopped"),
        ("Tylenol 650 mg x1 given.", "Tylenol", "650 mg", "once"),
        ("Amoxicillin 500 mg x 7 days.", "Amoxicillin", "500 mg", "7 days"),
        ("Took 2 x 500 mg paracetamol.", "paracetamol", "500 mg", ""),
        ("Increase Lasix to 40 mg daily.", "Lasix", "40 mg", "once daily, increased"),
        ("Aspirin 81 mg tablet, take 1 tablet daily.", "Aspirin", "81 mg, 1 {tbl}", "tablet, once daily"),
        ("Aspirin 81 mg tablet.\nTake 1 tablet daily.", "Aspirin", "81 mg, 1 {tbl}", "tablet, once daily"),
        ("40 mg of IV Lasix was given.", "Lasix", "40 mg", "intravenous"),
        (
            "Norco 5/325 mg every 4-6 hours as needed for pain.",
            "Norco",
            "5 mg, 325 mg",
            "every 4-6 hours, as needed for pain",
        ),
        (
            "Insulin glargine 20 units subcutaneously at bedtime.",
            "Insulin glargine",
            "20 [U]",
            "subcutaneous, at bedtime",
        ),
        ("Prednisone was decreased from 40 mg to 20 mg daily.", "Prednisone", "20 mg", "once daily, decreased"),
        ("Her lisinopril was discontinued due to cough.", "lisinopril", "", "stopped"),
        (
            "Amoxicillin 400 mg/5 mL suspension, 5 mL PO TID x 10 days.",
            "Amoxicillin",
            "400 mg/(5.mL), 5 mL",
            "solution, oral, 3 times daily, 10 days",
        ),
        ("Vancomycin 1.5 g IV q12h.", "Vancomycin", "1.5 g", "intravenous, every 12 hours"),
        (
            "Oxycodone 5 mg tablet Sig: 1-2 tablets PO Q4H prn.",
            "Oxycodone",
            "5 mg, 1-2 {tbl}",
            "tablet, oral, every 4 hours, prn",
        ),
        (
            "Atorvastatin 40 mg tablet Sig: One (1) tablet PO daily.",
            "Atorvastatin",
            "40 mg, 1 {tbl}",
            "tablet, oral, once daily",
        ),
        ("Heparin drip at 18 units/kg/hr.", "Heparin", "18 [U]/kg/h", "infusion"),
        ("He is on warfarin.", "warfarin", "", "active"),
        ("She has asthma and metformin was mentioned.", "metformin", "", ""),
        ("Metformin for diabetes; her father takes 500 mg.", "Metformin", "", ""),
    ],
)
def test_dosage(text, drug, doses, dosage):
    assert read(text, drug) == [(doses, dosage)]


def test_a_status_goes_on_through_a_list_of_drugs():
    found = read(
        "Continue aspirin 81 mg daily, metoprolol and lisinopril. Warfarin 5 mg.",
        "aspirin",
        "metoprolol",
        "lisinopril",
        "Warfarin",
    )
    assert [dosage.split(", ")[-1] for _, dosage in found] == ["continued", "continued", "continued", ""]


def test_a_dose_stays_with_its_drug():
    found = read("Metformin 500 mg BID and aspirin 81 mg daily.", "Metformin", "aspirin")
    assert found == [("500 mg", "twice daily"), ("81 mg", "once daily")]


def test_the_frequency_is_counted_by_the_day():
    text = "Ibuprofen 600 mg every 6 hours."
    found = find_measurements(text, find_sentences(text), [Concept(0, 9, "medication")], TABLES)
    assert found.dosages[0].per_day == 4
