"""Sizes, doses and values, on sentences that a clinician can read."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.pipeline.measurements import find_measurements
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sentences import find_sentences
from clinnote.pipeline.units import UNITS

TAG = re.compile(r"\{(?:(?P<label>\w+): )?(?P<words>[^{}=]+) = (?P<values>[^{}]*)\}")
NAMES = {
    None: "finding",
    "s": "body_site",
    "l": "lab",
    "v": "vital",
    "m": "medication",
    "d": "device",
}


def untag(line):
    """(text, concepts, expected values of each, written as in the tag)."""
    text, concepts, expected, at = "", [], [], 0
    for tag in TAG.finditer(line):
        text += line[at : tag.start()]
        at = tag.end()
        concepts.append(Concept(len(text), len(text) + len(tag["words"]), NAMES[tag["label"]]))
        text += tag["words"]
        expected.append(tag["values"])
    return text + line[at:], concepts, expected


def show(parts):
    """ "3 cm x 2 cm" for two dimensions, "2-3 mm" for a range, "-" for nothing."""
    return (
        " x ".join(
            f"{p.value:g}{'-' + format(p.high, 'g') if p.high is not None else ''}{' ' + p.unit if p.unit else ''}"
            for p in parts
        )
        or "-"
    )


@pytest.mark.parametrize(
    "line",
    [
        "A 5 mm {nodule = 5 mm} in the left {s: lower lobe = -}.",
        "An 8-mm calcified {granuloma = 8 mm}.",
        "A 1.2cm {cyst = 1.2 cm}.",
        "{Nodules = 2-3 mm} of 2-3 mm.",
        "{Nodules = 2-3 mm} of 2 to 3 mm.",
        "A {mass = 3 cm x 2.5 cm x 1 cm} measuring 3 x 2.5 x 1 cm.",
        "A 3 cm x 2 cm {mass = 3 cm x 2 cm} in the {s: liver = -}.",
        "A 12 mm left {s: upper lobe = -} {nodule = 12 mm}.",
        "A {nodule = 5 mm} in the right {s: upper lobe = -} measures 5 mm.",
        "A {nodule = 7 mm} of 7 mm, previously 5 mm.",
        "A {nodule = -}, was 5 mm.",
        "A 5 mm {nodule = 5 mm} and a 2 cm {cyst = 2 cm}.",
        "A {cyst = 2 cm} measures 2 cm; the {nodule = -} is stable.",
        "The right {s: kidney = 10.2 cm} measures 10.2 cm.",
        "The {d: tube = -} ends 3 cm above the {s: carina = -}.",
        "{m: Aspirin = 81 mg} 81 mg daily.",
        "{m: Vancomycin = 1.5 g} 1.5 g and {m: cefepime = 2 g} 2 g.",
        "{l: Potassium = 3.2} 3.2.",
        "{l: Sodium = 138 mmol/L} was 138 mmol/L, {l: WBC = 12.3 10*3/uL} 12.3 K/uL.",
        "{l: Hemoglobin = 9.1 g/dL}: 9.1 g/dL.",
        "{l: Platelets = 1200} 1,200.",
        "{v: BP = 120 mm[Hg] x 80 mm[Hg]} 120/80.",
        "{v: BP = 120 mm[Hg] x 80 mm[Hg]} 120/80 mmHg, {v: heart rate = 88} 88.",
        "{v: Blood pressure = 180 mm[Hg] x 95 mm[Hg]} was noted to be 180/95 mm Hg.",
        "{v: Heart rate = 84 /min}: 84 beats per minute.",
        "{l: Ammonia = 181.6 umol/L} was elevated (181.6 \u03bcmol/L).",
        "{m: Amlodipine = 5 mg/d} 5 mg/day.",
        "{l: CA 19-9 = 856 U/mL} was 856 U/mL.",
        "{v: Temperature = 98.6 [degF]} 98.6 F.",
        "{v: Weight = 80 kg}: 80 kg.",
        "{l: Ejection fraction = 55 %} of 55%.",
        "{Stenosis = 70 %} of 70%.",
        "{l: Creatinine = -} for 3 days.",
        "{l: Troponin = -} on 5/12/2020.",
        "Seen on 5/12/2020 for a {nodule = -}.",
        "{Nodule = -}. It measures 5 mm.",
        "In 2019 {pneumonia = -}.",
    ],
)
def test_measurement(line):
    text, concepts, expected = untag(line)
    found = find_measurements(text, find_sentences(text), concepts)
    assert [show(parts) for parts in found] == expected


def test_dimension_counts_the_axes_of_a_size_and_spans_quote_the_text():
    text = "Mass 3 x 2 x 1 cm."
    parts = find_measurements(text, find_sentences(text), [Concept(0, 4, "finding")])[0]
    assert [part.dimension for part in parts] == [1, 2, 3]
    assert [text[part.start : part.end] for part in parts] == ["3", "2", "1 cm"]
    assert {part.unit for part in parts} == {"cm"}


def test_a_value_has_no_dimension():
    text = "Potassium 3.2."
    assert find_measurements(text, find_sentences(text), [Concept(0, 9, "lab")])[0][0].dimension is None


def test_units_are_written_in_lower_case_in_the_table():
    assert all(form == form.lower() for form in UNITS)


NUMBERS = ["3", "5.5", "120/80", "12/5/2020", "1,000"]
OTHERS = ["nodule", "x", "mm", "cm", "mg", "%", "-", "to", ",", ";", ".", "(", "was"]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*NUMBERS, *OTHERS]), max_size=40))
def test_any_row_of_numbers_is_read(words):
    text = " ".join(words)
    concepts = [Concept(m.start(), m.end(), "finding") for m in re.finditer("nodule", text)]
    sentences = find_sentences(text)
    found = find_measurements(text, sentences, concepts)
    assert len(found) == len(concepts)
    for concept, parts in zip(concepts, found, strict=True):
        home = next(s for s in sentences if s.start <= concept.start < s.end)
        for part in parts:
            assert home.start <= part.start < part.end <= home.end
            assert part.value >= 0
