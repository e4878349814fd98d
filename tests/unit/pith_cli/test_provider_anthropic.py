"""The stand-in for Anthropic reads and writes messages."""

import json
from typing import Any

import pytest

from pith_cli.providers.anthropic import AnthropicMessages, AnthropicTokenCount
from pith_cli.providers.exchange import InvalidRequestError, Role, respond

BODY: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "When is the audit?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "calendar", "input": {}}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t",
                    "content": [{"type": "text", "text": "The audit is on 9 June."}],
                }
            ],
        },
    ],
}


def ask(**fields: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The whole answer and the events of the streamed one."""
    wire = AnthropicMessages()
    call = wire.read("/anthropic/v1/messages", {**BODY, **fields})
    answer = respond(call.prompt)
    frames = [frame.decode().split("\n") for frame in wire.frames(call, answer)]
    events = [json.loads(lines[1].removeprefix("data: ")) for lines in frames]
    assert [lines[0] for lines in frames] == [f"event: {e['type']}" for e in events]
    return dict(wire.reply(call, answer)), events


def test_reads_blocks_and_tool_results() -> None:
    """System blocks, texts and tool results become passages; a tool result is no question."""
    prompt = AnthropicMessages().read("/p", BODY).prompt
    assert [p.role for p in prompt.passages] == [Role.SYSTEM, Role.USER, Role.TOOL]
    assert prompt.asked_at == 1


def test_stream_says_what_the_whole_answer_says() -> None:
    """The deltas joined are the text, between the events that Anthropic sends."""
    whole, events = ask()
    text = "".join(e["delta"]["text"] for e in events if e["type"] == "content_block_delta")
    assert text == whole["content"][0]["text"] == "The audit is on 9 June."
    assert events[0]["message"]["usage"]["input_tokens"] == whole["usage"]["input_tokens"]
    assert events[-2]["delta"]["stop_reason"] == whole["stop_reason"] == "end_turn"
    assert events[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert events[-1] == {"type": "message_stop"}


def test_tool_call() -> None:
    """A tool call is a block; its input comes as JSON text in a stream."""
    tools = [{"name": "calendar", "input_schema": {"properties": {"what": {"type": "string"}}}}]
    whole, events = ask(messages=[{"role": "user", "content": "Ask calendar."}], tools=tools)
    assert (whole["content"][0]["type"], whole["stop_reason"]) == ("tool_use", "tool_use")
    partial = next(e["delta"]["partial_json"] for e in events if e["type"] == "content_block_delta")
    assert json.loads(partial) == whole["content"][0]["input"] == {"what": "Ask calendar."}


def test_limit() -> None:
    """The limit that Anthropic demands cuts the answer."""
    assert ask(max_tokens=1)[0]["stop_reason"] == "max_tokens"


def test_token_count() -> None:
    """Counting needs no limit and gives the tokens that an answer would be billed for."""
    wire = AnthropicTokenCount()
    call = wire.read("/p", {k: v for k, v in BODY.items() if k != "max_tokens"})
    assert wire.reply(call, respond(call.prompt)) == {"input_tokens": ask()[0]["usage"]["input_tokens"]}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": ""}]}, "messages[0].role"),
        ({"tools": [{}]}, "tools[0].name"),
    ],
)
def test_bad_requests(fields: dict[str, object], named: str) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidRequestError) as error:
        AnthropicMessages().read("/p", {**BODY, **fields})
    assert error.value.field_name == named


def test_errors() -> None:
    """Errors have Anthropic's form."""
    assert AnthropicMessages().error(429, "slow")["error"]["type"] == "rate_limit_error"
    assert AnthropicMessages().error(500, "broken")["error"]["type"] == "api_error"
