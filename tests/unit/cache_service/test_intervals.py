"""Wilson's interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.intervals import Z_ONE_SIDED, wilson


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_the_interval_holds_the_share(wrong: int, total: int) -> None:
    """And stays between 0 and 1."""
    low, high = wilson(wrong, total)
    assert 0 <= low <= min(1.0, wrong / total) + 1e-9
    assert min(1.0, wrong / total) - 1e-9 <= high <= 1


def test_the_interval_is_wilsons() -> None:
    """Two values from a table, and everything where nothing was counted."""
    assert wilson(5, 100) == pytest.approx((0.0215, 0.1118), abs=1e-4)
    assert wilson(0, 100) == pytest.approx((0.0, 0.0370), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_one_side_alone_is_nearer() -> None:
    """At the same confidence the one-sided end lies inside the two-sided one."""
    assert wilson(5, 100, z=Z_ONE_SIDED)[1] < wilson(5, 100)[1]
