"""LiteLLM's cache: gives out the answer that the guardrail found, and hands new ones to the cache service."""

# ruff: noqa: ARG002  (LiteLLM fixes the signatures and calls by keyword)

import time
from collections.abc import Callable, Mapping
from typing import Any

import litellm
from litellm.caching.base_cache import BaseCache
from litellm.caching.caching import Cache
from litellm.types.caching import LiteLLMCacheType

from litellm_hooks import worker
from litellm_hooks.decisions import CacheDecision
from litellm_hooks.exchange import StoredAnswer
from litellm_hooks.line import CallFailed
from litellm_hooks.prices import cost_usd, prices_of
from litellm_hooks.shapes import Answer, read_answer, wanted_shape
from litellm_hooks.stash import Caller, RequestState, own_metadata
from litellm_hooks.worker import Worker

CALL_TYPES: Any = ["acompletion"]


class PithCacheBackend(BaseCache):
    """Never looks anything up itself: the guardrail has asked already, before compression changed the texts."""

    def __init__(self, current: Callable[[], Worker] = worker.current) -> None:
        super().__init__()
        self._current = current

    async def async_get_cache(self, key: str, **kwargs: Any) -> dict[str, Any] | None:
        """Give the found answer in the shape of the level that asks, once."""
        parts = self._current()
        with parts.guarded("backend"):
            state = parts.stash.find(kwargs)
            return _take(parts, state) if state is not None and state.cache.is_hit else None
        return None

    async def async_set_cache(self, key: str, value: Any, **kwargs: Any) -> None:
        """Hand an answer to the cache service in the background, once per shape."""
        parts = self._current()
        with parts.guarded("backend"):
            state = parts.stash.find(kwargs)
            if state is not None and state.lookup_token:
                _offer(parts, state, value=value, kwargs=kwargs)

    async def async_set_cache_pipeline(self, cache_list: Any, **kwargs: Any) -> None:
        """Do nothing: this is how LiteLLM stores embeddings, which are not cached here."""

    async def ping(self) -> bool:
        """Say that the cache is there; the services answer for themselves."""
        return True

    async def disconnect(self) -> None:
        """Do nothing: the channels live as long as the worker."""


def install() -> Cache:
    """Make our backend LiteLLM's cache."""
    litellm.cache = Cache(
        type=LiteLLMCacheType.LOCAL, _backend=PithCacheBackend(), max_messages=None, supported_call_types=CALL_TYPES
    )
    return litellm.cache


def _take(parts: Worker, state: RequestState) -> dict[str, Any] | None:
    shape = wanted_shape(state.level, stream=state.stream)
    if shape in state.served:  # LiteLLM could not use it the first time and tries again: now the provider answers
        state.cache = CacheDecision.BAD_ANSWER
        parts.counters.add("hits_unusable_total")
        return None
    if state.max_age_s is not None and state.age_ms > 1000 * state.max_age_s:
        return None  # LiteLLM would throw it away
    body = state.answers.pop(shape, None)
    if body is None:
        return None
    state.served.add(shape)
    parts.stash.put(state)
    return {"timestamp": time.time() - state.age_ms / 1000, "response": body}


def _offer(parts: Worker, state: RequestState, *, value: Any, kwargs: Mapping[str, Any]) -> None:
    answer = read_answer(value)
    group = next(
        (str(metadata["model_group"]) for metadata in own_metadata(kwargs) if metadata.get("model_group")),
        state.model_group,
    )
    if answer is None or not answer.complete or group != state.model_group:
        if not state.stored:
            release(parts, state, reason="not_cacheable")
    elif answer.shape == wanted_shape(state.level, stream=state.stream) and answer.shape not in state.stored:
        state.stored.add(answer.shape)
        parts.coalescing.end(state.lookup_token)
        stored = _with_cost(answer, kwargs)
        parts.in_background(_store(parts, state.caller, token=state.lookup_token, answer=stored), "store")


def release(parts: Worker, state: RequestState, *, reason: str) -> None:
    """Tell the cache service in the background that this request will not be stored."""
    if state.lookup_token:
        parts.coalescing.end(state.lookup_token)
        parts.in_background(_release(parts, state.caller, token=state.lookup_token, reason=reason), "release")
        state.lookup_token = b""


def _with_cost(answer: Answer, kwargs: Mapping[str, Any]) -> StoredAnswer:
    prices = prices_of(kwargs, litellm.model_cost)
    cost = cost_usd(prices, prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens)
    return StoredAnswer(
        answer.shape, answer.body.encode(), answer.finish_reason, answer.prompt_tokens, answer.completion_tokens, cost
    )


async def _store(parts: Worker, caller: Caller, *, token: bytes, answer: StoredAnswer) -> None:
    try:
        outcome = await parts.cache.store(
            caller, token, answer=answer, timeout_s=parts.settings.store_timeout_ms / 1000
        )
    except CallFailed as failed:
        outcome = f"failed;{failed.failure.value}"
    parts.counters.decided("store_total", outcome)


async def _release(parts: Worker, caller: Caller, *, token: bytes, reason: str) -> None:
    try:
        await parts.cache.release(caller, token, reason=reason, timeout_s=parts.settings.store_timeout_ms / 1000)
        outcome = f"released;{reason}"
    except CallFailed as failed:
        outcome = f"failed;{failed.failure.value}"
    parts.counters.decided("release_total", outcome)
