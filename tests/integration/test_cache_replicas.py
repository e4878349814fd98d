"""Two replicas of the service on one Redis: what one is told, the other knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fakes_cache import CacheClient, served
from pith.cache.v1 import cache_pb2 as pb
from redis_server import RedisProcess

pytest_plugins = ["fixtures_redis"]

SCOPE = pb.Scope(tenant_id="acme")
QUESTION, NEAR = "How do I reset my password?", "How can I reset my password?"


@pytest.fixture
async def replicas(tmp_path: Path, redis_process: RedisProcess) -> AsyncIterator[list[CacheClient]]:
    """Two services that share a Redis and a secret."""
    secret = tmp_path / "secret"
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                served(
                    tmp_path / name,
                    embedder="onnx_minilm",
                    store="redis_vectorset",
                    redis_url=redis_process.url,
                    secret_file=secret,
                )
            )
            for name in ("one", "other")
        ]


async def test_an_answer_of_one_replica_is_served_by_the_other(replicas: list[CacheClient]) -> None:
    """By both tiers, and a policy holds on both."""
    one, other = replicas
    await one.learn(QUESTION)
    assert (await other.ask(QUESTION)).hit_kind == pb.HIT_KIND_EXACT
    assert (await other.ask(NEAR)).hit_kind == pb.HIT_KIND_SEMANTIC
    policy = pb.Policy(ttl_s=60, max_temperature=1, max_wrong_hit_rate=0)
    await one.stub.SetPolicy(pb.SetPolicyRequest(scope=SCOPE, policy=policy), timeout=10)
    await asyncio.sleep(0.6)
    assert (await other.ask(NEAR)).outcome == pb.OUTCOME_MISS


async def test_a_lookup_waits_for_the_answer_that_the_other_replica_fetches(replicas: list[CacheClient]) -> None:
    """Until it is stored; and a release frees it to fetch it itself."""
    one, other = replicas
    leader = await one.ask(QUESTION, coalesce_wait_ms=1.0)
    assert not leader.in_flight
    waiting = asyncio.create_task(other.ask(QUESTION, coalesce_wait_ms=8000))
    await asyncio.sleep(0.3)
    await one.keep(leader.lookup_token)
    async with asyncio.timeout(5):
        assert (await waiting).hit_kind == pb.HIT_KIND_EXACT


async def test_what_one_replica_learns_counts_for_the_other(replicas: list[CacheClient]) -> None:
    """Within two seconds."""
    one, other = replicas
    policy = pb.Policy(ttl_s=60, max_temperature=1, max_wrong_hit_rate=0.03, shadow_rate=1)
    await one.stub.SetPolicy(pb.SetPolicyRequest(scope=SCOPE, policy=policy), timeout=10)
    await one.learn(QUESTION)
    assert (await one.keep((await one.ask(NEAR)).lookup_token)).compared == 1
    async with asyncio.timeout(20):
        own = 0.0
        while own < 1:
            await asyncio.sleep(0.2)
            got = await other.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)
            own = got.calibration.own_observations
