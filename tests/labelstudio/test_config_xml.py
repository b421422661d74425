import dataclasses
from xml.etree import ElementTree

import pytest
from ls_records import GUIDELINE

from clinnote.errors import OntologyError
from clinnote.labelstudio.config_xml import instructions_html, labeling_config
from clinnote.labelstudio.sdk_check import check_interface, sdk_installed


def screen() -> ElementTree.Element:
    return ElementTree.fromstring(labeling_config(GUIDELINE))


def test_every_label_has_its_colour_hotkey_and_hint() -> None:
    shown = [(e.get("value"), e.get("background"), e.get("hotkey"), e.get("hint")) for e in screen().iter("Label")]
    assert shown == [(x.name, x.colour, x.hotkey, x.description) for x in GUIDELINE.labels]


def test_every_attribute_is_asked_for_the_selected_span_of_its_labels_only() -> None:
    for attribute in GUIDELINE.attributes:
        view = next(
            v for v in screen().iter("View") if any(c.get("name") == attribute.name for c in v.findall("Choices"))
        )
        choices = view.find("Choices")
        assert choices is not None
        assert view.get("visibleWhen") == "region-selected"
        assert view.get("whenLabelValue") == ",".join(attribute.labels)
        assert choices.get("perRegion") == "true"
        assert tuple(c.get("value") for c in choices) == attribute.values


def test_the_screen_has_codes_relations_a_verdict_and_keeps_white_space() -> None:
    root = screen()
    assert [e.get("value") for e in root.iter("Relation")] == ["located_at"]
    assert [e.get("name") for e in root.iter("TextArea")] == ["codes"]
    assert "pre-wrap" in (root.findtext("Style") or "")
    verdicts = next(e for e in root.iter("Choices") if e.get("name") == "note_status")
    assert [c.get("value") for c in verdicts] == ["note complete", "needs second look"]


def test_the_same_guideline_gives_the_same_bytes() -> None:
    assert labeling_config(GUIDELINE) == labeling_config(dataclasses.replace(GUIDELINE))


def test_markup_in_a_guideline_stays_text() -> None:
    evil = '"/><script>alert(1)</script> & <b>'
    label = dataclasses.replace(GUIDELINE.labels[0], description=evil, example=evil)
    guideline = dataclasses.replace(GUIDELINE, labels=(label,), description=evil)
    root = ElementTree.fromstring(labeling_config(guideline))
    assert next(root.iter("Label")).get("hint") == evil
    assert "<script>" not in instructions_html(guideline)
    assert "&lt;script&gt;" in instructions_html(guideline)


@pytest.mark.skipif(not sdk_installed(), reason="the extra 'labelstudio' is not installed")
def test_the_sdk_accepts_the_interface_and_refuses_a_broken_one() -> None:
    config = labeling_config(GUIDELINE)
    check_interface(config)
    with pytest.raises(OntologyError, match="refuses"):
        check_interface(config.replace('toName="text"', 'toName="nowhere"', 1))
