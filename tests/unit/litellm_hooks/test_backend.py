"""LiteLLM's cache, as the hooks fill it."""

import asyncio
import json
import time

import pytest

from litellm_hooks.backend import PithCacheBackend, release
from litellm_hooks.config import HookSettings
from litellm_hooks.decisions import CacheDecision, Failure
from litellm_hooks.line import CallFailed
from litellm_hooks.stash import TOKEN_KEY

ANSWER = {
    "object": "chat.completion",
    "choices": [{"finish_reason": "stop", "message": {"content": "Blue."}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2},
}
BODY = json.dumps(ANSWER)


@pytest.fixture
def backend(parts, state, data):
    """The backend, with a request under way."""
    parts.stash.put(state)
    data["metadata"][TOKEN_KEY] = state.token
    return PithCacheBackend(lambda: parts)


def _found(state, **answers):
    state.cache, state.answers, state.age_ms = CacheDecision.HIT_EXACT, answers, 5000


async def _set(backend, parts, data, body=BODY, **metadata):
    kwargs = {**data, "metadata": {**data["metadata"], **metadata}}
    await backend.async_set_cache("key", {"timestamp": 1, "response": body}, **kwargs)
    await asyncio.gather(*parts._tasks)


async def test_a_hit_is_given_out_with_its_age(backend, state, data):
    """LiteLLM gets what it once gave to set; the timestamp tells how old the answer is."""
    _found(state, chat=BODY)
    value = await backend.async_get_cache("key", **data)
    assert value["response"] == BODY
    assert time.time() - value["timestamp"] == pytest.approx(5, abs=1)
    assert state.served == {"chat"}


async def test_its_bytes_are_freed(backend, state, data, parts):
    """An answer that was given out is not kept."""
    _found(state, chat="x" * 5000)
    parts.stash.put(state)
    held = parts.stash.size_bytes
    await backend.async_get_cache("key", **data)
    assert parts.stash.size_bytes == held - 5000


async def test_only_the_shape_of_the_level_that_asks(backend, state, data):
    """A bridged route asks once per level, each in its own shape."""
    _found(state, messages=BODY)
    assert await backend.async_get_cache("key", **data) is None
    state.level = "anthropic_messages"
    assert await backend.async_get_cache("key", **data) is not None


async def test_asking_twice_means_that_it_was_no_use(backend, state, data, parts):
    """An answer that LiteLLM could not replay is not offered again: the provider answers."""
    _found(state, chat=BODY)
    await backend.async_get_cache("key", **data)
    assert await backend.async_get_cache("key", **data) is None
    assert state.cache is CacheDecision.BAD_ANSWER
    assert parts.counters.snapshot()["pith_hooks_hits_unusable_total"] == 1


async def test_an_answer_older_than_asked_for_is_not_given_out(backend, state, data):
    """LiteLLM would drop it after we had called it a hit."""
    _found(state, chat=BODY)
    state.max_age_s = 4
    assert await backend.async_get_cache("key", **data) is None
    assert state.served == set()


@pytest.mark.parametrize(
    "kwargs", [{}, {"metadata": None}, {"metadata": {"user_api_key_hash": "h", TOKEN_KEY: "other"}}]
)
async def test_a_call_without_a_state_is_a_miss(backend, parts, cache, kwargs):
    """Health checks and foreign calls neither hit nor store."""
    assert await backend.async_get_cache("key", **kwargs) is None
    await backend.async_set_cache("key", {"response": BODY}, **kwargs)
    assert cache.stored == []


async def test_a_complete_answer_is_stored_with_what_it_cost(backend, parts, state, data, cache):
    """Store gets token, answer, usage and the price of the deployment."""
    state.lookup_token = b"t"
    info = {"input_cost_per_token": 2.0, "output_cost_per_token": 8.0}
    await _set(backend, parts, data, model_info=info)
    caller, token, answer = cache.stored[0]
    assert (caller.tenant_id, token, answer.shape, answer.body, answer.finish_reason) == (
        "acme", b"t", "chat", BODY.encode(), "stop",
    )  # fmt: skip
    assert (answer.prompt_tokens, answer.completion_tokens, answer.cost_usd) == (10, 2, 36.0)
    assert parts.counters.snapshot()['pith_hooks_store_total{outcome="stored",reason=""}'] == 1


async def test_a_stream_stores_once(backend, parts, state, data, cache):
    """LiteLLM hands a streamed answer over twice."""
    state.lookup_token = b"t"
    await _set(backend, parts, data)
    await _set(backend, parts, data)
    assert len(cache.stored) == 1


async def test_nothing_is_stored_without_a_token(backend, parts, data, cache):
    """Only a miss may be stored."""
    await _set(backend, parts, data)
    assert cache.stored == cache.released == []


@pytest.mark.parametrize("body", [BODY.replace("stop", "length"), "no json", '{"foo": 1}'])
async def test_what_may_not_be_kept_is_released(backend, parts, state, data, cache, body):
    """Whoever waits for this answer is told not to."""
    state.lookup_token = b"t"
    await _set(backend, parts, data, body)
    assert cache.stored == []
    assert cache.released[0][1:] == (b"t", "not_cacheable")
    assert state.lookup_token == b""


async def test_the_answer_of_another_group_is_released(backend, parts, state, data, cache):
    """A fallback's answer is not the answer of the model asked for."""
    state.lookup_token = b"t"
    await _set(backend, parts, data, model_group="claude")
    assert cache.stored == []
    assert len(cache.released) == 1


async def test_another_shape_than_the_levels_is_not_stored(backend, parts, state, data, cache):
    """A streamed text completion comes as a chat answer; that is not what its level would ask for."""
    state.lookup_token, state.level = b"t", "atext_completion"
    await _set(backend, parts, data)
    assert cache.stored == cache.released == []


async def test_a_failed_store_is_counted(backend, parts, state, data, cache):
    """Nobody waits for Store; a counter says what became of it."""
    state.lookup_token, cache.store_says = b"t", CallFailed(Failure.TIMEOUT)
    await _set(backend, parts, data)
    assert parts.counters.snapshot()['pith_hooks_store_total{outcome="failed",reason="timeout"}'] == 1


async def test_a_rejected_store_is_counted_with_its_reason(backend, parts, state, data, cache):
    """The service's reason is the counter's."""
    state.lookup_token, cache.store_says = b"t", "rejected;refusal"
    await _set(backend, parts, data)
    assert parts.counters.snapshot()['pith_hooks_store_total{outcome="rejected",reason="refusal"}'] == 1


async def test_a_bug_is_a_miss(backend, parts, state, data):
    """Whatever goes wrong, LiteLLM asks the provider and stores nothing."""
    _found(state, chat=BODY)
    state.age_ms = None
    assert await backend.async_get_cache("key", **data) is None
    state.lookup_token = b"t"
    state.stored = None
    await _set(backend, parts, data)
    assert parts.counters.snapshot()['pith_hooks_hook_errors_total{hook="backend"}'] == 2


async def test_release_happens_once(parts, state, cache):
    """A token is given back once."""
    state.lookup_token = b"t"
    release(parts, state, reason="cancelled")
    release(parts, state, reason="cancelled")
    await asyncio.gather(*parts._tasks)
    assert [reason for _, _, reason in cache.released] == ["cancelled"]


async def test_a_failed_release_is_counted(parts, state, cache):
    """Nobody waits for Release either."""
    state.lookup_token, cache.release_says = b"t", CallFailed(Failure.UNAVAILABLE)
    release(parts, state, reason="cancelled")
    await asyncio.gather(*parts._tasks)
    assert parts.counters.snapshot()['pith_hooks_release_total{outcome="failed",reason="unavailable"}'] == 1


async def test_embeddings_are_not_cached(backend):
    """The rest of LiteLLM's interface does nothing."""
    await backend.async_set_cache_pipeline([])
    assert await backend.ping() is True
    await backend.disconnect()


async def test_the_end_of_a_call_ends_its_lease(backend, parts, state, data):
    """Once the answer is handed over, or will never be, nobody renews the call."""
    parts.settings = HookSettings(coalesce_wait_ms=300.0)
    parts.coalescing.settings = parts.settings
    state.lookup_token = b"token"
    assert parts.coalescing.lead(state.caller, b"token")
    await _set(backend, parts, data)
    assert parts.coalescing.lead(state.caller, b"token")
    release(parts, state, reason="cancelled")
    await asyncio.gather(*parts._tasks)
    assert parts.coalescing.lead(state.caller, b"token")
