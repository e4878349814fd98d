"""Tests of means and their intervals."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pith_cli.eval.bootstrap import interval, mean


def test_the_interval_of_a_share_is_about_what_statistics_says() -> None:
    """Ninety of a hundred: 1.96 times sqrt(.9 * .1 / 100) to either side."""
    low, high = interval([1.0] * 90 + [0.0] * 10)
    assert low == pytest.approx(0.9 - 0.0588, abs=0.015)
    assert high == pytest.approx(0.9 + 0.0588, abs=0.015)


def test_nothing_has_no_interval() -> None:
    """An empty run reports zeros."""
    assert interval([]) == (0.0, 0.0)
    assert mean([]) == 0.0


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_interval_is_within_the_values_and_repeats(values: list[float]) -> None:
    """The seed is fixed."""
    low, high = interval(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert interval(values) == (low, high)
