"""How sure a mean is, by drawing the same number of values again and again; pure."""

from collections.abc import Sequence

import numpy as np

_DRAWS = 1000
_SEED = 1
_TAIL_PERCENT = 2.5


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean."""
    if not values:
        return 0.0, 0.0
    rng = np.random.default_rng(_SEED)
    array = np.asarray(values, dtype=np.float64)
    means = [array[rng.integers(0, len(array), len(array))].mean() for _ in range(_DRAWS)]
    low, high = np.percentile(means, [_TAIL_PERCENT, 100 - _TAIL_PERCENT])
    return float(low), float(high)
