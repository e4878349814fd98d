"""Says which answers may be stored, format by format; pure.

Only a complete answer in text is stored: it ended by itself, stands alone, calls no tool and is no error or refusal.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cache_service.terms import Answer, Api, Rejection

NORMAL_ENDS = frozenset({"stop", "end_turn", "stop_sequence", "completed"})
SSE_EVENTS = "litellm_cached_anthropic_sse_events"

Body = Mapping[str, Any]


class Rejected(Exception):  # noqa: N818  # it is an outcome, not an error
    """The answer must not be stored."""

    def __init__(self, reason: Rejection) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class _Reading:
    """What the formats have in common."""

    end: str
    text: str
    tools: bool
    refusal: bool


def check_answer(answer: Answer, *, finish_reason: str, max_bytes: int) -> None:
    """Raises Rejected unless the answer may be stored; an empty finish_reason leaves it to the answer's own."""
    reader = READERS.get(answer.format)
    if reader is None:
        raise Rejected(Rejection.FORMAT)
    if len(answer.body) > max_bytes:
        raise Rejected(Rejection.TOO_LARGE)
    body = _parsed(answer.body)
    if body.get("error"):
        raise Rejected(Rejection.ERROR)
    try:
        reading = reader(body)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Rejected(Rejection.FORMAT) from error
    _check(reading, finish_reason)


def answer_text(answer: Answer) -> str:
    """The text of an answer in any format; empty for what is none."""
    reader = READERS.get(answer.format)
    try:
        return reader(_parsed(answer.body)).text if reader else ""
    except (Rejected, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return ""


def serves(api: Api, formats: Iterable[str], *, stream: bool) -> bool:
    """Whether an entry with answers in these formats can answer a request.

    A request answered over a bridge to another API is asked for at both levels, so the inner format serves as well.
    """
    own = "messages-stream" if api is Api.MESSAGES and stream else api.value
    inner = {Api.CHAT: {"responses"}, Api.TEXT: set(), Api.MESSAGES: {"chat", "responses"}, Api.RESPONSES: {"chat"}}
    return not ({own} | inner[api]).isdisjoint(formats)


def _check(reading: _Reading, finish_reason: str) -> None:
    if reading.tools or finish_reason in {"tool_calls", "function_call", "tool_use"}:
        raise Rejected(Rejection.TOOL_CALLS)
    if reading.refusal or finish_reason in {"content_filter", "refusal"}:
        raise Rejected(Rejection.REFUSAL)
    if reading.end not in NORMAL_ENDS or (finish_reason and finish_reason not in NORMAL_ENDS):
        raise Rejected(Rejection.FINISH_REASON)
    if not reading.text.strip():
        raise Rejected(Rejection.EMPTY)


def _parsed(raw: bytes) -> Body:
    try:
        body = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Rejected(Rejection.FORMAT) from error
    if not isinstance(body, dict):
        raise Rejected(Rejection.FORMAT)
    return body


def _only_choice(body: Body, kind: str) -> Body:
    if body["object"] != kind:
        raise ValueError(kind)
    choices = body["choices"]
    if len(choices) > 1:
        raise Rejected(Rejection.SEVERAL_ANSWERS)
    if not choices:
        raise Rejected(Rejection.EMPTY)
    choice: Body = choices[0]
    return choice


def _chat(body: Body) -> _Reading:
    choice = _only_choice(body, "chat.completion")
    message = choice["message"]
    tools = bool(message.get("tool_calls") or message.get("function_call"))
    end = str(choice["finish_reason"])
    refusal = bool(message.get("refusal")) or end == "content_filter"
    return _Reading(end, _text(message.get("content")), tools, refusal)


def _completion(body: Body) -> _Reading:
    choice = _only_choice(body, "text_completion")
    end = str(choice["finish_reason"])
    return _Reading(end, _text(choice["text"]), tools=False, refusal=end == "content_filter")


def _message(body: Body) -> _Reading:
    if body["type"] != "message":
        raise ValueError("message")
    end = str(body["stop_reason"])
    kinds = {str(block["type"]) for block in body["content"]}
    text = "".join(_text(block["text"]) for block in body["content"] if block["type"] == "text")
    return _Reading(end, text, bool(kinds - {"text", "thinking", "redacted_thinking"}), end == "refusal")


def _message_stream(body: Body) -> _Reading:
    events = [json.loads(data) for event in body[SSE_EVENTS] for data in _data_lines(event)]
    if any(event["type"] == "error" for event in events):
        raise Rejected(Rejection.ERROR)
    if not events or events[-1]["type"] != "message_stop":
        raise Rejected(Rejection.FINISH_REASON)
    end = next((str(event["delta"]["stop_reason"]) for event in events if event["type"] == "message_delta"), "")
    blocks = {str(event["content_block"]["type"]) for event in events if event["type"] == "content_block_start"}
    deltas = (event["delta"] for event in events if event["type"] == "content_block_delta")
    text = "".join(_text(delta.get("text", "")) for delta in deltas)
    return _Reading(end, text, bool(blocks - {"text", "thinking", "redacted_thinking"}), end == "refusal")


def _data_lines(event: str) -> Iterable[str]:
    return (line.removeprefix("data:").strip() for line in event.splitlines() if line.startswith("data:"))


def _response(body: Body) -> _Reading:
    if body["object"] != "response":
        raise ValueError("response")
    kinds = {str(item["type"]) for item in body["output"]}
    parts = [part for item in body["output"] if item["type"] == "message" for part in item["content"]]
    text = "".join(_text(part["text"]) for part in parts if part["type"] == "output_text")
    refusal = any(part["type"] == "refusal" for part in parts)
    return _Reading(str(body["status"]), text, bool(kinds - {"message", "reasoning"}), refusal)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("text")
    return value


READERS: Mapping[str, Callable[[Body], _Reading]] = {
    "chat": _chat,
    "text": _completion,
    "messages": _message,
    "messages-stream": _message_stream,
    "responses": _response,
}
