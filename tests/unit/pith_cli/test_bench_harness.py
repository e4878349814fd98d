"""Tests of the closed loop."""

import asyncio
from itertools import count

import grpc

from pith_cli.bench.harness import WARM_UP_CALLS, Load, Run, WrongOutcomeError, drive, scenario


async def _double(value: int) -> int:
    await asyncio.sleep(0.001)
    return value * 2


async def test_every_input_is_sent_once_and_the_first_ones_are_not_timed() -> None:
    """The warm-up uses inputs of its own."""
    run = await drive(_double, iter(range(20)), Load(callers=4, seconds=10))
    assert sorted(run.results) == [2 * n for n in range(WARM_UP_CALLS, 20)]
    assert len(run.latencies_ms) == 17
    assert all(latency >= 1 for latency in run.latencies_ms)


async def test_ends_after_the_time() -> None:
    """Inputs without end are no reason to go on."""
    run = await drive(_double, count(), Load(callers=2, seconds=0.1))
    assert 0.1 <= run.elapsed_s < 2
    assert run.results


async def test_ends_after_the_calls() -> None:
    """A limit of calls holds over all callers together."""
    run = await drive(_double, count(), Load(callers=8, seconds=10, max_calls=25))
    assert len(run.results) == 25


async def test_no_more_calls_run_at_once_than_there_are_callers() -> None:
    """A closed loop never queues at the client."""
    running: list[int] = []
    most = 0

    async def call(value: int) -> None:
        nonlocal most
        running.append(value)
        most = max(most, len(running))
        await asyncio.sleep(0.002)
        running.remove(value)

    await drive(call, iter(range(40)), Load(callers=3, seconds=10))
    assert most == 3


async def test_errors_are_counted_and_not_timed() -> None:
    """A refused call and a wrong outcome are errors; the loop goes on."""

    async def call(value: int) -> int:
        if value % 4 == 1:
            raise WrongOutcomeError("miss instead of hit")
        if value % 4 == 2:
            empty = grpc.aio.Metadata()
            raise grpc.aio.AioRpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, empty, empty)
        return value

    run = await drive(call, iter(range(WARM_UP_CALLS, 40 + WARM_UP_CALLS + 1)), Load(callers=1, seconds=10))
    assert run.errors == 19
    assert len(run.latencies_ms) == 19


def test_a_scenario_without_calls_has_no_times() -> None:
    """Nothing measured is shown as nothing."""
    assert scenario("x", {"callers": 1}, Run(errors=3)) == {
        "name": "x",
        "params": {"callers": 1},
        "n": 0,
        "errors": 3,
        "figures": {},
    }


def test_a_scenario_has_the_keys_of_the_contract() -> None:
    """Rate and latencies are there when something was timed."""
    found = scenario("x", {}, Run(elapsed_s=2.0, latencies_ms=[1.0, 3.0]), figures={"ratio": 2.0})
    assert found["rps"] == 1.0
    assert set(found["latency_ms"]) == {"mean", "p50", "p90", "p95", "p99", "max"}
    assert found["figures"] == {"ratio": 2.0}
