import re

import pytest

from clinnote.crosscheck.engine import load_knowledge
from clinnote.crosscheck.rules import load_rules
from clinnote.errors import OntologyError
from clinnote.settings import Home, find_home

SHIPPED = find_home().configs / "crosscheck.toml"


def broken(tmp_path, old, new):
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "crosscheck.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_file_loads_and_explains_every_doubt():
    rules = load_rules(SHIPPED)
    assert set(rules.doubt) <= set(rules.traps)
    assert set(rules.severity) == set(rules.confidence)
    assert all(0 < confidence <= 1 for confidence in rules.confidence.values())


def test_a_cap_only_lowers():
    rules = load_rules(SHIPPED)
    assert rules.severity_of("side_opposite", "code") == "critical"
    assert rules.severity_of("side_opposite", "convention_geometry") == "medium"
    assert rules.severity_of("labelled_not_mentioned", "convention_geometry") == "info"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('side_opposite = "critical"', 'side_opposite = "terrible"', "severity terrible must be one of"),
        ('side_opposite = "critical"', 'wrong_side = "critical"', "wrong_side must be one of"),
        ('convention_geometry = "medium"', 'guesswork = "medium"', "guesswork must be one of"),
        ("share = 0.8", "portion = 0.8", "key 'share' is missing"),
        ("[severity]", "[severity", "crosscheck.toml: "),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path, old, new, message):
    with pytest.raises(OntologyError, match=re.escape(message)):
        load_rules(broken(tmp_path, old, new))


def test_a_missing_file(tmp_path):
    with pytest.raises(OntologyError, match="is missing in"):
        load_rules(tmp_path / "crosscheck.toml")


def test_a_place_that_the_anatomy_does_not_know(tmp_path):
    home = find_home()
    (tmp_path / "ontologies").symlink_to(home.ontologies)
    (tmp_path / "configs").mkdir()
    broken(tmp_path / "configs", 'knee = ["knee"]', 'knee = ["gnee"]')
    with pytest.raises(OntologyError, match="'gnee' is no id"):
        load_knowledge(Home(tmp_path))
