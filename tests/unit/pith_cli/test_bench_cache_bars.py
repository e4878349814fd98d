"""Tests of the bars of the cache's latency."""

from typing import Any

from pith_cli.bench.cache_bars import bars


def _entry(name: str, latency: tuple[float, float] = (1.0, 2.0), rps: float = 1.0, **params: Any) -> dict[str, Any]:
    params = {"store": "sqlite", "entries": 10_000, "callers": 1, **params}
    figures = {"times_echo": 2.1} if name == "exact_hit" else {}
    latency_ms = {"p50": latency[0], "p99": latency[1]}
    return {"name": name, "params": params, "latency_ms": latency_ms, "rps": rps, "figures": figures}


def test_an_exact_hit_is_held_against_an_empty_call() -> None:
    """Twice its time, and six milliseconds at the worst."""
    found = bars([_entry("exact_hit", (1.0, 6.0))])
    assert [(bar.bar, bar.met) for bar in found] == [("<= 2 x", False), ("<= 6 ms", True)]


def test_a_semantic_hit_is_held_against_the_bar_of_its_store_and_size() -> None:
    """Another size has none, a hundred thousand entries only with the index."""
    found = bars([_entry("semantic_hit", (9.5, 25.1)), _entry("semantic_hit", (9.5, 20.0), store="redis_vectorset")])
    assert [bar.met for bar in found] == [False, False, True, True]
    assert bars([_entry("semantic_hit", entries=500), _entry("semantic_hit", entries=100_000)]) == []
    many = bars([_entry("semantic_hit", (12.0, 99.0), entries=100_000, index="usearch")])
    assert [(bar.bar, bar.met) for bar in many] == [("<= 12 ms", True)]


def test_throughput_is_that_of_eight_callers_and_two_workers() -> None:
    """Nothing else says anything about it."""
    found = bars([_entry("semantic_hit", rps=199.0, callers=8, workers=2), _entry("semantic_hit", callers=8)])
    assert [(bar.measured, bar.met) for bar in found] == [("199", False)]
    assert bars([_entry("miss"), {"name": "semantic_hit", "params": {}, "figures": {}}]) == []
