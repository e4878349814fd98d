"""The error budget through the service: policies, checks, verdicts, explanations, outages."""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from fakes_cache import CacheClient, chat_answer, chat_json, refused, served, tamper
from pith.cache.v1 import cache_pb2 as pb

SCOPE = pb.Scope(tenant_id="acme")
QUESTION, NEAR = "How do I reset my password?", "How can I reset my password?"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the shipped model and evidence."""
    async with served(tmp_path, embedder="onnx_minilm") as client:
        yield client


async def set_policy(cache: CacheClient, **fields: Any) -> pb.Policy:
    """Replaces the tenant's policy."""
    etag = (await cache.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)).policy.etag
    policy = pb.Policy(**{"ttl_s": 600, "max_temperature": 1, "max_wrong_hit_rate": 0.03, "etag": etag, **fields})
    return (await cache.stub.SetPolicy(pb.SetPolicyRequest(scope=SCOPE, policy=policy), timeout=10)).policy


def answer(text: str) -> dict[str, object]:
    """A Store with this answer."""
    return {"answer": pb.Answer(format="chat", body=chat_answer(text).body)}


async def test_a_hit_is_served_within_the_budget_and_not_beyond(cache: CacheClient) -> None:
    """A request may only tighten; a policy of 0 leaves the exact tier alone."""
    await cache.learn(QUESTION)
    hit = await cache.ask(NEAR)
    assert (hit.hit_kind, 0 < hit.error_bound <= 0.03) == (pb.HIT_KIND_SEMANTIC, True)
    tight = await cache.ask(NEAR, max_wrong_hit_rate=0.001)
    assert (tight.outcome, tight.near_misses[0].veto) == (pb.OUTCOME_MISS, pb.VETO_ERROR_BOUND)
    await set_policy(cache, max_wrong_hit_rate=0)
    assert (await cache.ask(NEAR, max_wrong_hit_rate=0.5)).outcome == pb.OUTCOME_MISS
    assert (await cache.ask(QUESTION)).hit_kind == pb.HIT_KIND_EXACT


async def test_the_policy_comes_with_what_the_evidence_allows(cache: CacheClient) -> None:
    """Threshold, bound, curve, and what it would take to open further."""
    got = (await cache.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)).calibration
    assert got.embedder
    assert got.observations > 100
    assert got.own_observations == 0
    assert got.error_bound <= 0.03
    assert 0.7 <= got.threshold < 0.95
    assert math.isclose(got.next_threshold, got.threshold - 0.01, abs_tol=1e-9) or not got.HasField("next_threshold")
    assert [point.similarity for point in got.curve] == sorted((p.similarity for p in got.curve), reverse=True)
    assert 0 < got.expected_hit_share < 1


async def test_a_policy_comes_back_as_it_was_set(cache: CacheClient) -> None:
    """With every field of the budget."""
    new = await set_policy(cache, max_wrong_hit_rate=0.05, stale_after_s=30, shadow_rate=0.02)
    assert (new.max_wrong_hit_rate, new.stale_after_s, new.shadow_rate) == (0.05, 30, 0.02)
    unset = await set_policy(cache)
    assert not unset.HasField("shadow_rate")


async def test_a_checked_hit_is_a_miss_whose_answer_is_compared(cache: CacheClient) -> None:
    """Another answer makes the pair wrong for good, and stats tell it."""
    await set_policy(cache, shadow_rate=1)
    await cache.learn(QUESTION)
    checked = await cache.ask(NEAR)
    assert (checked.outcome, checked.shadow) == (pb.OUTCOME_MISS, pb.OUTCOME_HIT)
    stored = await cache.keep(checked.lookup_token, **answer("Rome."))
    assert (stored.compared, stored.differed) == (1, 1)
    got = (await cache.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)).calibration
    assert got.own_observations == 1


async def test_a_verdict_says_what_it_did(cache: CacheClient) -> None:
    """The pair is remembered, counted once, and never served again."""
    entry_id = (await cache.learn(QUESTION)).entry_id
    request = pb.ReportRequest(
        scope=SCOPE,
        entry_id=entry_id,
        verdict=pb.VERDICT_WRONG,
        request_json=chat_json(NEAR),
        api=pb.API_CHAT,
        model_group="gpt-4o",
    )
    done = await cache.stub.Report(request, timeout=10)
    assert (done.entry_removed, done.pair_remembered, done.counted) == (False, True, True)
    assert not (await cache.stub.Report(request, timeout=10)).counted
    assert (await cache.ask(NEAR)).near_misses[0].veto == pb.VETO_REPORTED
    assert (await cache.ask(QUESTION)).hit_kind == pb.HIT_KIND_EXACT


async def test_explain_says_what_would_be_served_and_why(cache: CacheClient) -> None:
    """Every check with its verdict, the bound, the budget, and a sentence."""
    ask = {"scope": SCOPE, "api": pb.API_CHAT, "model_group": "gpt-4o", "request_json_a": chat_json(QUESTION)}
    near = await cache.stub.Explain(pb.ExplainRequest(**ask, request_json_b=chat_json(NEAR)), timeout=10)
    assert (near.outcome, near.veto) == (pb.OUTCOME_HIT, pb.VETO_UNSPECIFIED)
    assert 0 < near.error_bound <= near.max_wrong_hit_rate == pytest.approx(0.03)
    assert near.reason.startswith("The semantic tier serves it")
    denied = chat_json("How do I not reset my password?")
    apart = await cache.stub.Explain(pb.ExplainRequest(**ask, request_json_b=denied), timeout=10)
    assert (apart.outcome, apart.veto) == (pb.OUTCOME_MISS, pb.VETO_NEGATION)
    assert "negation" in apart.reason


async def test_a_stale_entry_is_served_while_one_caller_fetches_a_fresh_answer(cache: CacheClient) -> None:
    """The first one leads, says so while it runs, and its answer ends the staleness."""
    await set_policy(cache, stale_after_s=0.2)
    await cache.learn(QUESTION)
    await asyncio.sleep(0.3)
    leader, other = await cache.ask(QUESTION), await cache.ask(QUESTION)
    assert (leader.outcome, other.outcome, other.stale, other.in_flight) == (
        pb.OUTCOME_MISS,
        pb.OUTCOME_HIT,
        True,
        True,
    )
    renewed = await cache.stub.Renew(pb.RenewRequest(scope=SCOPE, lookup_token=leader.lookup_token), timeout=10)
    assert renewed.renewed
    assert renewed.lease_s > 0
    await cache.keep(leader.lookup_token, **answer("Newer."))
    fresh = await cache.ask(QUESTION)
    assert (fresh.outcome, fresh.stale) == (pb.OUTCOME_HIT, False)


async def test_a_neighbourhood_is_invalidated(cache: CacheClient) -> None:
    """By a text; a text beyond the window is refused by its field."""
    await cache.learn(QUESTION)
    near = pb.Neighbourhood(text=NEAR, min_similarity=0.9)
    gone = await cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, neighbourhood=near), timeout=10)
    assert gone.matched == 1
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS
    long = pb.Neighbourhood(text="word " * 3000, min_similarity=0.9)
    call = cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, neighbourhood=long), timeout=10)
    await refused(call, "INVALID_ARGUMENT", "neighbourhood.text")


async def test_what_was_learnt_survives_a_restart(tmp_path: Path) -> None:
    """The evidence lies in the store."""
    async with served(tmp_path, embedder="onnx_minilm") as cache:
        await set_policy(cache, shadow_rate=1)
        await cache.learn(QUESTION)
        await cache.keep((await cache.ask(NEAR)).lookup_token)
    async with served(tmp_path, embedder="onnx_minilm") as cache:
        got = (await cache.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)).calibration
        assert got.own_observations == 1


async def until(cache: CacheClient, status: int) -> None:
    """Waits for a state of health."""
    stub = health_pb2_grpc.HealthStub(cache.channel)
    async for told in stub.Watch(health_pb2.HealthCheckRequest(service="pith.cache.v1.CacheService"), timeout=30):
        if told.status == status:
            return
    raise AssertionError("the state was never reached")


async def test_an_outage_of_the_store_is_a_miss_that_health_tells_and_it_ends_by_itself(tmp_path: Path) -> None:
    """No restart, and what was stored is there again."""
    async with served(tmp_path) as cache:
        await cache.learn(QUESTION)
        tamper(tmp_path, "ALTER TABLE policies RENAME TO gone", "ALTER TABLE entries RENAME TO away")
        await asyncio.sleep(0.6)
        missed = await cache.ask(QUESTION)
        assert missed.outcome == pb.OUTCOME_MISS
        await until(cache, health_pb2.HealthCheckResponse.NOT_SERVING)
        tamper(tmp_path, "ALTER TABLE gone RENAME TO policies", "ALTER TABLE away RENAME TO entries")
        await until(cache, health_pb2.HealthCheckResponse.SERVING)
        assert (await cache.ask(QUESTION)).hit_kind == pb.HIT_KIND_EXACT
