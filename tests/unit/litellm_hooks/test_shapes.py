"""The shapes of answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litellm_hooks.shapes import is_replayable, read_answer, shape_of, wanted_shape


def chat(content="Blue.", reason="stop", **message):
    """A chat completion."""
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": content, **message}}
    return {"object": "chat.completion", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}


TEXT = {"object": "text_completion", "choices": [{"text": "Blue.", "finish_reason": "stop"}]}
MESSAGE = {
    "type": "message",
    "content": [{"type": "text", "text": "Blue."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 1},
}
EVENTS = {
    "litellm_cached_anthropic_sse_events": [
        {"type": "content_block_start", "content_block": {"type": "text"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    ]
}
RESPONSE = {"object": "response", "status": "completed", "output": [{"type": "message"}]}


@pytest.mark.parametrize(
    ("body", "shape"),
    [(chat(), "chat"), (TEXT, "text"), (MESSAGE, "messages"), (EVENTS, "messages-stream"), (RESPONSE, "responses")],
)
def test_each_shape_is_told_by_its_own_fields_and_complete(body, shape):
    """The five shapes are told apart, and each sample is a whole answer, as a dict and as JSON."""
    assert shape_of(body) == shape
    assert read_answer({"timestamp": 1, "response": json.dumps(body)}).complete
    assert read_answer({"timestamp": 1, "response": body}).shape == shape


@pytest.mark.parametrize(
    "body",
    [None, 42, "text", [], {}, {"foo": 1}, {"object": "chat.completion"}, {"object": "chat.completion", "choices": []},
     {"object": "chat.completion", "choices": [1]}, {"type": "message", "content": "x"}, {"object": "response"}],
)  # fmt: skip
def test_anything_else_has_no_shape(body):
    """What is not an answer is told so."""
    assert shape_of(body) == ""
    assert read_answer({"timestamp": 1, "response": body}) is None


@pytest.mark.parametrize(
    "body",
    [
        chat(reason="length"),
        chat(reason="tool_calls", content=None, tool_calls=[{"id": "1"}]),
        chat(tool_calls=[{"id": "1"}]),
        chat(function_call={"name": "f"}),
        chat(reason="content_filter"),
        chat(content=""),
        chat(reason=None),
        {**chat(), "choices": chat()["choices"] * 2},
        {**TEXT, "choices": [{"text": "", "finish_reason": "stop"}]},
        {**MESSAGE, "stop_reason": "max_tokens"},
        {**MESSAGE, "content": [{"type": "tool_use"}]},
        {**MESSAGE, "content": []},
        {
            "litellm_cached_anthropic_sse_events": [
                {"content_block": {"type": "tool_use"}},
                *next(iter(EVENTS.values())),
            ]
        },
        {"litellm_cached_anthropic_sse_events": ["odd"]},
        {**RESPONSE, "status": "incomplete"},
        {**RESPONSE, "output": [{"type": "function_call"}]},
    ],
)
def test_what_is_not_a_whole_answer_of_text_is_incomplete(body):
    """Cut, filtered, several, empty and tool-calling answers are none to keep."""
    answer = read_answer(body)
    assert answer is not None
    assert not answer.complete
    assert not is_replayable(answer.shape, json.dumps(body))


def test_figures_are_read():
    """Finish reason and usage come along, whatever their names."""
    answer = read_answer(chat())
    assert (answer.finish_reason, answer.prompt_tokens, answer.completion_tokens) == ("stop", 9, 2)
    assert (read_answer(MESSAGE).prompt_tokens, read_answer(MESSAGE).completion_tokens) == (3, 1)
    assert read_answer({**chat(), "usage": {"prompt_tokens": -1, "completion_tokens": True}}).prompt_tokens == 0


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"foo": 1}', "\ud800"])
def test_a_stored_body_that_is_no_answer_is_not_replayed(body):
    """Nonsense from the cache service never reaches a client."""
    assert not is_replayable("chat", body)


def test_a_stored_body_of_another_shape_is_not_replayed():
    """The format must be the body's own shape."""
    assert is_replayable("chat", json.dumps(chat()))
    assert not is_replayable("text", json.dumps(chat()))


@pytest.mark.parametrize(
    ("call_type", "stream", "shape"),
    [
        ("acompletion", False, "chat"),
        ("acompletion", True, "chat"),
        ("atext_completion", False, "text"),
        ("anthropic_messages", False, "messages"),
        ("anthropic_messages", True, "messages-stream"),
        ("aresponses", True, "responses"),
        ("aembedding", False, ""),
        ("", False, ""),
    ],
)
def test_each_level_asks_for_its_shape(call_type, stream, shape):
    """Only messages tell streams apart."""
    assert wanted_shape(call_type, stream=stream) == shape


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["object", "choices", "type", "content", "message", "output", "usage"]), inner
        )
    ),
    max_leaves=12,
)


@given(_json, st.sampled_from(["chat.completion", "text_completion", "response", "message"]))
def test_reading_never_fails(body, name):
    """Whatever JSON a provider or a service sends, reading it gives an answer or None."""
    for value in (body, {**(body if isinstance(body, dict) else {}), "object": name, "type": name}):
        answer = read_answer({"response": value})
        assert answer is None or answer.shape == shape_of(value)
