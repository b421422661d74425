"""Sizes, doses and values of labs and vital signs, on sentences that a clinician can read."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.ontology.number_tables import load_numbers
from clinnote.pipeline.numbers.quantities import find_quantities
from clinnote.pipeline.numbers.stage import find_measurements
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sentences import find_sentences
from clinnote.settings import find_home

TABLES = load_numbers(find_home().ontologies)
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
            f"{p.comparator or ''}{p.value:g}{'-' + format(p.high, 'g') if p.high is not None else ''}"
            f"{' ' + p.unit if p.unit else ''}{' ' + p.flag if p.flag else ''}"
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
        "The right {s: kidney = 10.2 cm} measures 10.2 cm, with a 2 cm {cyst = 2 cm}.",
        "The {s: liver = 16 cm} is 16 cm and contains a 3 cm {hemangioma = 3 cm}.",
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
        "{l: Ammonia = 181.6 umol/L high} was elevated (181.6 \u03bcmol/L).",
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
        "4 mm of {midline shift = 4 mm}.",
        "There is a {hematoma = -} with 4 mm of {midline shift = 4 mm}.",
        "{Nodule = 4 mm} measuring 4 mm.",
        "{Nodule = 4 mm} (4 mm).",
        "{Nodule = 4 mm}, 4 mm.",
        "A {nodule = 5 mm}, previously 3 mm, now 5 mm.",
        "The {nodule = 5 mm} has grown from 3 to 5 mm.",
        "The {nodule = 5 mm} has increased from 3 mm to 5 mm.",
        "The {nodule = 3 mm} decreased from 5 to 3 mm.",
        "{Nodules = 3-5 mm} ranging from 3 to 5 mm.",
        "Multiple 3-5 mm {nodules = 3-5 mm}.",
        "A <5 mm {nodule = <5 mm}.",
        "A {nodule = <5 mm} less than 5 mm.",
        "A {mass = 2 cm x 3 cm x 4 cm} of 2 x 3 x 4 cm.",
        "A {mass = 1.2 cm x 3.4 cm} measures 1.2 cm AP by 3.4 cm TV.",
        "A {mass = 1.2 cm x 3.4 cm x 2 cm} measures 1.2 (AP) x 3.4 (TV) x 2.0 (CC) cm.",
        "A 5mm {nodule = 5 mm}.",
        "A 3mmx4mm {nodule = 3 mm x 4 mm}.",
        "A 3,4 mm {nodule = -}.",
        "{Cyst = 12 [HU]} measures 12 HU.",
        "{Nodule = 4.2 {SUVbw}g/mL} with SUVmax 4.2.",
        "{Nodule = 4.2 {SUVbw}g/mL} with an SUV of 4.2.",
        "A 14 Fr {d: chest tube = 14 [Ch]} was placed.",
        "A 14-French {d: catheter = 14 [Ch]}.",
        "{Scoliosis = 25 deg} of 25 degrees.",
        "30 mL of {fluid = 30 mL} was drained.",
        "{v: Gestational age = 39 wk} 39 weeks.",
        "A 5 mm {nodule = 5 mm} (previously 3 mm).",
        "A 5 mm {nodule = 5 mm}, 3 mm on the prior study.",
        "The {mass = -} is 3 cm from the {s: carina = -}.",
        "A {laceration = -} seen 6 in the right hand.",
        "{Stenosis = 50-69 %} of 50-69%.",
        "{Stenosis = >70 %} greater than 70%.",
        "{v: BP = 120 mm[Hg] x 80 mm[Hg]}: 120/80 mmHg, {v: HR = 88}: 88, {v: Temp = 98.6 [degF]} 98.6 F.",
        "{v: Pulse = 72 /min} 72 bpm.",
        "{v: SpO2 = 94 %} 94% on 2L.",
        "{v: Temperature = 38.5 Cel} 38.5 °C.",
        "{v: BP = 110-119} in the 110s.",
        "{l: Glucose = 180-209} in the 180s to 200s.",
        "{l: K = 3.2 low} 3.2 (L).",
        "{l: K = 3.2 low} 3.2 L, {l: Na = 138} 138, {l: WBC = 12.4 high} 12.4 H.",
        "{l: WBC = 12.4 10*3/uL high} 12.4 K/uL (H).",
        "{l: Troponin = <0.01} <0.01.",
        "{l: CRP = <5 mg/L} less than 5 mg/L.",
        "{l: Creatinine = 1.4} 1.4 (baseline 1.1).",
        "{l: Creatinine = 1.9} rose from 1.1 to 1.9.",
        "{l: Creatinine = 1.4} 1.1 -> 1.4.",
        "{l: Hemoglobin = 7.9} was 9.1, now 7.9.",
        "{l: Potassium = 3.2 mmol/L low} 3.2 mmol/L (3.5-5.1).",
        "{l: Sodium = 131 low}\t131\t136-145\tmmol/L\tL",
        "{l: WBC = 12.4 abnormal}-12.4* {l: RBC = 3.5}-3.5",
        "{l: AST = 35}/{l: ALT = 40} 35/40.",
        "{l: AST = 35} and {l: ALT = 40} were 35 and 40.",
        "{v: Pain = 8} 8/10.",
        "{v: Visual acuity = -} 20/40.",
        "{l: Hemoglobin A1c = 8 high} is elevated at 8.",
        "{l: Hemoglobin = 9.1} on 5/12 was 9.1.",
        "{l: Troponin = -} x 3 negative.",
        "{l: Platelets = 250 10*3/uL} 250K.",
        "{l: WBC = 14000 /uL high} elevated at 14,000/uL.",
        "{l: PSA = 4.1 ng/mL} level of 4.1 ng/mL.",
        "{v: Weight = 70 kg} 70 kg.",
        "{l: eGFR = >60 mL/min} > 60 mL/min.",
        "Seen at 10:30 with a {rash = -}.",
        "{v: GCS = 15} 15/15.",
        "{Edema = -} of L4-5.",
    ],
)
def test_measurement(line):
    text, concepts, expected = untag(line)
    found = find_measurements(text, find_sentences(text), concepts, TABLES).measurements
    assert [show(parts) for parts in found] == expected


def test_dimension_counts_the_axes_of_a_size_and_spans_quote_the_text():
    text = "Mass 3 x 2 x 1 cm."
    parts = find_measurements(text, find_sentences(text), [Concept(0, 4, "finding")], TABLES).measurements[0]
    assert [part.dimension for part in parts] == [1, 2, 3]
    assert [text[part.start : part.end] for part in parts] == ["3", "2", "1 cm"]
    assert {part.unit for part in parts} == {"cm"}


def test_a_value_has_no_dimension():
    text = "Potassium 3.2."
    assert (
        find_measurements(text, find_sentences(text), [Concept(0, 9, "lab")], TABLES).measurements[0][0].dimension
        is None
    )


NUMBERS = ["3", "5.5", "120/80", "12/5/2020", "1,000", "3-5", "5 mm", "2x3", ".5", "10^3/uL", "130s"]
OTHERS = [
    "nodule",
    "K",
    "BP",
    "Lasix",
    "x",
    "mm",
    "cm",
    "mg",
    "%",
    "-",
    "to",
    ",",
    ";",
    ".",
    "(",
    ")",
    "was",
    "from",
    "<",
    "L",
    "H",
]
OTHERS += ["daily", "every", "hours", "now", "SUV", "tablets", "two", "PO", "increase", "stopped", "by", "\n"]
LABELS = {"nodule": "finding", "K": "lab", "BP": "vital", "Lasix": "medication"}


@settings(deadline=None)
@given(st.lists(st.sampled_from([*NUMBERS, *OTHERS]), max_size=40))
def test_any_row_of_numbers_is_read(words):
    text = " ".join(words)
    concepts = [Concept(m.start(), m.end(), LABELS[m[0]]) for m in re.finditer(r"\b(?:nodule|K|BP|Lasix)\b", text)]
    found = find_measurements(text, find_sentences(text), concepts, TABLES)
    assert len(found.measurements) == len(concepts)
    for parts in found.measurements:
        for part in parts:
            assert 0 <= part.start < part.end <= len(text)
            assert part.value >= 0
            assert part.high is None or part.value <= part.high
            assert re.search(r"\d|two", text[part.start : part.end])
    assert len({p for parts in found.measurements for p in parts}) == sum(map(len, found.measurements))
    for proof in found.evidence:
        for evidence in proof:
            assert 0 <= evidence.start < evidence.end <= len(text)


@given(
    st.floats(0.01, 9999).map(lambda x: round(x, 2)),
    st.sampled_from(sorted(form for form in TABLES.units if form != '"')),
    st.sampled_from([" ", ""]),
)
def test_every_unit_is_read_back(value, form, blank):
    text = f"It was {value:.2f}{blank if not form[0].isdigit() else ' '}{form}."
    quantities = find_quantities(text, TABLES)
    assert [(q.parts[0].value, q.parts[0].unit) for q in quantities] == [(value, TABLES.units[form].ucum)]
    assert text[quantities[0].start : quantities[0].end].endswith(form.rstrip("."))


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from(["-", " to ", "\u2013"]))
def test_a_range_never_ends_below_its_start(one, other, sign):
    text = f"A {one}{sign}{other} mm nodule."
    part = find_quantities(text, TABLES)[0].parts[0]
    assert (part.value, part.high) == ((one, other) if one <= other else (other, None))


def test_a_note_without_digits_and_drugs_costs_nothing():
    found = find_measurements("No nodule.", (), [Concept(3, 9, "finding")], TABLES)
    assert found == ([()], (), ())


@pytest.mark.parametrize(
    ("text", "flag", "rule", "quote"),
    [
        ("Potassium 3.2 (L).", "low", "val.letter_low", "(L)"),
        ("Potassium is elevated at 5.9.", "high", "val.high", "elevated"),
        ("Potassium 3.2 (ref 3.5-5.1).", "low", "val.reference_range", " (ref 3.5-5.1)"),
        ("Potassium 4.2 (3.5-5.1).", "normal", "val.reference_range", " (3.5-5.1)"),
        ("Potassium 5.9, high.", "high", "val.high", "high"),
    ],
)
def test_a_flag_has_its_evidence(text, flag, rule, quote):
    found = find_measurements(text, find_sentences(text), [Concept(0, 9, "lab")], TABLES)
    assert found.measurements[0][0].flag == flag
    assert [(e.rule, text[e.start : e.end], e.gives) for e in found.evidence[0]] == [(rule, quote, f"flag={flag}")]


def test_a_row_of_names_above_a_row_of_numbers():
    text = "WBC   Hgb   Plt\n12.4  9.1   250"
    concepts = [Concept(0, 3, "lab"), Concept(6, 9, "lab"), Concept(12, 15, "lab")]
    found = find_measurements(text, find_sentences(text), concepts, TABLES)
    assert [part.value for parts in found.measurements for part in parts] == [12.4, 9.1, 250]


@pytest.mark.parametrize("filler", [" ", "\t", "\n", "1", "1 ", "(", ", ", "- ", "x", "K ", "mm ", "to ", "and "])
@pytest.mark.parametrize("name", ["K", "BP", "Lasix", "nodule"])
def test_long_runs_of_one_thing_are_read_in_linear_time(name, filler):
    """Each would take hours if any expression went back over the run from every place in it."""
    text = f"5 mm {name} 3{filler * 20000}4 mm"
    found = find_measurements(text, (), [Concept(5, 5 + len(name), LABELS[name])], TABLES)
    assert len(found.measurements) == 1


def test_digits_that_no_float_holds_are_no_amount():
    text = "Nodule " + "9" * 400 + " mm. K " + "9" * 400 + " mmol/L."
    concepts = [Concept(0, 6, "finding"), Concept(412, 413, "lab")]
    assert find_measurements(text, find_sentences(text), concepts, TABLES).measurements == [(), ()]
