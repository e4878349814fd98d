"""Times competitors in turns, so that a noisy machine is noisy for all of them alike."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from pith_cli.bench.harness import Run, scenario

Call = Callable[[], object]


def in_turns(calls: Mapping[str, Call], *, rounds: int, budget_s: float = 30.0) -> dict[str, list[float]]:
    """Run each call once in every round, as many rounds as the time allows; return the milliseconds of each.

    The first round is timed as well: what counts is the best run, and a cold one is not that.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    ends = time.perf_counter() + budget_s
    for number in range(rounds):
        if number and time.perf_counter() > ends:
            break
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            taken[name].append((time.perf_counter() - started) * 1000)
    return taken


def faster(slow_ms: list[float], fast_ms: list[float]) -> float:
    """Return how many times faster the second is, best run against best run: what is slower than the best is noise."""
    return min(slow_ms) / min(fast_ms)


def timed(name: str, params: dict[str, Any], taken_ms: list[float], **figures: Any) -> dict[str, Any]:
    """Make the report's entry of one competitor."""
    return scenario(name, params, Run(sum(taken_ms) / 1000, 0, taken_ms), figures=figures)
