"""Tests of bench reports."""

import json
from pathlib import Path

from fakes_cli import rendered
from pith_cli.bench import report
from pith_cli.bench.cache_bars import Bar
from pith_cli.bench.harness import Run, scenario

_REPORT = report.document(
    "compressor",
    [
        scenario("compress", {"tokens": 2000, "callers": 1}, Run(1.0, 1, [4.0, 5.0]), figures={"ratio": 2.5}),
        scenario("embed", {}, Run()),
    ],
)


def test_a_report_says_where_it_was_measured(tmp_path: Path) -> None:
    """Machine and versions stand beside the figures, as JSON in a folder that is made."""
    report.write(tmp_path / "deep" / "c.json", _REPORT)
    found = json.loads((tmp_path / "deep" / "c.json").read_text())
    assert set(found) == {"name", "machine", "versions", "scenarios"}
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["memory_gb"] > 0
    assert found["versions"]["grpcio"]
    assert found["scenarios"][0]["params"] == {"tokens": 2000, "callers": 1}


def test_a_table_shows_every_scenario() -> None:
    """Also the one that measured nothing."""
    text = rendered(report.table(_REPORT))
    assert "tokens=2000 callers=1" in text
    assert "4.00" in text
    assert "ratio=2.5" in text
    assert "embed" in text


def test_bars_say_whether_they_are_met() -> None:
    """Each beside what was measured."""
    bars = [Bar("p99", "<= 6 ms", "7.00 ms", met=False), Bar("p50", "<= 2 x", "1.90 x", met=True)]
    shown = rendered(report.bar_table(bars))
    assert "not met" in shown
    assert shown.count("met") == 2
