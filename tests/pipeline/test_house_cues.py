"""A pipeline with cue rules of the user's own."""

import json

import pytest

from clinnote.errors import OntologyError
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

RULE = {"literal": "nowhere any", "category": "NEGATED_EXISTENCE", "direction": "FORWARD"}
TABLE = (
    "id\tkind\tgives\tdirection\tlimit\ttargets\tpattern\tsource\tpositive\tnegative\n"
    "house.nowhere\tcue\tpolarity=negated\tforward\t\t\tnowhere any\thouse\tNowhere any [[a]].\tAny [[a]].\n"
)


@pytest.fixture
def tagger(root, tmp_path):
    """Builds the general pipeline with the lines given added to its context stage."""

    def build(*lines):
        config = (root / "configs" / "pipelines" / "general.cfg").read_text(encoding="utf-8")
        head = '[components.context]\nfactory = "clinnote_context"\n'
        assert head in config
        (tmp_path / "own.cfg").write_text(config.replace(head, head + "\n".join(lines) + "\n"), encoding="utf-8")
        return load_tagger(str(tmp_path / "own.cfg"), None, Home(root))

    return build


def polarities(tagger, text):
    return [mention.polarity for mention in tagger(text).mentions if mention.label != "body_site"]


@pytest.mark.parametrize("name", ["rules.json", "rules.tsv"])
@pytest.mark.parametrize(("shipped", "second"), [("true", "negated"), ("false", "affirmed")])
def test_own_rules_add_to_the_shipped_ones_or_replace_them(name, shipped, second, tagger, tmp_path):
    content = json.dumps({"context_rules": [RULE]}) if name.endswith("json") else TABLE
    (tmp_path / name).write_text(content, encoding="utf-8")
    own = tagger(f'cues = "{tmp_path / name}"', f"shipped = {shipped}")
    assert polarities(own, "Nowhere any pneumothorax. No pleural effusion.") == ["negated", second]


def test_the_version_of_the_rules_changes_with_the_file(tagger, tmp_path):
    path = tmp_path / "rules.json"
    versions = set()
    for words in ("nowhere", "nowhere any"):
        path.write_text(json.dumps({"context_rules": [{**RULE, "literal": words}]}), encoding="utf-8")
        versions.add(tagger(f'cues = "{path}"').rules)
    assert len(versions) == 2


def test_a_rule_that_cannot_be_read_stops_the_pipeline(tagger, tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps([{**RULE, "pattern": "no.*of"}]), encoding="utf-8")
    with pytest.raises(OntologyError, match=r"rules\.json: rule 1"):
        tagger(f'cues = "{tmp_path / "rules.json"}"')
