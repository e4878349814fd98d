"""The bars of the cache's latency, each with what a bench measured; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]
_TIMES_ECHO = 2.0
_EXACT_P99_MS = 6.0
_SEMANTIC_P50_MS = {"sqlite": 9.0, "redis_vectorset": 10.0}
_SEMANTIC_P99_MS = 25.0
_ENTRIES = 10_000
_MANY = 100_000
_MANY_P50_MS = 12.0
_THROUGHPUT = 200.0


@dataclass(frozen=True)
class Bar:
    """One bar, what was measured, and whether it is met."""

    what: str
    bar: str
    measured: str
    met: bool


def bars(entries: Sequence[Entry]) -> list[Bar]:
    """Return the bars that the scenarios can say something about."""
    found: list[Bar] = []
    for one in entries:
        if "latency_ms" in one and one["name"] in {"exact_hit", "semantic_hit"}:
            found += _alone(one) if one["params"]["callers"] == 1 else _together(one)
    return found


def _alone(one: Entry) -> Iterator[Bar]:
    params, latency, store = one["params"], one["latency_ms"], one["params"]["store"]
    if one["name"] == "exact_hit" and "times_echo" in one["figures"]:
        times = one["figures"]["times_echo"]
        what = f"exact hit, {store}: p50 beside an empty call"
        yield Bar(what, f"<= {_TIMES_ECHO:g} x", f"{times:.2f} x", times <= _TIMES_ECHO)
        yield _most(f"exact hit, {store}: p99", latency["p99"], _EXACT_P99_MS)
    elif one["name"] == "semantic_hit" and params["entries"] == _ENTRIES and store in _SEMANTIC_P50_MS:
        yield _most(f"semantic hit, {store}: p50", latency["p50"], _SEMANTIC_P50_MS[store])
        yield _most(f"semantic hit, {store}: p99", latency["p99"], _SEMANTIC_P99_MS)
    elif one["name"] == "semantic_hit" and params["entries"] == _MANY and params.get("index"):
        yield _most(f"semantic hit, {store}, {_MANY:,} entries, index: p50", latency["p50"], _MANY_P50_MS)


def _together(one: Entry) -> Iterator[Bar]:
    params = one["params"]
    if (one["name"], params["callers"], params.get("workers")) == ("semantic_hit", 8, 2):
        what = f"semantic hits a second, {params['store']}, 8 callers, 2 workers"
        yield Bar(what, f">= {_THROUGHPUT:g}", f"{one['rps']:.0f}", one["rps"] >= _THROUGHPUT)


def _most(what: str, value: float, bar: float) -> Bar:
    return Bar(what, f"<= {bar:g} ms", f"{value:.2f} ms", value <= bar)
