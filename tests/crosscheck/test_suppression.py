"""Rules of a site that mute false flags."""

import pytest
from review_records import TRAPS, flag

from clinnote.crosscheck.suppression import load_suppressions, suppress
from clinnote.errors import OntologyError

RULE = '[[suppress]]\nid = "r1"\nkind = "side_subset"\n'


def rules(tmp_path, text):
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    return load_suppressions(tmp_path / "rules.toml", TRAPS)


@pytest.mark.parametrize(
    ("condition", "fires_on", "not_on"),
    [
        ('trap = "comparison"', {"trap": "comparison"}, {"trap": "device"}),
        (f'trap = "{TRAPS["device"]}"', {"trap": "device"}, {}),
        ('section = "Impression"', {"section": "impression"}, {"section": "findings"}),
        ('reader = "r2"', {"reader": "R2"}, {"reader": "R1"}),
        ('basis = "code"\nlabel = "effusion"', {"label": "Effusion"}, {"label": "Mass"}),
        ('view = "PA"\nsource = "CSV"', {}, {"kind": "side_opposite"}),
        ('finding = "pleural effusion"\nsite = "Pleura"', {}, {"kind": "site_mismatch"}),
    ],
)
def test_a_rule_mutes_what_has_all_its_properties(tmp_path, condition, fires_on, not_on):
    (rule,) = rules(tmp_path, RULE + condition)
    muted = suppress(flag("a", **fires_on), [rule])
    assert muted.severity == "info"
    assert (muted.metadata["suppressed_by"], muted.metadata["severity_was"]) == ("r1", "medium")
    assert suppress(muted, [rule]) == muted
    loud = flag("a", **not_on)
    assert suppress(loud, [rule]) == loud


def test_a_file_without_rules_has_none(tmp_path):
    assert rules(tmp_path, 'sections = ["findings"]') == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RULE, "would mute every side_subset"),
        (RULE + 'colour = "red"', "colour must be one of"),
        (RULE + "view = 3", "text in quotation marks"),
        ('[[suppress]]\nkind = "side_subset"\nview = "PA"', "id is missing"),
        ('[[suppress]]\nid = "x"\nkind = "odd"\nview = "PA"', "kind must be one of"),
        (2 * (RULE + 'view = "PA"\n'), "two rules .* have the id r1"),
        ("suppress = 3", "list of tables"),
        ("[[suppress", "rules.toml: "),
    ],
)
def test_a_rule_that_breaks_the_contract_is_refused_with_its_place(tmp_path, text, says):
    with pytest.raises(OntologyError, match=says):
        rules(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(OntologyError, match=r"none\.toml: can't be read"):
        load_suppressions(tmp_path / "none.toml", {})
