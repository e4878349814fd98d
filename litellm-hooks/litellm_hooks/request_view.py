"""Reads LiteLLM's request dict once into our terms, slot by slot as LiteLLM orders `texts`; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SYSTEM, USER, ASSISTANT, TOOL = "system", "user", "assistant", "tool"
_ROLES = {"system": SYSTEM, "developer": SYSTEM, "user": USER, "assistant": ASSISTANT, "tool": TOOL, "function": TOOL}

# What LiteLLM adds to the dict, and what only labels or routes a request: no part of what a provider is asked.
# Everything else goes to the cache service, so that a field unknown to us still tells two requests apart.
INTERNAL_KEYS = frozenset({
    "api_base", "api_key", "api_version", "base_url", "organization", "extra_headers", "headers",  # transport
    "metadata", "proxy_server_request", "secret_fields", "user_api_key_dict", "model_info", "deployment_id",
    "guardrails", "guardrail_config", "guardrail_to_apply", "policies", "tags", "applied_guardrails",
    "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "disable_fallbacks", "num_retries",
    "max_retries", "timeout", "stream_timeout", "request_timeout", "cooldown_time", "rpm", "tpm", "weight",
    "cache", "caching", "ttl", "callbacks", "success_callback", "failure_callback", "no-log", "parent_otel_span",
    "pith",
})  # fmt: skip
INTERNAL_PREFIXES = ("litellm_", "user_api_key_", "_")


@dataclass(frozen=True)
class ToolCall:
    """The call that a tool result answers."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Slot:
    """One text of the conversation, at the place where LiteLLM lists it."""

    role: str
    text: str
    locked: bool = False
    tool_call: ToolCall | None = None


@dataclass(frozen=True)
class _Found:
    """A text or another part on the walk; only texts become slots."""

    role: str
    text: str | None
    marked: bool  # carries cache_control
    pinned: bool  # must not change for a reason of its own
    tool_call: ToolCall | None


def chat_slots(data: Mapping[str, Any]) -> tuple[Slot, ...]:
    """List the texts of a chat completion in LiteLLM's order; a prefix that a provider caches is locked."""
    found = list(_walk(_mappings(data.get("messages"))))
    last_marked = max((index for index, part in enumerate(found) if part.marked), default=-1)
    return tuple(
        Slot(part.role, part.text, index <= last_marked or part.pinned, part.tool_call)
        for index, part in enumerate(found)
        if part.text is not None
    )


def aligned(slots: Sequence[Slot], texts: Sequence[object]) -> bool:
    """Whether our walk found exactly the texts that LiteLLM lists."""
    return len(slots) == len(texts) and all(slot.text == text for slot, text in zip(slots, texts, strict=True))


def request_json(data: Mapping[str, Any]) -> bytes | None:
    """Write the request as it is now, without what the proxy added; None where it is no JSON."""
    body = {key: value for key, value in data.items() if not is_internal(key)}
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def is_internal(key: object) -> bool:
    """Whether a key of the request dict is none of the provider's business."""
    return not isinstance(key, str) or key in INTERNAL_KEYS or key.startswith(INTERNAL_PREFIXES)


def _walk(messages: Sequence[Mapping[str, Any]]) -> Iterator[_Found]:
    calls: dict[str, ToolCall] = {}
    for message in messages:
        role = _ROLES.get(str(message.get("role")), "")
        call = calls.get(str(message.get("tool_call_id") or message.get("name"))) if role == TOOL else None
        pinned = not role or bool(message.get("thinking_blocks"))
        for text, marked in _parts(message.get("content")):
            yield _Found(role or SYSTEM, text, marked, pinned, call)
        if message.get("cache_control"):
            yield _Found(role or SYSTEM, None, marked=True, pinned=True, tool_call=None)
        calls.update(_calls(message))


def _parts(content: object) -> Iterator[tuple[str | None, bool]]:
    if isinstance(content, str):
        yield content, False
        return
    for part in _mappings(content):
        text = part.get("text")
        yield text if isinstance(text, str) else None, bool(part.get("cache_control"))


def _calls(message: Mapping[str, Any]) -> Iterator[tuple[str, ToolCall]]:
    """Give the calls of an assistant message by what a result refers to them with."""
    for call in _mappings(message.get("tool_calls")):
        function = call.get("function")
        if isinstance(function, Mapping):
            yield str(call.get("id")), _tool_call(function)
    legacy = message.get("function_call")
    if isinstance(legacy, Mapping):
        yield str(legacy.get("name")), _tool_call(legacy)


def _tool_call(function: Mapping[str, Any]) -> ToolCall:
    arguments = function.get("arguments")
    return ToolCall(
        str(function.get("name") or ""), arguments if isinstance(arguments, str) else json.dumps(arguments, default=str)
    )


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
