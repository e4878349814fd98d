"""Tests of the cache's scenarios."""

import json
from itertools import islice

from fakes_cli import FakeCache, serving
from pith_cli.bench import cache
from pith_cli.bench.plan import Plan
from pith_cli.clients import CacheClient


async def test_the_scenarios_of_the_contract() -> None:
    """Each outcome is the one its scenario measures; otherwise it would count as an error."""
    steps: list[str] = []
    plan = Plan(seconds=0.3, on_step=steps.append, callers=(1, 8), entries=40, max_calls=10)
    fake = FakeCache()
    async with serving(cache=fake) as address, CacheClient(address) as client:
        found = await cache.scenarios(client, plan)
    names = [entry["name"] for entry in found]
    assert names == [
        "exact_hit",
        "exact_hit",
        "semantic_hit",
        "semantic_hit",
        "miss",
        "miss",
        "store",
        "store",
        "embed",
        "echo",
        "echo",
    ]
    assert found[0]["params"] == {"store": "sqlite", "entries": 40, "callers": 1}
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert len(steps) == cache.steps(plan) - 1
    assert len(fake.stored[cache.TENANT]) == 40 + 2 * (10 + 3)


async def test_an_outcome_that_is_not_measured_counts_as_an_error() -> None:
    """A cache that knows nothing has no exact hits, and no times of them."""
    async with serving(cache=FakeCache()) as address, CacheClient(address) as client:
        bench = cache.CacheBench(client, Plan(0.1, max_calls=4), iter(()))
        bench.stored = list(islice(cache.questions(seed=1), 2))
        found = await bench.exact_hit(1)
    assert (found["n"], found["errors"]) == (0, 4)


def test_requests_and_answers_are_what_a_chat_sends() -> None:
    """All requests of a run differ in their last user text alone."""
    one, two = json.loads(cache.request_body("a?")), json.loads(cache.request_body("b?"))
    assert one["messages"][0] == two["messages"][0]
    assert one["messages"][-1] == {"role": "user", "content": "a?"}
    assert json.loads(cache.answer_body())["object"] == "chat.completion"
