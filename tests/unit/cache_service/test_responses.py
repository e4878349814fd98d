"""Which answers may be stored, and whom an entry can answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.responses import READERS, Rejected, check_answer, serves
from cache_service.terms import Answer, Api, Rejection
from fakes_cache import chat_answer

LIMIT = 10_000


def rejection(answer: Answer, finish_reason: str = "") -> Rejection | None:
    """Why an answer is rejected, None when it is not."""
    try:
        check_answer(answer, finish_reason=finish_reason, max_bytes=LIMIT)
    except Rejected as rejected:
        return rejected.reason
    return None


def answer(kind: str, body: object) -> Answer:
    """An answer with a JSON body."""
    return Answer(kind, json.dumps(body).encode())


def stream(*events: dict[str, Any]) -> Answer:
    """An answer kept as the events of its stream."""
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return answer("messages-stream", {"litellm_cached_anthropic_sse_events": lines})


TEXT = {"type": "text_delta", "text": "Paris."}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": TEXT},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
MESSAGE = {"type": "message", "stop_reason": "end_turn", "content": [{"type": "text", "text": "Paris."}]}
OUTPUT = {"type": "message", "content": [{"type": "output_text", "text": "Paris."}]}
RESPONSE = {"object": "response", "status": "completed", "output": [{"type": "reasoning"}, OUTPUT]}
COMPLETION = {"object": "text_completion", "choices": [{"text": "Paris.", "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("kept", "finish_reason"),
    [
        (chat_answer(), "stop"),
        (chat_answer(), ""),
        (answer("text", COMPLETION), "stop"),
        (answer("messages", MESSAGE), "end_turn"),
        (answer("messages", MESSAGE), "stop"),
        (stream(*EVENTS), "end_turn"),
        (answer("responses", RESPONSE), "completed"),
        (chat_answer(tool_calls=[]), "stop"),
        (chat_answer(tool_calls=None, function_call=None, refusal=None), "stop"),
    ],
)
def test_a_complete_answer_in_each_format_is_stored(kept: Answer, finish_reason: str) -> None:
    """It ended by itself and holds text."""
    assert rejection(kept, finish_reason) is None


CALL = [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]
TOOL_EVENT = {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use"}}
MAX_EVENT = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}
TWO = {"object": "chat.completion", "choices": [json.loads(chat_answer().body)["choices"][0]] * 2}


@pytest.mark.parametrize(
    ("kept", "finish_reason", "reason"),
    [
        (chat_answer(finish_reason="length"), "", Rejection.FINISH_REASON),
        (chat_answer(), "length", Rejection.FINISH_REASON),
        (answer("messages", MESSAGE | {"stop_reason": "max_tokens"}), "", Rejection.FINISH_REASON),
        (answer("messages", MESSAGE | {"stop_reason": None}), "", Rejection.FINISH_REASON),
        (answer("responses", RESPONSE | {"status": "incomplete"}), "", Rejection.FINISH_REASON),
        (stream(*EVENTS[:5], MAX_EVENT, EVENTS[6]), "", Rejection.FINISH_REASON),
        (stream(*EVENTS[:-1]), "", Rejection.FINISH_REASON),
        (stream(), "", Rejection.FINISH_REASON),
        (chat_answer(tool_calls=CALL), "stop", Rejection.TOOL_CALLS),
        (chat_answer(finish_reason="tool_calls", tool_calls=CALL), "", Rejection.TOOL_CALLS),
        (chat_answer(), "tool_calls", Rejection.TOOL_CALLS),
        (answer("messages", MESSAGE | {"content": [{"type": "tool_use"}]}), "", Rejection.TOOL_CALLS),
        (stream(*EVENTS[:5], TOOL_EVENT, *EVENTS[5:]), "", Rejection.TOOL_CALLS),
        (answer("responses", RESPONSE | {"output": [OUTPUT, {"type": "function_call"}]}), "", Rejection.TOOL_CALLS),
        (chat_answer("  "), "stop", Rejection.EMPTY),
        (answer("chat", {"object": "chat.completion", "choices": []}), "stop", Rejection.EMPTY),
        (answer("messages", MESSAGE | {"content": []}), "", Rejection.EMPTY),
        (answer("responses", RESPONSE | {"output": []}), "", Rejection.EMPTY),
        (answer("chat", TWO), "stop", Rejection.SEVERAL_ANSWERS),
        (chat_answer(refusal="I cannot."), "stop", Rejection.REFUSAL),
        (chat_answer(finish_reason="content_filter"), "", Rejection.REFUSAL),
        (answer("messages", MESSAGE | {"stop_reason": "refusal"}), "", Rejection.REFUSAL),
        (answer("responses", RESPONSE | {"output": [{"type": "message", "content": [{"type": "refusal"}]}]}), "", Rejection.REFUSAL),
        (answer("chat", {"error": {"message": "overloaded"}}), "stop", Rejection.ERROR),
        (stream(*EVENTS[:4], {"type": "error", "error": {}}), "", Rejection.ERROR),
        (answer("audio", {}), "stop", Rejection.FORMAT),
        (answer("messages", COMPLETION), "stop", Rejection.FORMAT),
        (answer("chat", MESSAGE), "stop", Rejection.FORMAT),
        (answer("chat", [1]), "stop", Rejection.FORMAT),
        (answer("chat", {"object": "chat.completion", "choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}), "stop", Rejection.FORMAT),
        (answer("messages-stream", {"litellm_cached_anthropic_sse_events": ["data: {"]}), "", Rejection.FORMAT),
        (Answer("chat", b"\xff"), "stop", Rejection.FORMAT),
        (Answer("chat", b""), "stop", Rejection.FORMAT),
        (Answer("chat", b"[" * 9_000), "stop", Rejection.FORMAT),
        (chat_answer("x" * LIMIT), "stop", Rejection.TOO_LARGE),
    ],
)  # fmt: skip
def test_anything_else_is_rejected_with_its_reason(kept: Answer, finish_reason: str, reason: Rejection) -> None:
    """Cut, empty, failed, several, refused, or no answer at all."""
    assert rejection(kept, finish_reason) is reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
NAMES = st.sampled_from(
    "object type choices content output status stop_reason error litellm_cached_anthropic_sse_events".split()
)


@given(st.sampled_from(sorted(READERS)), st.dictionaries(NAMES, JSON | st.sampled_from(["message", "response"])))
def test_any_object_is_stored_or_rejected(kind: str, body: dict[str, Any]) -> None:
    """Odd bodies never end in another error, and none of them passes for an answer."""
    assert rejection(answer(kind, body), "stop") is not None


@pytest.mark.parametrize(
    ("api", "stream_asked", "formats", "expected"),
    [
        (Api.CHAT, False, {"chat"}, True),
        (Api.CHAT, True, {"chat"}, True),
        (Api.CHAT, False, {"messages"}, False),
        (Api.TEXT, False, {"text"}, True),
        (Api.TEXT, True, {"chat"}, False),
        (Api.MESSAGES, False, {"messages"}, True),
        (Api.MESSAGES, False, {"messages-stream"}, False),
        (Api.MESSAGES, True, {"messages-stream"}, True),
        (Api.MESSAGES, True, {"messages"}, False),
        (Api.MESSAGES, True, {"chat", "messages"}, True),
        (Api.RESPONSES, False, {"responses"}, True),
        (Api.RESPONSES, True, {"chat"}, True),
        (Api.RESPONSES, False, set(), False),
    ],
)
def test_an_entry_answers_only_in_a_format_that_can_be_replayed(
    api: Api, stream_asked: bool, formats: set[str], expected: bool
) -> None:
    """A messages stream and a messages answer cannot stand in for each other."""
    assert serves(api, formats, stream=stream_asked) is expected
