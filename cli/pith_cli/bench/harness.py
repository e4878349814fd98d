"""Drives a call in a closed loop: a number of callers, each sending its next request when the last is answered."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import grpc

from pith_cli.bench.percentiles import summarize

T = TypeVar("T")
R = TypeVar("R")

WARM_UP_CALLS = 3


class WrongOutcomeError(Exception):
    """A call was answered, but not with what the scenario measures."""


@dataclass(frozen=True)
class Load:
    """How many callers for how long, and after how many calls it ends at the latest."""

    callers: int
    seconds: float
    max_calls: int = 100_000


@dataclass
class Run(Generic[R]):
    """What a closed loop saw."""

    elapsed_s: float = 0.0
    errors: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    results: list[R] = field(default_factory=list)


async def drive(
    call: Callable[[T], Awaitable[R]], inputs: Iterator[T], load: Load, *, warm_up: int = WARM_UP_CALLS
) -> Run[R]:
    """Call with one input after the other until the time, the calls or the inputs are used up."""
    for _ in range(warm_up):
        await _once(call, inputs, Run())
    # What is prepared for a run is much to search for garbage in, and a search would stop all callers.
    gc.collect()
    gc.disable()
    try:
        return await _loop(call, inputs, load)
    finally:
        gc.enable()


async def _loop(call: Callable[[T], Awaitable[R]], inputs: Iterator[T], load: Load) -> Run[R]:
    run: Run[R] = Run()
    started = time.perf_counter()
    ends = started + load.seconds
    budget = iter(range(load.max_calls))

    async def caller() -> None:
        while time.perf_counter() < ends and next(budget, None) is not None:
            if not await _once(call, inputs, run):
                return

    await asyncio.gather(*(caller() for _ in range(load.callers)))
    run.elapsed_s = time.perf_counter() - started
    return run


async def _once(call: Callable[[T], Awaitable[R]], inputs: Iterator[T], run: Run[R]) -> bool:
    """Make one call; False when there is no input left."""
    try:
        value = next(inputs)
    except StopIteration:
        return False
    started = time.perf_counter()
    try:
        result = await call(value)
    except (grpc.aio.AioRpcError, WrongOutcomeError):
        run.errors += 1
        return True
    run.latencies_ms.append((time.perf_counter() - started) * 1000)
    run.results.append(result)
    return True


def scenario(
    name: str, params: dict[str, Any], run: Run[Any], *, figures: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Make the report's entry of one run."""
    calls = len(run.latencies_ms)
    timed = {"rps": calls / run.elapsed_s, "latency_ms": summarize(run.latencies_ms)} if calls else {}
    head = {"name": name, "params": params, "n": calls, "errors": run.errors}
    return head | timed | {"figures": figures or {}}
