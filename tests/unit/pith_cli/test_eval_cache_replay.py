"""Tests of replaying a stream."""

from typing import Any

import grpc

from fakes_cli import FakeCache, serving
from pith_cli.cache.client import CacheClient
from pith_cli.eval.cache_replay import ERROR, EXACT, MISS, SEMANTIC, answer_body, new_tenant, read_answer, replay
from pith_cli.eval.streams import Request


async def test_every_budget_has_a_tenant_that_learns_what_it_missed() -> None:
    """The fake knows requests by their bytes, and others that end alike."""
    fake = FakeCache()
    fake.answer.body = answer_body("a1")
    steps: list[None] = []
    requests = [Request("how do i pay", "a1"), Request("how do i pay", "a1"), Request("how can we pay", "a1")]
    async with serving(cache=fake) as address, CacheClient(address) as client:
        found = await replay(client, requests, [0.01, 0.05], lambda: steps.append(None))
    assert [run.budget for run in found] == [0.01, 0.05]
    for run in found:
        assert [one.outcome for one in run.served[:2]] == [MISS, EXACT]
        assert run.served[2].outcome == SEMANTIC
        assert run.served[1].answer_id == "a1"
        assert run.allowed.threshold is None
    assert len(steps) == 3
    assert sorted(policy.max_wrong_hit_rate for policy in fake.policies.values()) == [0.01, 0.05]
    assert all(policy.ttl_s >= 3600 and not policy.HasField("shadow_rate") for policy in fake.policies.values())


class Refusing(FakeCache):
    """Has too much to do for one of the texts."""

    async def Lookup(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Look up, or not."""
        if b"too much" in request.request_json:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "busy")
        return await super().Lookup(request, context)


async def test_a_call_that_fails_is_an_error_of_that_request_alone() -> None:
    """Its code is counted; the next request is asked as any other."""
    requests = [Request("this is too much", "1"), Request("a b c d", "2")]
    async with serving(cache=Refusing()) as address, CacheClient(address) as client:
        found = await replay(client, requests, [0.03], lambda: None)
    assert [one.outcome for one in found[0].served] == [ERROR, MISS]
    assert found[0].vetoes == {"RESOURCE_EXHAUSTED": 1}


def test_an_answer_is_its_id_and_a_tenant_is_new() -> None:
    """Nothing of another run is served."""
    assert read_answer(answer_body("banking:x/3")) == "banking:x/3"
    assert new_tenant(0.03) != new_tenant(0.03)
