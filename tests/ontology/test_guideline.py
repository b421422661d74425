from pathlib import Path

import pytest

from clinnote.errors import OntologyError
from clinnote.model import mention
from clinnote.ontology.guideline import ATTRIBUTE_VALUES, load_guideline
from clinnote.settings import find_home

CLINICAL = find_home().configs / "guidelines" / "clinical.toml"
GOOD = """
name = "small"
version = "1"
description = "Two labels."
[[label]]
name = "finding"
description = "What is seen."
example = "An OPACITY."
colour = "#ff0000"
hotkey = "1"
[[label]]
name = "body_site"
description = "Where."
example = "The LUNG."
colour = "#00ff00"
hotkey = "2"
[attribute.polarity]
description = "There or not?"
values = ["affirmed", "negated"]
labels = ["finding"]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_default_guideline_has_the_labels_of_the_contract() -> None:
    guideline = load_guideline(CLINICAL)
    assert guideline.label_names == (
        "finding", "disorder", "device", "procedure", "medication", "lab", "vital", "body_site",
    )  # fmt: skip
    assert guideline.id == "clinical@1.0"
    assert len(guideline.sha256) == 64


def test_the_default_guideline_offers_every_attribute_with_all_values_of_the_mention_record() -> None:
    guideline = load_guideline(CLINICAL)
    assert {a.name: a.values for a in guideline.attributes} == dict(ATTRIBUTE_VALUES)
    assert ATTRIBUTE_VALUES["certainty"] == mention.CERTAINTIES


def test_every_example_shows_the_marked_words_in_capitals() -> None:
    for label in load_guideline(CLINICAL).labels:
        assert any(word.isupper() and len(word) > 2 for word in label.example.split()), label.name


def test_attributes_are_asked_only_for_their_labels(tmp_path: Path) -> None:
    guideline = load_guideline(write(tmp_path, GOOD))
    assert [a.name for a in guideline.attributes_of("finding")] == ["polarity"]
    assert guideline.attributes_of("body_site") == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('version = "1"', 'version = "1"\nowner = "x"', "owner"),
        ('version = "1"', "version = 1", "version"),
        ('version = "1"', "", "version"),
        ('name = "small"', 'name = "Small Guideline"', "name"),
        ('hotkey = "2"', 'hotkey = "1"', "label.hotkey"),
        ('hotkey = "2"', 'hotkey = "ctrl"', "label[2].hotkey"),
        ('name = "body_site"', 'name = "finding"', "label.name"),
        ('colour = "#00ff00"', 'colour = "green"', "label[2].colour"),
        ('colour = "#00ff00"', 'color = "#00ff00"', "label[2].color"),
        ('example = "The LUNG."', 'example = "  "', "label[2].example"),
        ("[attribute.polarity]", "[attribute.mood]", "attribute.mood"),
        ('["affirmed", "negated"]', '["affirmed", "denied"]', "attribute.polarity.values"),
        ('["affirmed", "negated"]', '["negated"]', "attribute.polarity.values"),
        ('["affirmed", "negated"]', '["affirmed", "affirmed"]', "attribute.polarity.values"),
        ('["affirmed", "negated"]', "[]", "attribute.polarity.values"),
        ('labels = ["finding"]', 'labels = ["drug"]', "attribute.polarity.labels"),
        ('labels = ["finding"]', 'labels = ["finding"]\ndefault = "negated"', "attribute.polarity.default"),
        ("[[label]]", "[label]", "small.toml"),
    ],
)
def test_a_broken_guideline_is_refused_with_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in GOOD
    with pytest.raises(OntologyError) as caught:
        load_guideline(write(tmp_path, GOOD.replace(old, new, 1)))
    assert "small.toml" in str(caught.value)
    assert key in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "name = 'x'\nlabel = 3",
        "name = 'x'\nattribute = 3\n[[label]]\nname='a'\ndescription='b'\nexample='C'\ncolour='#000000'\nhotkey='1'",
        "name = ",
        "",
    ],
)
def test_other_shapes_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(OntologyError, match=r"small\.toml"):
        load_guideline(write(tmp_path, text))


def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=r"none\.toml"):
        load_guideline(tmp_path / "none.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes(b"name = '\xe4'")
    with pytest.raises(OntologyError, match=r"latin\.toml: not UTF-8"):
        load_guideline(path)
