"""The last hook."""

import asyncio

import pytest

from litellm_hooks.decisions import CacheDecision, CompressionDecision
from litellm_hooks.end import End, headers_of
from litellm_hooks.stash import TOKEN_KEY, TokenCounts

COUNTS = TokenCounts(100, 60, 80, 40)
PAYLOAD = {"model_group": "gpt-4o", "prompt_tokens": 60, "completion_tokens": 5, "response_cost": 0.25}


@pytest.fixture
def end(parts, state, data):
    """The hook, with a request under way."""
    parts.stash.put(state)
    data["metadata"][TOKEN_KEY] = state.token
    return End(lambda: parts)


def _hit(state, decision=CacheDecision.HIT_EXACT):
    state.cache, state.compression, state.served = decision, CompressionDecision.HIT, {"chat"}
    state.similarity, state.entry_id, state.saved_cost_usd = 0.98765, "e7", 0.5


async def _headers(end, data):
    return await end.async_post_call_response_headers_hook(data=data, user_api_key_dict=None, response=None)


async def _log(end, data, payload=PAYLOAD):
    kwargs = {"litellm_params": {"metadata": data["metadata"]}, "standard_logging_object": payload, "model": "gpt-4o"}
    await end.async_log_success_event(kwargs, None, None, None)


async def test_headers_of_a_miss(end, state, data):
    """A miss says what was compressed and how long both took."""
    state.cache, state.compression, state.counts = CacheDecision.MISS, CompressionDecision.APPLIED, COUNTS
    state.cache_ms, state.compression_ms = 1.26, 3.0
    assert await _headers(end, data) == {
        "x-pith-cache": "miss",
        "x-pith-compression": "applied",
        "x-pith-cache-ms": "1.3",
        "x-pith-compression-ms": "3.0",
        "x-pith-tokens-saved": "40",
        "x-pith-tokens-before": "100",
        "x-pith-tokens-after": "60",
        "x-pith-eligible-before": "80",
        "x-pith-eligible-after": "40",
    }


async def test_headers_of_a_hit(end, state, data):
    """A hit says which entry, how near, and that it cost nothing."""
    _hit(state, CacheDecision.HIT_SEMANTIC)
    assert await _headers(end, data) == {
        "x-pith-cache": "hit-semantic",
        "x-pith-compression": "skipped;hit",
        "x-pith-similarity": "0.9877",
        "x-pith-entry-id": "e7",
        "x-litellm-response-cost": "0.0",
    }


async def test_a_hit_that_was_never_fetched_is_none(end, state, data, parts):
    """Where LiteLLM went to the provider all the same, header, price and usage say so."""
    _hit(state)
    state.served = set()
    headers = await _headers(end, data)
    assert headers["x-pith-cache"] == "bypass;not-served"
    assert "x-litellm-response-cost" not in headers
    await _log(end, data)
    assert parts.usage.events[0].outcome == "provider"
    assert parts.counters.snapshot()["pith_hooks_hits_unserved_total"] == 1


async def test_a_request_without_a_state_gets_no_headers(end):
    """What begin never saw is not ours."""
    assert await _headers(end, {"metadata": {}}) == {}


def test_a_fresh_state_says_not_asked(state):
    """A request on which no guardrail ran says so."""
    assert headers_of(state) == {"x-pith-cache": "bypass;not-asked", "x-pith-compression": "skipped;not-asked"}


async def test_the_level_and_the_savings_are_noted(end, state, data):
    """The deployment hook leaves the savings where LiteLLM's accounting looks."""
    state.level, state.counts = "", COUNTS
    assert await end.async_pre_call_deployment_hook(data, "acompletion") is data
    assert state.level == "acompletion"
    assert data["metadata"]["compression_savings"] == {
        "tokens_before": 100, "tokens_after": 60, "tokens_saved": 40, "source": "pith",
    }  # fmt: skip


async def test_without_counts_no_savings(end, state, data):
    """A hit or a failed compression saves nothing."""
    await end.async_pre_call_deployment_hook(data, "acompletion")
    assert "compression_savings" not in data["metadata"]


async def test_usage_of_a_provider_call(end, state, data, parts):
    """Cost and tokens are LiteLLM's; saved tokens are priced as input."""
    state.cache, state.counts = CacheDecision.MISS, COUNTS
    data["metadata"]["model_info"] = {"input_cost_per_token": 0.01}
    await _log(end, data)
    event = parts.usage.events[0]
    assert (event.outcome, event.caller.tenant_id, event.model, event.api) == ("provider", "acme", "gpt-4o", "chat")
    assert (event.prompt_tokens, event.completion_tokens, event.cost_usd) == (60, 5, 0.25)
    assert (event.saved_cache_usd, event.saved_compression_usd) == (0.0, pytest.approx(0.4))


@pytest.mark.parametrize(
    ("decision", "outcome"), [(CacheDecision.HIT_EXACT, "hit_exact"), (CacheDecision.HIT_SEMANTIC, "hit_semantic")]
)
async def test_usage_of_a_hit(end, state, data, parts, decision, outcome):
    """A hit costs nothing and saves what LiteLLM says the call would have cost, else what the entry cost."""
    _hit(state, decision)
    await _log(end, data, {**PAYLOAD, "saved_cache_cost": 0.3})
    event = parts.usage.events[0]
    assert (event.outcome, event.cost_usd, event.saved_cache_usd, event.saved_compression_usd) == (
        outcome,
        0.0,
        0.3,
        0.0,
    )


async def test_a_hit_without_a_price_takes_the_entrys(end, state, data, parts):
    """LiteLLM may know no price; the entry knows what it cost."""
    _hit(state)
    await _log(end, data)
    assert parts.usage.events[0].saved_cache_usd == 0.5


async def test_one_event_a_request(end, data, parts):
    """A bridged route logs once per level."""
    await _log(end, data)
    await _log(end, data)
    assert len(parts.usage.events) == 1


async def test_nobody_to_book_on(end, state, data, parts):
    """Without a tenant there is no event."""
    state.caller = type(state.caller)("", "")
    await _log(end, data)
    assert parts.usage.events == []


async def test_a_client_that_left(end, state, data, parts, cache):
    """The answer will not come: the token is given back, and the event says cancelled."""
    state.lookup_token = b"t"
    await _log(end, data, {**PAYLOAD, "error_str": "Client disconnected the request"})
    await asyncio.gather(*parts._tasks)
    assert cache.released[0][2] == "cancelled"
    assert parts.usage.events[0].outcome == "cancelled"


async def test_a_failure(end, state, data, parts, cache):
    """A request that no provider answered gives its token back, and its event says error."""
    state.lookup_token = b"t"
    await end.async_post_call_failure_hook(data, RuntimeError("500"), None)
    await asyncio.gather(*parts._tasks)
    assert cache.released[0][2] == "provider_error"
    assert (parts.usage.events[0].outcome, parts.usage.events[0].cost_usd) == ("error", 0.0)


async def test_a_bug_harms_nobody(end, data, parts, state):
    """A payload that is not what it should be costs the event, not the request."""
    await _log(end, data, {"prompt_tokens": "many"})
    assert parts.usage.events == []
    assert parts.counters.snapshot()['pith_hooks_hook_errors_total{hook="end"}'] == 1
