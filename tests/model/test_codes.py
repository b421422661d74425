"""Forms and check digits of the code systems."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clinnote.model.codes import ICD10CM, LOINC, RXNORM, SNOMED, Code, canonical_system, short_system, well_formed


@pytest.mark.parametrize(
    ("system", "code", "holds"),
    [
        ("snomed", "60046008", True),  # pleural effusion, in pydicom's dictionary
        ("snomed", "60046009", False),  # its check digit changed
        ("snomed", "60064008", False),  # two digits exchanged
        ("snomed", "6004600", False),  # cut short
        ("icd10cm", "J90", True),
        ("icd10cm", "S82.201A", True),
        ("icd10cm", "J9", False),
        ("icd10cm", "U07.1", True),
        ("loinc", "718-7", True),
        ("loinc", "718-8", False),
        ("rxnorm", "1191", True),
        ("rxnorm", "aspirin", False),
        ("urn:house:codes", "anything", True),
    ],
)
def test_form_and_check_digit(system, code, holds):
    assert well_formed(system, code) is holds


@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=9))
def test_exactly_one_check_digit_fits_a_loinc_number(number, digit):
    fits = [d for d in range(10) if well_formed(LOINC, f"{number}-{d}")]
    assert len(fits) == 1
    assume(digit != fits[0])
    assert not well_formed(LOINC, f"{number}-{digit}")


@pytest.mark.parametrize("uri", [SNOMED, ICD10CM, LOINC, RXNORM])
def test_short_names_and_uris_translate_both_ways(uri):
    assert canonical_system(short_system(uri)) == uri


def test_a_code_written_with_a_short_name_is_the_same_concept():
    assert Code("snomed", "60046008", "Pleural effusion").key == Code(SNOMED, "60046008").key
