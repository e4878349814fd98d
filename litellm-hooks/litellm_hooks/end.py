"""Last hook of a request: response headers, usage event, savings."""

# ruff: noqa: ARG002  (LiteLLM fixes the signatures and calls by keyword)

import time
from collections.abc import Callable, Mapping
from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger

from litellm_hooks import backend, worker
from litellm_hooks.decisions import CacheDecision
from litellm_hooks.exchange import UsageEvent
from litellm_hooks.prices import prices_of
from litellm_hooks.stash import RequestState, TokenCounts, new_token, own_metadata
from litellm_hooks.worker import Worker


class End(CustomLogger):
    """Tells the client, platform-api and LiteLLM's own accounting what happened."""

    def __init__(self, current: Callable[[], Worker] = worker.current) -> None:
        super().__init__()
        self._current = current

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any]:
        """Note which of LiteLLM's levels runs, and put the savings where its accounting looks for them."""
        parts = self._current()
        with parts.guarded("end"):
            state = parts.stash.find(kwargs)
            if state is not None:
                state.level = str(getattr(call_type, "value", call_type))
                _note_savings(state.counts, kwargs)
        return kwargs

    async def async_post_call_response_headers_hook(
        self,
        data: dict[str, Any],
        user_api_key_dict: Any,
        response: Any,
        request_headers: Any = None,
        litellm_call_info: Any = None,
    ) -> dict[str, str]:
        """Give the headers that say what the hooks decided."""
        parts = self._current()
        with parts.guarded("end"):
            state = parts.stash.find(data)
            if state is not None:
                _correct(parts, state)
                return headers_of(state)
        return {}

    async def async_log_success_event(
        self, kwargs: dict[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Queue the usage event of a request that was answered."""
        parts = self._current()
        with parts.guarded("end"):
            params = kwargs.get("litellm_params") or {}
            state = parts.stash.find(params) or parts.stash.find(kwargs)
            if state is not None:
                _correct(parts, state)
                _report(parts, state, call={**kwargs, **params})

    async def async_post_call_failure_hook(
        self,
        request_data: dict[str, Any],
        original_exception: Exception,
        user_api_key_dict: Any,
        traceback_str: str | None = None,
    ) -> None:
        """Free whoever waits for the answer of a request that failed, and queue its usage event."""
        parts = self._current()
        with parts.guarded("end"):
            state = parts.stash.find(request_data)
            if state is not None:
                backend.release(parts, state, reason="provider_error")
                _queue(parts, state, payload={}, outcome="error")


def headers_of(state: RequestState) -> dict[str, str]:
    """Write what was decided for a request as response headers."""
    headers = {"x-pith-cache": state.cache.value, "x-pith-compression": state.compression.value}
    if state.cache.is_hit:
        headers["x-pith-similarity"] = f"{state.similarity:.4f}"
        headers["x-pith-entry-id"] = state.entry_id
        headers["x-litellm-response-cost"] = "0.0"  # LiteLLM 1.106 shows the full price of a replay
    if state.cache_ms is not None:
        headers["x-pith-cache-ms"] = f"{state.cache_ms:.1f}"
    if state.compression_ms is not None:
        headers["x-pith-compression-ms"] = f"{state.compression_ms:.1f}"
    if state.counts is not None:
        headers["x-pith-tokens-saved"] = str(state.counts.saved)
        headers["x-pith-tokens-before"] = str(state.counts.tokens_before)
        headers["x-pith-tokens-after"] = str(state.counts.tokens_after)
        headers["x-pith-eligible-before"] = str(state.counts.eligible_before)
        headers["x-pith-eligible-after"] = str(state.counts.eligible_after)
    return headers


def _note_savings(counts: TokenCounts | None, kwargs: Mapping[str, Any]) -> None:
    if counts is None:
        return
    for metadata in own_metadata(kwargs):
        metadata["compression_savings"] = {
            "tokens_before": counts.tokens_before,
            "tokens_after": counts.tokens_after,
            "tokens_saved": counts.saved,
            "source": "pith",
        }


def _correct(parts: Worker, state: RequestState) -> None:
    """Call a hit that LiteLLM never fetched what it is."""
    if state.cache.is_hit and not state.served:
        state.cache = CacheDecision.NOT_SERVED
        parts.counters.add("hits_unserved_total")


def _report(parts: Worker, state: RequestState, *, call: Mapping[str, Any]) -> None:
    payload = call.get("standard_logging_object") or {}
    outcome = _outcome(state, payload)
    if outcome == "cancelled":
        backend.release(parts, state, reason="cancelled")
    _queue(parts, state, payload=payload, outcome=outcome, input_usd=prices_of(call, litellm.model_cost).input_usd)


def _outcome(state: RequestState, payload: Mapping[str, Any]) -> str:
    if "disconnected" in str(payload.get("error_str") or ""):
        return "cancelled"
    if state.cache.is_hit:
        return "hit_exact" if state.cache is CacheDecision.HIT_EXACT else "hit_semantic"
    return "provider"


def _queue(
    parts: Worker, state: RequestState, *, payload: Mapping[str, Any], outcome: str, input_usd: float = 0.0
) -> None:
    """Queue the one usage event of a request; without a tenant there is nobody to book it on."""
    if state.reported or not state.caller.tenant_id:
        return
    state.reported = True
    hit = outcome.startswith("hit")
    saved_tokens = state.counts.saved if state.counts is not None and outcome == "provider" else 0
    parts.usage.add(
        UsageEvent(
            event_id=new_token(),
            request_id=state.request_id,
            caller=state.caller,
            model=str(payload.get("model_group") or state.model_group),
            api=state.api,
            outcome=outcome,
            prompt_tokens=int(payload.get("prompt_tokens") or 0),
            completion_tokens=int(payload.get("completion_tokens") or 0),
            cost_usd=0.0 if hit else float(payload.get("response_cost") or 0.0),
            saved_cache_usd=float(payload.get("saved_cache_cost") or state.saved_cost_usd) if hit else 0.0,
            saved_compression_usd=saved_tokens * input_usd,
            at_s=time.time(),
        )
    )


end = End()
