"""Short names of labs and vital signs count beside a plausible value and nowhere else."""

import pytest

import clinnote

TAGGER = clinnote.load("general")


def readings(text):
    """For every lab and vital sign with a value "K 3.2 low"."""
    found = []
    for m in TAGGER(text).mentions:
        if m.label in ("lab", "vital") and m.measurements:
            values = "/".join(format(p.value, "g") for p in m.measurements)
            found.append(" ".join(filter(None, (m.text, values, m.measurements[0].flag))))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Labs: Na 138, K 3.2 (L), Cl 102, CO2 24, BUN 15, Cr 1.4 H, Glu 98.",
            ["Na 138", "K 3.2 low", "Cl 102", "CO2 24", "BUN 15", "Cr 1.4 high", "Glu 98"],
        ),
        ("T 38.5, P 88, R 16, BP 120/80, SpO2 94% on 2L.", ["T 38.5", "P 88", "R 16", "BP 120/80", "SpO2 94"]),
        ("Na   K    Cl   Cr\n138  3.2  102  1.4\n", ["Na 138", "K 3.2", "Cl 102", "Cr 1.4"]),
        ("Na | K | Cl\n138 | 320 | 102\n", ["Na 138", "Cl 102"]),
        ("T wave inversion.\n12\n", []),
        ("WBC 12.4, Hgb 9.1, Plt 250.", ["WBC 12.4", "Hgb 9.1", "Plt 250"]),
        ("Vitamin K 5 mg was given.", []),
        ("There is a fracture of T 12.", []),
        ("R 16 mm nodule.", []),
        ("PT 3 times a week.", []),
        ("K was sent.", []),
        ("Ensure follow-up in 2 weeks.", []),
    ],
)
def test_short_names(text, expected):
    assert readings(text) == expected


def test_a_short_name_has_the_codes_of_its_term():
    short = next(m for m in TAGGER("K 3.2").mentions if m.text == "K")
    full = next(m for m in TAGGER("Potassium 3.2").mentions if m.text == "Potassium")
    assert short.codes == full.codes
    assert [(e.rule, e.start, e.end) for e in short.evidence] == [("lab.k", 0, 1)]
    assert ("http://loinc.org", "6298-4") in [code.key for code in short.codes]


def test_the_verb_ensure_is_no_drink():
    assert [m for m in TAGGER("Ensure that she drinks.").mentions if m.label == "medication"] == []
