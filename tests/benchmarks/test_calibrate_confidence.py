"""The fit of the cross-check's confidence: what is counted, and what the figures do."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from calibrate_confidence import Fit, Flag, Mix, fit, write

MIX = Mix({"side_opposite": 100}, clean=1000, look_alike=100, base_rate=0.002, look_alikes=0.1)
PLANTED = 0.002 / 100
CLEAN = 0.998 * 0.9 / 1000


def flag(right: bool, *doubts: str) -> Flag:
    return Flag("R1", "side_opposite", frozenset(doubts), right, PLANTED if right else CLEAN)


def test_the_rate_is_the_share_of_real_flags_at_the_base_rate():
    rate = fit([flag(True)] * 100, MIX).rate["side_opposite"]
    assert rate == pytest.approx(0.002 * 100.5 / 101 / (0.002 * 100.5 / 101 + 0.998 * 0.5 / 1001), rel=1e-6)


def test_a_false_flag_on_a_clean_report_lowers_it():
    assert fit([flag(True)] * 100 + [flag(False)], MIX).rate["side_opposite"] < 0.6


def test_a_doubt_that_goes_with_false_flags_lowers_the_confidence_and_not_the_rate():
    flags = [flag(True)] * 90 + [flag(True, "device")] * 10 + [flag(False, "device")]
    fitted = fit(flags, MIX)
    assert fitted.factor["device"] < 0.7
    assert fitted.rate["side_opposite"] == pytest.approx(fit([flag(True)] * 90, MIX).rate["side_opposite"])
    assert fitted.confidence(flag(True, "device")) < fitted.confidence(flag(True))


def test_no_doubt_raises_the_confidence():
    assert fit([flag(True, "broader")] * 50 + [flag(True)] * 10 + [flag(False)], MIX).factor["broader"] == 1.0


def test_writing_replaces_fitted_figures_alone(tmp_path: Path):
    config = tmp_path / "crosscheck.toml"
    config.write_text(
        '[severity]\nside_opposite = "critical"\n[against_labels]\nside_opposite = 0.1\n[doubt]\nx = 0.5\n'
    )
    write(config, Fit({"side_opposite": 0.876}, {"x": 0.5}))
    assert config.read_text().splitlines() == [
        "[severity]",
        'side_opposite = "critical"',
        "[against_labels]",
        "side_opposite = 0.88",
        "[doubt]",
        "x = 0.50",
    ]
