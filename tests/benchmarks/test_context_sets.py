"""The gold of the context benchmark, on corpora of two sentences made for the test."""

import importlib.util
import sys

import pytest


@pytest.fixture(scope="module")
def sets(root):
    spec = importlib.util.spec_from_file_location("context_sets", root / "benchmarks/context_sets.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["context_sets"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["context_sets"]


def told(case):
    return {case.text[t.start : t.end]: t.gold for t in case.targets}


def test_events_of_e3c(sets, tmp_path):
    (tmp_path / "e3c-dev").mkdir()
    text = "No fever, perhaps asthma; return if rash; biopsy planned."
    spans = {
        "fever": 'polarity="NEG" contextualModality="ACTUAL"',
        "asthma": 'polarity="POS" contextualModality="HEDGED"',
        "rash": 'polarity="POS" contextualModality="HYPOTHETICAL-IF"',
        "biopsy": 'polarity="POS" contextualModality="ACTUAL" docTimeRel="AFTER"',
    }
    events = "".join(
        f'<custom:EVENT xmi:id="{i}" sofa="12" begin="{text.index(w)}" end="{text.index(w) + len(w)}" {features}/>'
        for i, (w, features) in enumerate(spans.items())
    )
    (tmp_path / "e3c-dev/a.xml").write_text(
        '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" '
        f'xmlns:custom="http:///webanno/custom.ecore">{events}<cas:Sofa xmi:id="12" sofaString="{text}"/></xmi:XMI>'
    )
    [case] = sets.e3c(tmp_path)
    assert told(case) == {
        "fever": {"negated": True, "uncertain": False, "hypothetical": False},
        "asthma": {"negated": False, "uncertain": True, "hypothetical": False},
        "rash": {"negated": False, "uncertain": False, "hypothetical": True},
        "biopsy": {"negated": False, "uncertain": False},
    }


MACCROBAT = """T1\tHistory 0 15\tHistory of gout
T2\tDisease_disorder 11 15\tgout
T3\tHistory 20 26\tsmoker
T4\tFamily_history 28 45\tmother had stroke
T5\tDisease_disorder 39 45\tstroke
T6\tSign_symptom 50 55\tfever
E1\tSign_symptom:T6
A1\tPOLARITY E1 NEG
T7\tDisease_disorder 57 67\tlikely flu
A2\tPOLARITY T7 MAYBE_NEG
T8\tDate 69 74\ttoday
"""


def test_entities_of_maccrobat(sets, tmp_path):
    (tmp_path / "maccrobat-dev").mkdir()
    (tmp_path / "maccrobat-dev/a.txt").write_text(
        "History of gout and smoker, mother had stroke. No fever, likely flu, today."
    )
    (tmp_path / "maccrobat-dev/a.ann").write_text(MACCROBAT)
    [case] = sets.maccrobat(tmp_path)
    assert told(case) == {
        "gout": {"negated": False, "uncertain": False, "historical": True, "family": False},
        "smoker": {"historical": True, "family": False},
        "stroke": {"negated": False, "uncertain": False, "family": True},
        "fever": {"negated": True, "historical": False, "family": False},
        "likely flu": {"uncertain": True, "historical": False, "family": False},
    }


def test_counts_take_only_what_the_corpus_decides(sets):
    case = sets.Case("a", "x y", (sets.Target(0, 1, {"negated": True}), sets.Target(2, 3, {"family": True})))
    said = [[dict.fromkeys(sets.FLAGS, True), dict.fromkeys(sets.FLAGS, False)]]
    scores = sets.judge([case], said)
    assert {name: (s.tp, s.fp, s.fn) for name, s in scores.items()} == {"negated": (1, 0, 0), "family": (0, 0, 1)}
