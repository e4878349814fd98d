"""The cache service over real gRPC: what is asked is answered, what is wrong is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from fakes_cache import CacheClient, chat_answer, chat_json, refused, served
from grpc_serving.settings import SettingsError
from pith.cache.v1 import cache_pb2 as pb

SCOPE = pb.Scope(tenant_id="acme")
QUESTION = "How do I cancel an order?"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the exact tier alone."""
    async with served(tmp_path, max_text_bytes=10_000, max_answer_bytes=5_000) as client:
        yield client


async def test_a_miss_is_stored_and_hit(cache: CacheClient) -> None:
    """With the answer as it was, what it saves, and where the time went."""
    missed = await cache.ask(QUESTION)
    assert missed.outcome == pb.OUTCOME_MISS
    stored = await cache.keep(missed.lookup_token, usage=pb.Usage(prompt_tokens=9, completion_tokens=2), cost_usd=0.5)
    assert stored.outcome == pb.STORE_OUTCOME_STORED
    hit = await cache.ask(QUESTION)
    assert (hit.outcome, hit.hit_kind, hit.entry_id) == (pb.OUTCOME_HIT, pb.HIT_KIND_EXACT, stored.entry_id)
    assert [(answer.format, answer.body) for answer in hit.answers] == [("chat", chat_answer().body)]
    assert (hit.saved.prompt_tokens, hit.saved.completion_tokens, hit.saved.cost_usd) == (9, 2, 0.5)
    assert 0 < hit.timings.stage_ms["exact"] <= hit.timings.total_ms
    assert hit.lookup_token == b""


async def test_tenants_are_isolated_in_every_call(cache: CacheClient) -> None:
    """Another tenant neither hits, nor reads, nor reports, nor invalidates, nor stores with a foreign token."""
    missed = await cache.ask(QUESTION)
    stored = await cache.keep(missed.lookup_token)
    other = pb.Scope(tenant_id="umbrella")
    assert (await cache.ask(QUESTION, tenant_id="umbrella")).outcome == pb.OUTCOME_MISS
    await refused(cache.keep(missed.lookup_token, tenant_id="umbrella"), "INVALID_ARGUMENT", "lookup_token")
    get = pb.GetEntryRequest(scope=other, entry_id=stored.entry_id)
    await refused(cache.stub.GetEntry(get, timeout=10), "NOT_FOUND")
    report = pb.ReportRequest(scope=other, entry_id=stored.entry_id, verdict=pb.VERDICT_WRONG)
    await refused(cache.stub.Report(report, timeout=10), "NOT_FOUND")
    for target in ({"entry_id": stored.entry_id}, {"tenant": True}, {"model_group": "gpt-4o"}):
        done = await cache.stub.Invalidate(pb.InvalidateRequest(scope=other, **target), timeout=10)
        assert done.matched == 0
    assert not (await cache.stub.ListEntries(pb.ListEntriesRequest(scope=other), timeout=10)).entries
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_HIT


async def test_an_entry_expires(cache: CacheClient) -> None:
    """After the life that Store gave it."""
    await cache.learn(QUESTION, ttl_s=0.2)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_HIT
    await asyncio.sleep(0.25)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS


async def test_what_may_not_be_stored_is_rejected_by_reason(cache: CacheClient) -> None:
    """It is an answer, not an error, and nothing is kept."""
    missed = await cache.ask(QUESTION)
    cut = chat_answer(finish_reason="length")
    large = chat_answer("x" * 5_000)
    for answer, reason in (
        (pb.Answer(format="chat", body=cut.body), pb.REJECT_REASON_FINISH_REASON),
        (pb.Answer(format="chat", body=large.body), pb.REJECT_REASON_TOO_LARGE),
        (pb.Answer(format="chat", body=b'{"error": {"message": "no"}}'), pb.REJECT_REASON_ERROR),
        (pb.Answer(format="video", body=b"{}"), pb.REJECT_REASON_FORMAT),
    ):
        stored = await cache.keep(missed.lookup_token, answer=answer)
        assert (stored.outcome, stored.reject_reason, stored.entry_id) == (pb.STORE_OUTCOME_REJECTED, reason, "")
    assert await cache.entries() == 0


async def test_a_bypass_says_why(cache: CacheClient) -> None:
    """And offers no token."""
    answer = await cache.ask(QUESTION, request_json=chat_json(QUESTION, n=2))
    assert (answer.outcome, answer.bypass_reason) == (pb.OUTCOME_BYPASS, pb.BYPASS_REASON_SEVERAL_ANSWERS)
    off = await cache.ask(QUESTION, mode=pb.LOOKUP_MODE_OFF)
    assert (off.outcome, off.bypass_reason, off.lookup_token) == (pb.OUTCOME_BYPASS, pb.BYPASS_REASON_POLICY, b"")


async def test_a_waiting_lookup_gets_the_answer_on_its_way(cache: CacheClient) -> None:
    """Store wakes it."""
    first = await cache.ask(QUESTION)
    waiting = asyncio.create_task(cache.ask(QUESTION, coalesce_wait_ms=5000))
    await asyncio.sleep(0.1)
    await cache.keep(first.lookup_token)
    assert (await waiting).outcome == pb.OUTCOME_HIT


async def test_a_release_lets_the_waiting_go_on(cache: CacheClient) -> None:
    """A token that means nothing releases nobody."""
    first = await cache.ask(QUESTION)
    waiting = asyncio.create_task(cache.ask(QUESTION, coalesce_wait_ms=5000))
    await asyncio.sleep(0.1)
    nobody = await cache.stub.Release(pb.ReleaseRequest(lookup_token=b"x", scope=SCOPE), timeout=10)
    request = pb.ReleaseRequest(lookup_token=first.lookup_token, scope=SCOPE, reason=pb.RELEASE_REASON_PROVIDER_ERROR)
    somebody = await cache.stub.Release(request, timeout=10)
    assert (nobody.released, somebody.released) == (False, True)
    assert (await waiting).outcome == pb.OUTCOME_MISS


async def test_operators_list_read_report_and_invalidate(cache: CacheClient) -> None:
    """The life of an entry as an operator sees it."""
    stored = await cache.learn(QUESTION, tags=["faq"], sources=[pb.Source(id="doc", version="1")])
    listed = await cache.stub.ListEntries(pb.ListEntriesRequest(scope=SCOPE, contains="CANCEL"), timeout=10)
    (entry,) = listed.entries
    assert (entry.entry_id, entry.key_text, entry.api) == (stored.entry_id, QUESTION, pb.API_CHAT)
    assert (list(entry.tags), entry.sources[0].version, list(entry.formats)) == (["faq"], "1", ["chat"])
    assert entry.expires_at.seconds - entry.stored_at.seconds == 3600
    read = await cache.stub.GetEntry(pb.GetEntryRequest(scope=SCOPE, entry_id=stored.entry_id), timeout=10)
    assert read.answers[0].body == chat_answer().body
    dry = await cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, tag="faq", dry_run=True), timeout=10)
    assert (dry.matched, dry.samples[0].entry_id) == (1, stored.entry_id)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_HIT
    await cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, source=pb.Source(id="doc")), timeout=10)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS


async def test_a_wrong_answer_is_not_served_again(cache: CacheClient) -> None:
    """Reported with the request it was given to; the next answer to it is."""
    stored = await cache.learn(QUESTION)
    report = pb.ReportRequest(
        scope=SCOPE,
        entry_id=stored.entry_id,
        verdict=pb.VERDICT_WRONG,
        request_json=chat_json(QUESTION),
        api=pb.API_CHAT,
        model_group="gpt-4o",
    )
    await cache.stub.Report(report, timeout=10)
    missed = await cache.ask(QUESTION)
    assert missed.outcome == pb.OUTCOME_MISS
    await cache.keep(missed.lookup_token)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_HIT
    stats = await cache.stub.GetStats(pb.GetStatsRequest(scope=SCOPE), timeout=10)
    assert (stats.hits_exact, stats.misses, stats.stored, stats.entries) == (1, 2, 2, 1)
    assert (stats.wrong_per_hit, stats.wrong_per_hit_high) == (1.0, pytest.approx(1.0))


async def test_a_policy_is_read_changed_and_guarded_by_its_etag(cache: CacheClient) -> None:
    """A narrower width separates keys at once."""
    got = await cache.stub.GetPolicy(pb.GetPolicyRequest(scope=SCOPE), timeout=10)
    assert (got.policy.namespace, got.policy.ttl_s, got.policy.scope_width) == ("acme", 3600, pb.SCOPE_WIDTH_TENANT)
    await cache.learn(QUESTION)
    wanted = pb.Policy(scope_width=pb.SCOPE_WIDTH_KEY, ttl_s=60, max_temperature=0.5, etag=got.policy.etag)
    new = (await cache.stub.SetPolicy(pb.SetPolicyRequest(scope=SCOPE, policy=wanted), timeout=10)).policy
    assert (new.ttl_s, new.scope_width) == (60, pb.SCOPE_WIDTH_KEY)
    keyed = pb.Scope(tenant_id="acme", key_id="key1")
    assert (await cache.ask(QUESTION, scope=keyed)).outcome == pb.OUTCOME_MISS
    unkeyed = await cache.ask(QUESTION)
    assert (unkeyed.outcome, unkeyed.bypass_reason) == (pb.OUTCOME_BYPASS, pb.BYPASS_REASON_SCOPE)
    stale = cache.stub.SetPolicy(pb.SetPolicyRequest(scope=SCOPE, policy=wanted), timeout=10)
    await refused(stale, "FAILED_PRECONDITION")


async def test_everything_of_every_tenant_goes_at_once(cache: CacheClient) -> None:
    """By an operator who is bound to none; a neighbourhood needs an embedder."""
    await cache.learn(QUESTION)
    gone = await cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, all=True), timeout=10)
    assert gone.matched == 1
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS
    near = pb.Neighbourhood(text="x", min_similarity=0.9)
    await refused(
        cache.stub.Invalidate(pb.InvalidateRequest(scope=SCOPE, neighbourhood=near), timeout=10), "FAILED_PRECONDITION"
    )


async def test_a_message_over_the_limit_is_refused_by_grpc_and_the_service_lives(cache: CacheClient) -> None:
    """20 MB never reach the service."""
    await refused(cache.ask(QUESTION, request_json=b" " * 20_000_000), "RESOURCE_EXHAUSTED")
    health = health_pb2_grpc.HealthStub(cache.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(service="pith.cache.v1.CacheService"), timeout=10)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_nothing_of_a_prompt_is_logged(cache: CacheClient, caplog: pytest.LogCaptureFixture) -> None:
    """Lines carry ids and decisions."""
    caplog.set_level("INFO")
    await cache.learn("A secret word is xyzzy")
    await refused(cache.ask("xyzzy", request_json=b'{"xyzzy": '), "INVALID_ARGUMENT")
    assert "xyzzy" not in caplog.text
    assert "xyzzy" not in json.dumps([record.__dict__ for record in caplog.records], default=str)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"store": "redis_search"}, "PITH_CACHE_STORE: redis_url: is empty"),
        ({"store": "tape"}, "PITH_CACHE_STORE: store tape is unknown"),
        ({"embedder": "oracle"}, "PITH_CACHE_EMBEDDER"),
        ({"embedder": "onnx_minilm", "weights_dir": Path("/nonexistent")}, "PITH_CACHE_EMBEDDER"),
        ({"data_dir": Path("/proc/nothing")}, "/proc/nothing"),
    ],
)
async def test_a_service_that_cannot_work_does_not_start(
    tmp_path: Path, settings: dict[str, Any], complaint: str
) -> None:
    """The error names the variable and the cause."""
    with pytest.raises(SettingsError, match=complaint):
        async with served(tmp_path, **settings):
            pass
