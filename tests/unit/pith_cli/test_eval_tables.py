"""Tests of the table of an eval."""

from fakes_cli import rendered
from pith_cli.eval.tables import table

KEPT = {
    "name": "kept",
    "params": {"rate": 0.33, "distractors": "other", "mode": "question", "engine": "sentences"},
    "n": 20,
    "errors": 1,
    "figures": {"kept": 0.97, "low": 0.9, "high": 1.0, "rate": 0.325, "baseline.idf_caps_smoothed": 0.5},
}
REST = {"name": "adherence", "params": {}, "n": 20, "errors": 0, "figures": {"worst": 0.03, "mean": 0.01}}


def test_a_row_a_rate_and_a_column_a_method() -> None:
    """What holds for the whole run stands below."""
    shown = rendered(table({"scenarios": [KEPT, REST]}))
    assert "eval compressor: kept distractors=other mode=question engine=sentences" in shown
    row = next(line for line in shown.splitlines() if "0.33" in line)
    assert row.split() == ["0.33", "0.325", "20", "1", "0.970", "0.900-1.000", "0.500"]
    assert "adherence: worst=0.0300 mean=0.0100" in shown


def test_a_run_without_questions_has_lines_alone() -> None:
    """Each with its size."""
    shown = rendered(table({"scenarios": [REST | {"params": {"tokens": 500, "rate": 0.3}}]}))
    assert shown.strip() == "adherence tokens=500 rate=0.3: worst=0.0300 mean=0.0100"


def test_the_achieved_rate_has_a_column_where_it_is_known() -> None:
    """Supporting sentences and meetings have none among their figures."""
    figures = {"kept": 0.8, "low": 0.7, "high": 0.9, "baseline.bm25": 0.6}
    entry = {"name": "supporting", "params": {"rate": 0.5}, "n": 9, "errors": 0, "figures": figures}
    shown = rendered(table({"scenarios": [entry]}))
    assert "achieved" not in shown
    assert next(line for line in shown.splitlines() if "0.5 " in line).split() == [
        *("0.5", "9", "0", "0.800", "0.700-0.900", "0.600")
    ]
