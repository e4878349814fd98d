"""Tests of laying a run out."""

from dataclasses import replace

from fakes_cli import rendered
from pith_cli.up.results import Row, summarize
from pith_cli.up.tables import rows_table, summary_lines, summary_table

_ROW = Row(
    "leave-parental",
    "document-question",
    "acme",
    "anthropic",
    "claude-opus-4-1",
    stream=True,
    cache="miss",
    expected_cache="miss",
    compression="applied",
    similarity=None,
    tokens_before=2000,
    tokens_after=800,
    eligible_before=1900,
    eligible_after=700,
    completion_tokens=20,
    ms=51.6,
    cache_ms=4.0,
    compression_ms=9.0,
    answer_kept=True,
    cost_without_usd=0.04,
    cost_with_usd=0.01,
)


def test_a_row_shows_tokens_ratio_time_and_answer() -> None:
    """Everything that the run promises is in the line of a request."""
    line = next(line for line in rendered(rows_table([_ROW])).splitlines() if "leave-parental" in line)
    for part in ("acme", "claude-opus-4-1", "stream", "miss", "2000 -> 800", "2.50x", "52", "kept"):
        assert part in line


def test_a_hit_sends_no_tokens_and_shows_its_similarity() -> None:
    """What the cache answers costs nothing and has no ratio."""
    hit = replace(
        _ROW, cache="hit-semantic", similarity=0.9731, compression="skipped", tokens_after=0, answer_kept=False
    )
    text = rendered(rows_table([hit]))
    assert "hit-semantic 0.973" in text
    assert "2000 -> 0" in text
    assert "LOST" in text
    assert "2.50x" not in text


def test_the_summary_names_every_figure() -> None:
    """Rates, ratios, times and costs each have their line."""
    lines = dict(summary_lines(summarize([_ROW, replace(_ROW, cache="hit-exact", cost_with_usd=0.0)])))
    assert lines["hit rate"] == "50% (1 exact + 0 semantic of 2)"
    assert lines["compression of eligible tokens"] == "2.71x"
    assert lines["cost at list prices with Pith"] == "$0.0100 (saves 88%)"
    assert "near misses refused" in rendered(summary_table(summarize([_ROW])))


def test_an_empty_run_has_a_summary_too() -> None:
    """Nothing is divided by zero."""
    lines = dict(summary_lines(summarize([])))
    assert lines["lookup, p50"] == "-"
    assert lines["cost at list prices with Pith"] == "$0.0000 (saves 0%)"
