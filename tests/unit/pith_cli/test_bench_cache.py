"""Tests of the cache's scenarios."""

import json
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

from fakes_cli import FakeCache, serving
from pith_cli.bench import cache
from pith_cli.bench.cache_grid import Cell
from pith_cli.bench.cache_servers import connected
from pith_cli.bench.plan import Plan
from pith_cli.up.probes import all_of
from pith_cli.up.processes import ChildError, ProcessSpec


async def test_the_scenarios_of_the_contract() -> None:
    """Each outcome is the one its scenario measures; otherwise it would count as an error."""
    steps: list[str] = []
    plan = Plan(seconds=0.3, on_step=steps.append, callers=(1, 8), entries=40, max_calls=10, stores=("sqlite",))
    fake = FakeCache()
    async with serving(cache=fake) as address, AsyncExitStack() as stack:
        pool = await connected(stack, address)
        found = await cache.scenarios(pool, plan, Cell("sqlite", 40, (1, 8)))
    names = [entry["name"] for entry in found]
    each = ["exact_hit", "semantic_hit", "miss", "store"]
    assert names == [name for name in each for _ in range(2)] + ["embed", "echo", "echo"]
    assert found[0]["params"] == {"store": "sqlite", "entries": 40, "callers": 1}
    assert found[0]["figures"]["times_echo"] > 0
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert len(steps) == cache.steps(plan) - 1
    assert len(fake.stored[cache.TENANT]) == 40 + 2 * (10 + 3)
    assert fake.policies[cache.TENANT].max_wrong_hit_rate == 1.0


async def test_an_outcome_that_is_not_measured_counts_as_an_error() -> None:
    """A cache that knows nothing has no exact hits, and no times of them."""
    async with serving(cache=FakeCache()) as address, AsyncExitStack() as stack:
        pool = await connected(stack, address)
        bench = cache.CacheBench(pool, Plan(0.1, max_calls=4), Cell("sqlite", 10, (1,)), iter(()))
        bench.stored = list(islice(cache.questions(seed=1), 2))
        found = await bench.exact_hit(1)
    assert (found["n"], found["errors"]) == (0, 4)


def test_a_cache_that_does_not_start_is_named_with_the_reason(tmp_path: Path) -> None:
    """The last line of its log, or what became of the process."""
    cell = Cell("redis_search", 1000, (1,))
    spec = ProcessSpec("cache-service", ["true"], {}, all_of(), 1.0, "")
    (tmp_path / "log").write_text("started\nno query engine here\n")
    found = cache.left_out(cell, ChildError(spec, "ended", tmp_path / "log"))
    assert (found["params"], found["figures"]) == (cell.params, {"why": "no query engine here"})
    found = cache.left_out(cell, ChildError(spec, "ended", tmp_path / "none"))
    assert found["figures"] == {"why": "cache-service ended"}


def test_requests_and_answers_are_what_a_chat_sends() -> None:
    """All requests of a run differ in their last user text alone."""
    one, two = json.loads(cache.request_body("a?")), json.loads(cache.request_body("b?"))
    assert one["messages"][0] == two["messages"][0]
    assert one["messages"][-1] == {"role": "user", "content": "a?"}
    assert json.loads(cache.answer_body())["object"] == "chat.completion"
