"""The options of the concepts stage in a pipeline file: every form, and misspellings."""

import pytest

from clinnote.errors import UsageError
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

STAGE = 'factory = "clinnote_concepts"'


def tagger_with(root, folder, option):
    path = folder / "own.cfg"
    general = (root / "configs" / "pipelines" / "general.cfg").read_text(encoding="utf-8")
    assert STAGE in general
    path.write_text(general.replace(STAGE, f"{STAGE}\n{option}"), encoding="utf-8")
    return load_tagger(str(path), None, Home(root))


def test_every_form_comes_through_all_stages(root, tmp_path):
    text = "No left lower lobe pneumonia; the right lung nodule is 8 mm."
    mentions = tagger_with(root, tmp_path, 'matches = "all"')(text).mentions
    assert {"lower lobe", "pneumonia", "lung", "lung nodule"} <= {m.text for m in mentions}
    assert len({m.id for m in mentions}) == len(mentions)
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert {m.polarity for m in mentions if m.text == "pneumonia"} == {"negated"}


def test_a_misspelt_finding_is_found_on_request(root, tmp_path):
    text = "No pneumnonia."
    (found,) = tagger_with(root, tmp_path, "spelling = true")(text).mentions
    assert (found.text, found.polarity) == ("pneumnonia", "negated")
    assert [e.gives for e in found.evidence if e.rule == "spelling"] == ["form=pneumonia"]
    assert load_tagger("general", None, Home(root))(text).mentions == ()


def test_another_value_is_refused(root, tmp_path):
    with pytest.raises(UsageError, match="matches"):
        tagger_with(root, tmp_path, 'matches = "some"')
