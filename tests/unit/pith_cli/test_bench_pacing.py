"""Tests of measuring how late answers come."""

from contextlib import AsyncExitStack

from fakes_cli import FakeCompressor, serving
from pith_cli.bench import pacing
from pith_cli.bench.grid import default_cells, other_cells
from pith_cli.bench.pacing import Pace
from pith_cli.bench.plan import Plan
from pith_cli.bench.pool import connect


async def test_the_slowest_in_a_thousand_is_held_against_the_budget() -> None:
    """For the caller, and for what the service says that it took."""
    fake = FakeCompressor()
    async with serving(compressor=fake) as address, connect(address) as pool:
        found = await pacing.measure(pool, Plan(max_calls=40), Pace(20.0, 8))
    assert (found["name"], found["params"], found["n"], found["errors"]) == (
        "pacing",
        {"budget_ms": 20.0, "callers": 8},
        40,
        0,
    )
    figures = found["figures"]
    assert set(figures) == {"over_ms", "service_over_ms", "echo_ms", "degraded"}
    assert figures["service_over_ms"] == 1.5 - 20
    assert figures["over_ms"] == found["latency_ms"]["max"] - 20
    assert figures["degraded"] == 0
    assert {request.budget_ms for request in fake.requests} == {20.0}


async def test_no_two_requests_are_alike_and_half_of_them_ask() -> None:
    """In every size."""
    fake = FakeCompressor()
    async with serving(compressor=fake) as address, connect(address) as pool:
        for budget_ms in (5.0, 20.0):
            await pacing.measure(pool, Plan(max_calls=16), Pace(budget_ms, 2))
    texts = [request.segments[0].text for request in fake.requests]
    assert len(set(texts)) == len(texts) == 32
    assert sum(bool(request.segments[0].query) for request in fake.requests) == 16


async def test_what_fails_is_counted_and_ends() -> None:
    """A server that is away has no figures."""
    async with AsyncExitStack() as server:
        address = await server.enter_async_context(serving(compressor=FakeCompressor()))
        async with connect(address) as pool:
            await server.aclose()
            found = await pacing.measure(pool, Plan(max_calls=4), Pace(5.0, 2))
    assert (found["n"], found["errors"], found["figures"]) == (0, 4, {})


def test_a_plan_that_is_narrowed_down_has_no_pacing() -> None:
    """It asks for one figure."""
    assert pacing.paces(Plan()) == [Pace(budget_ms, callers) for budget_ms in (5.0, 20.0, 50.0) for callers in (1, 8)]
    assert pacing.paces(Plan(tokens=(128,))) == pacing.paces(Plan(engine="lossless")) == []


def test_pacing_can_be_measured_by_itself() -> None:
    """It takes minutes in full, and nothing else may disturb it."""
    plan = Plan(only="pacing")
    assert pacing.paces(plan) == pacing.paces(Plan())
    assert pacing.paces(Plan(only="pacing", callers=(8,))) == [Pace(budget_ms, 8) for budget_ms in (5.0, 20.0, 50.0)]
    assert default_cells(plan) == other_cells(plan, ["lossless"], set()) == []
