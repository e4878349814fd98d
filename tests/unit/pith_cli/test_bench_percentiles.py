"""Tests of percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.bench.percentiles import median, percentile, summarize

_VALUES = st.lists(st.floats(0, 1e6), min_size=1)


def test_nearest_rank() -> None:
    """A percentile is one of the values, never one between two."""
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.75) == 3
    assert percentile([1, 2, 3, 4], 0.99) == 4
    assert percentile([7], 0.0) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@given(_VALUES, st.floats(0.01, 1))
def test_at_least_the_share_lies_at_or_below(values: list[float], share: float) -> None:
    """That is what a percentile promises, and no smaller value keeps it."""
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


@given(_VALUES)
def test_a_summary_is_in_order(values: list[float]) -> None:
    """Higher percentiles are never smaller, and the mean lies within."""
    found = summarize(values)
    assert found["p50"] <= found["p90"] <= found["p95"] <= found["p99"] <= found["max"] == max(values)
    assert min(values) - 1e-6 <= found["mean"] <= max(values) + 1e-6


def test_nothing_measured_has_no_figures() -> None:
    """An empty scenario shows no zero."""
    assert summarize([]) == {}
    assert median([]) is None
    assert median([3.0, 1.0, 2.0]) == 2.0
