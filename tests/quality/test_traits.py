import pytest

from clinnote.model.mention import Dosage, Measurement, Mention, SiteMention, When
from clinnote.quality.traits import TRAITS, says_nothing, trait

PLAIN = Mention("m", 0, 4, "mass", "finding")


@pytest.mark.parametrize("name", TRAITS)
def test_a_plain_mention_says_nothing(name):
    assert trait(PLAIN, name) == says_nothing(name)


@pytest.mark.parametrize(
    ("name", "fields", "value"),
    [
        ("polarity", {"polarity": "negated"}, "negated"),
        ("laterality", {"laterality": "left"}, "left"),
        ("section", {"section": "plan"}, "plan"),
        (
            "sites",
            {"sites": (SiteMention(0, 1, "RUL", "upper_lobe"), SiteMention(2, 3, "Left  Hilum"))},
            "left hilum + upper_lobe",
        ),
        (
            "measurements",
            {"measurements": (Measurement(0, 1, 8.0, None, "mm"), Measurement(2, 3, 1.5, 2))},
            "1.5-2 + 8 mm",
        ),
        ("measurements", {"measurements": (Measurement(0, 1, 5.0, None, "mm", comparator="<"),)}, "<5 mm"),
        ("dosage", {"dosage": Dosage(route="oral", per_day=2.0)}, "route oral, per_day 2.0"),
        ("when", {"when": When("2024-01-02", None, "day", "yesterday")}, "2024-01-02"),
        ("when", {"when": When(None, None, None, "once")}, ""),
    ],
)
def test_the_value_that_is_compared(name, fields, value):
    assert trait(Mention("m", 0, 4, "mass", "finding", **fields), name) == value
