"""Turns latencies into the figures of a bench report; pure."""

import math
from collections.abc import Sequence

_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value with at least this share of all values at or below it (nearest rank)."""
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float | None:
    """Return the nearest-rank median, or None when there is nothing to take it of."""
    return percentile(sorted(values), 0.5) if values else None


def summarize(latencies_ms: Sequence[float]) -> dict[str, float]:
    """Return mean, p50, p90, p95, p99 and max, in milliseconds."""
    ordered = sorted(latencies_ms)
    figures = {"mean": sum(ordered) / len(ordered)} if ordered else {}
    figures |= {name: percentile(ordered, share) for name, share in _QUANTILES.items() if ordered}
    return figures | ({"max": ordered[-1]} if ordered else {})
