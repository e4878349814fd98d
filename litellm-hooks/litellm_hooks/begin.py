"""First hook of a request: who asks, what they opted out of, which fallbacks they may use."""

# ruff: noqa: ARG002  (LiteLLM fixes the signatures and calls by keyword)

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from litellm_hooks import backend, worker
from litellm_hooks.cache_control import read_cache_control, read_user
from litellm_hooks.decisions import CacheDecision, CompressionDecision
from litellm_hooks.shapes import APIS, CHAT
from litellm_hooks.stash import TOKEN_KEY, Caller, RequestState, new_token, own_metadata
from litellm_hooks.worker import Worker

BODY_FIELD = "pith"
POLICY_KEY = "pith"  # in the key's metadata, where `auth` puts it

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_FALLBACK_KINDS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


class Begin(CustomLogger):
    """Makes the request's state; the only hook before the provider that is told who asks."""

    def __init__(self, current: Callable[[], Worker] = worker.current) -> None:
        super().__init__()
        self._current = current

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        """Take our field out of the body, cut the fallbacks, and leave a token behind."""
        wishes = data.pop(BODY_FIELD, None)
        parts = self._current()
        with parts.guarded("begin"):
            _cut_fallbacks(data, _strings(user_api_key_dict.models), router=_router())
            policy = (user_api_key_dict.metadata or {}).get(POLICY_KEY) or {}
            state = _new_state(user_api_key_dict, data, call_type=call_type, mode=str(policy.get("mode") or ""))
            _decide_early(state, enabled=parts.settings.enabled)
            if state.cache_wanted:
                _opt_out(state, policy, wishes=_wishes(wishes, data))
            _count_decided(parts, state)
            parts.stash.put(state)
            for metadata in own_metadata(data):
                metadata[TOKEN_KEY] = state.token
        return data


def _new_state(key: Any, data: Mapping[str, Any], *, call_type: str, mode: str) -> RequestState:
    headers = _headers(data)
    traceparent = headers.get("traceparent", "")
    control = read_cache_control(data, headers)
    return RequestState(
        token=new_token(),
        caller=Caller(str(key.team_id or ""), str(key.user_id or ""), read_user(data, headers)),
        api=APIS.get(call_type, call_type.removeprefix("a")),
        model_group=_clean(data.get("model")),
        stream=data.get("stream") is True,
        mode=mode,
        request_id=_clean(headers.get("x-request-id") or data.get("litellm_call_id"))[:128],
        traceparent=traceparent if _TRACEPARENT.fullmatch(traceparent) else "",
        max_age_s=control.max_age_s,
        no_cache=control.no_cache,
        no_store=control.no_store,
    )


def _decide_early(state: RequestState, *, enabled: bool) -> None:
    """Let a request through untouched that the hooks have nothing to do with."""
    word = _why_hands_off(state, enabled=enabled)
    if word:
        state.cache_wanted = state.compression_wanted = False
        state.cache = CacheDecision(f"bypass;{word}")
        state.compression = CompressionDecision(f"skipped;{word}")


def _why_hands_off(state: RequestState, *, enabled: bool) -> str:
    if not enabled:
        return "disabled"
    if state.api != CHAT:
        return "route"
    return "" if state.caller.tenant_id else "no-tenant"


def _wishes(body_field: object, data: Mapping[str, Any]) -> dict[str, Any]:
    """Read what the request itself asks for: our body field, our headers, and LiteLLM's own ways to skip the cache."""
    wishes = dict(body_field) if isinstance(body_field, Mapping) else {}
    headers = _headers(data)
    for name in ("cache", "compress"):
        if headers.get(f"x-pith-{name}", "").lower() == "off":
            wishes[name] = False
    if data.get("caching") is False:
        wishes["cache"] = False
    return wishes


def _opt_out(state: RequestState, policy: Mapping[str, Any], *, wishes: Mapping[str, Any]) -> None:
    """Heed the key's policy, then the request's own wishes."""
    if policy.get("cache") is False or wishes.get("cache") is False:
        state.cache_wanted = False
        state.cache = CacheDecision.POLICY if policy.get("cache") is False else CacheDecision.OPT_OUT
    if policy.get("compress") is False or wishes.get("compress") is False:
        state.compression_wanted = False
        state.compression = (
            CompressionDecision.POLICY if policy.get("compress") is False else CompressionDecision.OPT_OUT
        )


def _count_decided(parts: Worker, state: RequestState) -> None:
    if not state.cache_wanted:
        parts.counters.decided("cache_total", state.cache)
    if not state.compression_wanted:
        parts.counters.decided("compression_total", state.compression)


def _cut_fallbacks(data: dict[str, Any], allowed: list[str], *, router: object) -> None:
    """Leave only fallbacks that the key may use: LiteLLM checks those of the body, but not the configured ones."""
    group = str(data.get("model"))
    for kind in _FALLBACK_KINDS if allowed else ():
        if kind == "fallbacks" and kind in data:
            continue
        configured = _fallbacks_of(group, getattr(router, kind, None))
        if kind in data or any(model not in allowed for model in configured):
            kept = [model for model in configured if model in allowed]
            data[kind] = [{group: kept}] if kept else []


def _fallbacks_of(group: str, table: object) -> list[str]:
    entries = [entry for entry in table if isinstance(entry, Mapping)] if isinstance(table, list) else []
    return [model for entry in entries for name in (group, "*") for model in _strings(entry.get(name))]


def _router() -> object:
    # Not imported: inside the proxy it is loaded already, and outside it there is no router.
    return getattr(sys.modules.get("litellm.proxy.proxy_server"), "llm_router", None)


def _headers(data: Mapping[str, Any]) -> dict[str, str]:
    request = data.get("proxy_server_request")
    headers = request.get("headers") if isinstance(request, Mapping) else None
    return {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _clean(value: object) -> str:
    """Make a string that protobuf takes: JSON may hold half a character."""
    return str(value or "").encode("utf-8", "replace").decode()


worker.settings()  # a misspelt setting stops the proxy here, while it starts
backend.install()
begin = Begin()
