"""Tests of the tables and the plot of an eval of the cache."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from pith_cli.eval import cache_plots, cache_tables
from pith_cli.eval.cache_rows import Row


def _stream(budget: float, rate: float, wrong: float) -> dict[str, Any]:
    figures = {"hit_rate": rate, "hit_rate_exact": 0.1, "hit_rate_semantic": rate - 0.1, "wrong_per_hit": wrong}
    figures |= {"low": wrong / 2, "high": wrong * 2, "threshold": None, "bound": 0.0, "observations": 7.0}
    figures |= {"shadow_checks": 2, "vetoes": {"numbers": 3}}
    for half in ("first", "second"):
        figures |= {f"hit_rate_{half}_half": rate, f"wrong_per_hit_{half}_half": wrong}
    return {
        "name": "stream",
        "params": {"budget": budget},
        "n": 9,
        "errors": 0,
        "figures": figures,
        "latency_ms": {"p50": 2.0},
    }


def _entries() -> list[dict[str, Any]]:
    kind = {"served": 0.5, "wrong": 0.25, "right": 0.25}
    cosine = {"hit_rate": 0.3, "wrong_per_hit": 0.1, "hits": 3, "wrong": 1}
    return [
        _stream(0.01, 0.3, 0.01),
        _stream(0.05, 0.5, 0.04),
        {"name": "kind", "params": {"budget": 0.01, "kind": "number"}, "n": 4, "errors": 0, "figures": kind},
        {"name": "kind", "params": {"budget": 0.05, "kind": "number"}, "n": 4, "errors": 0, "figures": kind},
        {"name": "cosine", "params": {"threshold": 0.9}, "n": 9, "errors": 0, "figures": cosine},
        {"name": "cosine", "params": {"threshold": 0.91}, "n": 9, "errors": 0, "figures": cosine},
    ]


def test_tables_show_budgets_kinds_thresholds_and_bars() -> None:
    """A bar that is not met says so."""
    console = Console(file=io.StringIO(), width=160)
    console.print(cache_tables.table(_entries(), [Row("wrong per hit", "<= 0.03", "0.0400", met=False)]))
    shown = console.file.getvalue()
    for wanted in ("0.005-0.020", "none", "numbers 3", "0.500 (0.250)", "not met", "0.90"):
        assert wanted in shown
    assert "0.91" not in shown


def test_the_plot_has_the_curve_over_budgets(tmp_path: Path) -> None:
    """And nothing is drawn where there is no stream."""
    assert cache_plots.draw({"scenarios": _entries()}, tmp_path / "deep" / "eval.png")
    assert (tmp_path / "deep" / "eval.png").stat().st_size > 10_000
    assert not cache_plots.draw({"scenarios": []}, tmp_path / "none.png")
