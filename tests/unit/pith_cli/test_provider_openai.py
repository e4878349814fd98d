"""The stand-in for OpenAI and Groq reads and writes chat completions."""

import json
from typing import Any

import pytest

from pith_cli.providers.exchange import InvalidRequestError, Role, respond
from pith_cli.providers.openai import DONE, GroqChat, OpenAIChat

PATH = "/openai/v1/chat/completions"
MESSAGES = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "The kiln reaches 1,240 degrees."}, {"type": "image_url"}]},
    {"role": "assistant", "content": None, "tool_calls": []},
    {"role": "tool", "tool_call_id": "call_1", "content": "The kiln cools for nine hours."},
    {"role": "user", "content": "How long does the kiln cool?"},
]
TOOLS = [
    {"type": "function", "function": {"name": "heat", "parameters": {"properties": {"degrees": {"type": "number"}}}}}
]


def ask(wire: OpenAIChat, **fields: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The whole answer and the chunks of the streamed one."""
    call = wire.read(PATH, {"model": "gpt-4o", "messages": MESSAGES, **fields})
    answer = respond(call.prompt)
    frames = list(wire.frames(call, answer))
    assert frames[-1] == DONE
    return dict(wire.reply(call, answer)), [json.loads(frame.removeprefix(b"data: ")) for frame in frames[:-1]]


def test_reads_every_role() -> None:
    """Roles, parts and missing contents become passages."""
    prompt = OpenAIChat().read(PATH, {"model": "gpt-4o", "messages": MESSAGES}).prompt
    assert [p.role for p in prompt.passages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.USER]
    assert prompt.passages[1].text == "The kiln reaches 1,240 degrees."


def test_stream_says_what_the_whole_answer_says() -> None:
    """The chunks joined are the text; the last one gives the reason."""
    whole, chunks = ask(OpenAIChat())
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert text == whole["choices"][0]["message"]["content"] == "The kiln cools for nine hours."
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"] == "stop"


def test_usage_in_a_stream_only_where_asked_for() -> None:
    """`include_usage` adds one chunk without choices."""
    _, plain = ask(OpenAIChat())
    whole, chunks = ask(OpenAIChat(), stream_options={"include_usage": True})
    assert all("usage" not in c for c in plain)
    assert (chunks[-1]["choices"], chunks[-1]["usage"]) == ([], whole["usage"])
    assert whole["usage"]["total_tokens"] == whole["usage"]["prompt_tokens"] + whole["usage"]["completion_tokens"]


def test_several_choices() -> None:
    """Every choice is given and billed."""
    whole, chunks = ask(OpenAIChat(), n=2)
    one, _ = ask(OpenAIChat())
    assert [c["index"] for c in whole["choices"]] == [0, 1]
    assert {c["choices"][0]["index"] for c in chunks} == {0, 1}
    assert whole["usage"]["completion_tokens"] == 2 * one["usage"]["completion_tokens"]


def test_limit() -> None:
    """A limit under either name cuts the answer."""
    for name in ("max_tokens", "max_completion_tokens"):
        assert ask(OpenAIChat(), **{name: 2})[0]["choices"][0]["finish_reason"] == "length"


def test_tool_call() -> None:
    """A tool call comes whole, and in pieces in a stream."""
    whole, chunks = ask(OpenAIChat(), messages=[{"role": "user", "content": "Call heat with 900."}], tools=TOOLS)
    call = whole["choices"][0]["message"]["tool_calls"][0]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("heat", {"degrees": 900.0})
    deltas = [t for c in chunks for t in c["choices"][0]["delta"].get("tool_calls", [])]
    assert "".join(t["function"]["arguments"] for t in deltas) == call["function"]["arguments"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_groq_has_its_own_fields() -> None:
    """Groq gives a service tier, `x_groq` and times, and its stream carries the usage."""
    whole, chunks = ask(GroqChat())
    assert whole["service_tier"] == "on_demand"
    assert set(whole["x_groq"]) == {"id"}
    assert whole["usage"]["total_time"] > 0
    assert chunks[-1]["x_groq"]["usage"]["prompt_tokens"] == whole["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"model": None}, "model"),
        ({"messages": "hello"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": ""}]}, "messages[0].role"),
        ({"messages": ["hello"]}, "messages[0].role"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"n": "two"}, "n"),
        ({"stream_options": []}, "stream_options"),
        ({"tools": [{}]}, "tools[0].function.name"),
    ],
)
def test_bad_requests(fields: dict[str, object], named: str) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidRequestError) as error:
        OpenAIChat().read(PATH, {"model": "gpt-4o", "messages": MESSAGES, **fields})
    assert error.value.field_name == named


def test_errors() -> None:
    """Errors have OpenAI's form."""
    assert OpenAIChat().error(429, "slow")["error"]["code"] == "rate_limit_exceeded"
    assert OpenAIChat().error(500, "broken")["error"]["type"] == "server_error"
