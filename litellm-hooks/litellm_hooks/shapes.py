"""Tells the shapes of an answer apart by their own fields, and reads what matters of them; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHAT, TEXT, MESSAGES, MESSAGES_STREAM, RESPONSES = "chat", "text", "messages", "messages-stream", "responses"

# LiteLLM's call types -> our name of the API.
APIS = {"acompletion": CHAT, "atext_completion": TEXT, "anthropic_messages": MESSAGES, "aresponses": RESPONSES}

_STREAMED_MESSAGES = "litellm_cached_anthropic_sse_events"
_TOOL_BLOCKS = ("tool_use", "server_tool_use")


@dataclass(frozen=True)
class Answer:
    """An answer as LiteLLM keeps it."""

    shape: str
    body: str  # JSON
    finish_reason: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    complete: bool = False  # one whole answer of text that ended by itself


def wanted_shape(call_type: str, *, stream: bool) -> str:
    """Name the shape that a level of LiteLLM asks its cache for."""
    shape = APIS.get(call_type, "")
    return MESSAGES_STREAM if shape == MESSAGES and stream else shape


def shape_of(body: object) -> str:
    """Name the shape of a decoded answer; empty for anything else."""
    if not isinstance(body, Mapping):
        return ""
    if isinstance(body.get(_STREAMED_MESSAGES), list):
        return MESSAGES_STREAM
    if body.get("object") in ("chat.completion", "text_completion") and _choices(body):
        return CHAT if body["object"] == "chat.completion" else TEXT
    if body.get("type") == "message" and isinstance(body.get("content"), list):
        return MESSAGES
    if body.get("object") == "response" and isinstance(body.get("output"), list):
        return RESPONSES
    return ""


def read_answer(value: object) -> Answer | None:
    """Read what LiteLLM hands to its cache (`{"timestamp", "response"}`) or what the cache service gave back."""
    response = value.get("response") if isinstance(value, Mapping) and "response" in value else value
    try:
        body = json.loads(response) if isinstance(response, str | bytes) else response
        text = response if isinstance(response, str) else json.dumps(body)
    except (ValueError, TypeError, RecursionError):
        return None
    shape = shape_of(body)
    if not shape or not isinstance(body, Mapping):
        return None
    reason = _finish_reason(shape, body)
    prompt, completion = _usage(body)
    return Answer(shape, text, reason, prompt, completion, complete=_complete(shape, body, reason=reason))


def is_replayable(shape: str, body: str) -> bool:
    """Whether a stored body really is a complete answer of the shape that its format promises."""
    answer = read_answer(body)
    return answer is not None and answer.shape == shape and answer.complete


def _choices(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = body.get("choices")
    if isinstance(choices, list) and all(isinstance(choice, Mapping) for choice in choices):
        return choices
    return []


def _finish_reason(shape: str, body: Mapping[str, Any]) -> str:
    if shape in (CHAT, TEXT):
        return str(_choices(body)[0].get("finish_reason") or "")
    if shape == MESSAGES:
        return str(body.get("stop_reason") or "")
    if shape == RESPONSES:
        return str(body.get("status") or "")
    return _streamed_stop_reason(body[_STREAMED_MESSAGES])


def _streamed_stop_reason(events: list[Any]) -> str:
    for event in reversed(events):
        delta = event.get("delta") if isinstance(event, Mapping) else None
        if isinstance(delta, Mapping) and delta.get("stop_reason"):
            return str(delta["stop_reason"])
    return ""


def _complete(shape: str, body: Mapping[str, Any], *, reason: str) -> bool:
    if shape == CHAT:
        message = _choices(body)[0].get("message")
        return (
            reason == "stop" and len(_choices(body)) == 1 and isinstance(message, Mapping) and _plain_message(message)
        )
    if shape == TEXT:
        return reason == "stop" and len(_choices(body)) == 1 and bool(_choices(body)[0].get("text"))
    if shape == MESSAGES:
        blocks = body["content"]
        return reason == "end_turn" and bool(blocks) and not any(_is_tool_block(block) for block in blocks)
    if shape == MESSAGES_STREAM:
        starts = [event.get("content_block") for event in body[_STREAMED_MESSAGES] if isinstance(event, Mapping)]
        return reason == "end_turn" and not any(_is_tool_block(block) for block in starts)
    return reason == "completed" and all(_is_text_item(item) for item in body["output"])


def _plain_message(message: Mapping[str, Any]) -> bool:
    has_text = isinstance(message.get("content"), str) and bool(message["content"])
    return has_text and not message.get("tool_calls") and not message.get("function_call")


def _is_tool_block(block: object) -> bool:
    return isinstance(block, Mapping) and block.get("type") in _TOOL_BLOCKS


def _is_text_item(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("type") in ("message", "reasoning")


def _usage(body: Mapping[str, Any]) -> tuple[int, int]:
    usage = body.get("usage")
    if not isinstance(usage, Mapping):
        return 0, 0
    return (
        _count(usage.get("prompt_tokens", usage.get("input_tokens"))),
        _count(usage.get("completion_tokens", usage.get("output_tokens"))),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
