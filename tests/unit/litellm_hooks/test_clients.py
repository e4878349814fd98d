"""The clients, against real servers that are small."""

from types import SimpleNamespace

import pytest

from fakes_hooks import fake_services, hit
from litellm_hooks.breaker import Breaker
from litellm_hooks.channel import WatchedFile, open_channel
from litellm_hooks.clients import CacheClient, CompressorClient, UsageClient
from litellm_hooks.config import HookSettings
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import CacheDecision, Failure
from litellm_hooks.exchange import CompressQuestion, LookupQuestion, StoredAnswer, UsageEvent
from litellm_hooks.line import CallFailed, Line
from litellm_hooks.request_view import Slot, ToolCall
from litellm_hooks.stash import Caller, TokenCounts
from pith.cache.v1 import cache_pb2
from pith.compressor.v1 import compressor_pb2

CALLER = Caller("acme", "k1", "u1")


@pytest.fixture
async def services():
    """The three services."""
    async with fake_services() as running:
        yield running


@pytest.fixture
async def clients(services):
    """Clients that are connected to them."""
    line = Line("test", Breaker(failures=5, cooldown_s=5), token=WatchedFile(None), counters=Counters())
    async with open_channel(f"127.0.0.1:{services.port}", HookSettings()) as channel:
        yield SimpleNamespace(
            cache=CacheClient(channel, line),
            compressor=CompressorClient(channel, line),
            usage=UsageClient(channel, line),
        )


def _question(**fields):
    usual = {"caller": CALLER, "api": "chat", "model_group": "gpt-4o", "request_json": b'{"a":1}', "stream": True}
    return LookupQuestion(**{**usual, **fields})


async def test_a_lookup_carries_everything(services, clients):
    """Every field of the question arrives in the request."""
    lookup = await clients.cache.lookup(
        _question(mode="exact", max_age_s=60.0, request_id="r1", traceparent="00-t-s-01"), timeout_s=5
    )
    request = services.cache.lookups[0]
    assert (request.scope.tenant_id, request.scope.key_id, request.scope.user_id) == ("acme", "k1", "u1")
    assert (request.api, request.mode) == (cache_pb2.API_CHAT, cache_pb2.LOOKUP_MODE_EXACT)
    assert (request.model_group, request.request_json, request.stream) == ("gpt-4o", b'{"a":1}', True)
    assert (request.request_id, request.max_age_s) == ("r1", 60.0)
    assert services.cache.metadata[0]["traceparent"] == "00-t-s-01"
    assert lookup.decision is CacheDecision.MISS
    assert lookup.lookup_token


async def test_unset_options_stay_unset(services, clients):
    """What nobody asked for is not sent; an unknown mode is the default."""
    await clients.cache.lookup(_question(mode="wild"), timeout_s=5)
    assert not services.cache.lookups[0].HasField("max_age_s")
    assert services.cache.lookups[0].mode == cache_pb2.LOOKUP_MODE_UNSPECIFIED


async def test_a_hit_comes_back_whole(services, clients):
    """Answers, similarity, age and savings arrive in our own types."""
    reply = hit(b'{"x":1}')
    reply.age_ms, reply.similarity, reply.hit_kind = 1500, 0.97, cache_pb2.HIT_KIND_SEMANTIC
    services.cache.answer = lambda _: reply
    lookup = await clients.cache.lookup(_question(), timeout_s=5)
    assert (lookup.decision, lookup.answers, lookup.entry_id) == (
        CacheDecision.HIT_SEMANTIC, (("chat", b'{"x":1}'),), "e1",
    )  # fmt: skip
    assert (lookup.age_ms, lookup.similarity, lookup.saved_cost_usd) == (1500, 0.97, 0.001)


@pytest.mark.parametrize(
    ("reply", "decision"),
    [
        (cache_pb2.LookupResponse(), CacheDecision.BAD_ANSWER),
        (cache_pb2.LookupResponse(outcome=99), CacheDecision.BAD_ANSWER),
        (cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_HIT), CacheDecision.BAD_ANSWER),
        (cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_BYPASS), CacheDecision.UNSPECIFIED),
        (cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_BYPASS, bypass_reason=77), CacheDecision.UNSPECIFIED),
        (
            cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_BYPASS, bypass_reason=cache_pb2.BYPASS_REASON_NO_TEXT),
            CacheDecision.NO_TEXT,
        ),
    ],
)
async def test_what_a_newer_or_broken_service_says(services, clients, reply, decision):
    """Values that we do not know have a word, not an exception."""
    services.cache.answer = lambda _: reply
    assert (await clients.cache.lookup(_question(), timeout_s=5)).decision is decision


async def test_store_and_release(services, clients):
    """An answer and a release arrive with their token and scope."""
    answer = StoredAnswer("chat", b"{}", "stop", 10, 2, 0.5)
    assert await clients.cache.store(CALLER, b"t", answer=answer, timeout_s=5) == "stored"
    stored = services.cache.stores[0]
    assert (stored.lookup_token, stored.scope.tenant_id, stored.answer.format, stored.answer.body) == (
        b"t", "acme", "chat", b"{}",
    )  # fmt: skip
    assert (stored.finish_reason, stored.usage.prompt_tokens, stored.cost_usd) == ("stop", 10, 0.5)
    for reason in ("provider_error", "cancelled", "not_cacheable"):
        await clients.cache.release(CALLER, b"t", reason=reason, timeout_s=5)
    assert [release.reason for release in services.cache.releases] == [1, 2, 3]


async def test_a_wait_and_its_lease(services, clients):
    """A lookup may wait; a call under way is renewed with its token and scope."""
    services.cache.answer = lambda _: cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_MISS, in_flight=True)
    lookup = await clients.cache.lookup(_question(coalesce_wait_ms=250.0, no_cache=True, no_store=True), timeout_s=5)
    request = services.cache.lookups[0]
    assert (request.coalesce_wait_ms, request.no_cache, request.no_store) == (250.0, True, True)
    assert lookup.in_flight
    assert await clients.cache.renew(CALLER, b"t", timeout_s=5)
    renewal = services.cache.renewals[0]
    assert (renewal.lookup_token, renewal.scope.tenant_id, renewal.scope.key_id) == (b"t", "acme", "k1")


async def test_a_compression_carries_roles_locks_and_tool_calls(services, clients):
    """Segments are the slots; ids are their places."""
    slots = (
        Slot("system", "S", locked=True),
        Slot("user", "It is really blue"),
        Slot("tool", "R", tool_call=ToolCall("search", "{}")),
    )
    compression = await clients.compressor.compress(CompressQuestion(CALLER, "gpt-4o", slots, "r1"), timeout_s=5)
    request = services.compressor.requests[0]
    assert [(s.id, s.role, s.locked) for s in request.segments] == [
        ("0", compressor_pb2.ROLE_SYSTEM, True),
        ("1", compressor_pb2.ROLE_USER, False),
        ("2", compressor_pb2.ROLE_TOOL, False),
    ]
    assert (request.segments[2].tool_call.name, request.target_model, request.tenant_id) == ("search", "gpt-4o", "acme")
    assert request.budget_ms == 4000
    assert [text.text for text in compression.texts] == ["S", "It is blue", "R"]
    assert compression.texts[0].skip_reason == "locked"
    assert compression.counts == TokenCounts(6, 5, 5, 4)


async def test_half_a_character_is_refused_here(clients):
    """A text that protobuf cannot hold is not sent."""
    with pytest.raises(CallFailed) as caught:
        await clients.compressor.compress(CompressQuestion(CALLER, "m", (Slot("user", "\ud800"),)), timeout_s=5)
    assert caught.value.failure is Failure.REFUSED


@pytest.mark.parametrize("outcome", ["provider", "hit_exact", "hit_semantic", "error", "cancelled"])
async def test_usage_events_arrive(services, clients, outcome):
    """Every field of an event arrives, and its time to the microsecond."""
    event = UsageEvent("e", "r", CALLER, "gpt-4o", "chat", outcome, 10, 2, 0.5, 0.25, 0.125, 1_700_000_000.25)
    await clients.usage.record([event], timeout_s=5)
    got = services.usage.events[0]
    assert (got.event_id, got.tenant_id, got.key_id, got.model, got.api) == ("e", "acme", "k1", "gpt-4o", "chat")
    assert (got.prompt_tokens, got.completion_tokens) == (10, 2)
    assert (got.cost_usd, got.saved_cache_usd, got.saved_compression_usd) == (0.5, 0.25, 0.125)
    assert got.at.ToMicroseconds() == 1_700_000_000_250_000
    assert got.outcome != 0
