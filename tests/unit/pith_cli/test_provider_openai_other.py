"""The stand-in for OpenAI answers its other endpoints in short form."""

import base64
import json
import math
import struct
from typing import Any

import pytest

from pith_cli.providers.exchange import InvalidRequestError, Role, respond
from pith_cli.providers.openai_other import OpenAIEmbeddings, OpenAIResponses, OpenAIText

DOCUMENT = "The ferry leaves at 07:10. Bicycles travel free."
QUESTION = "When does the ferry leave?"


def events(frames: list[bytes]) -> list[dict[str, Any]]:
    """The data of each event."""
    return [json.loads(frame.split(b"data: ", 1)[1]) for frame in frames if b"[DONE]" not in frame]


def test_text_completion() -> None:
    """A prompt is completed with its answer, whole or in pieces."""
    wire = OpenAIText()
    call = wire.read(
        "/p", {"model": "m", "prompt": f"{DOCUMENT}\n\n{QUESTION}", "stream_options": {"include_usage": True}}
    )
    answer = respond(call.prompt)
    whole, chunks = wire.reply(call, answer), events(list(wire.frames(call, answer)))
    assert whole["choices"][0]["text"] == "The ferry leaves at 07:10."
    assert "".join(c["choices"][0]["text"] for c in chunks[:-1]) == whole["choices"][0]["text"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == whole["usage"]


def test_response() -> None:
    """Items become passages; the events end in the whole response."""
    wire = OpenAIResponses()
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
        {"type": "function_call", "name": "timetable", "arguments": "{}", "call_id": "c"},
        {"type": "function_call_output", "call_id": "c", "output": DOCUMENT},
    ]
    call = wire.read("/p", {"model": "m", "instructions": "Be brief.", "input": items})
    assert [p.role for p in call.prompt.passages] == [Role.SYSTEM, Role.USER, Role.TOOL]
    answer = respond(call.prompt)
    stream = events(list(wire.frames(call, answer)))
    text = "".join(e["delta"] for e in stream if e["type"] == "response.output_text.delta")
    assert text == wire.reply(call, answer)["output"][0]["content"][0]["text"] == "The ferry leaves at 07:10."
    assert [e["sequence_number"] for e in stream] == list(range(len(stream)))
    assert stream[-1]["type"] == "response.completed"


def test_response_with_a_tool_call() -> None:
    """A call is an item of its own."""
    wire = OpenAIResponses()
    body = {"model": "m", "input": "Use timetable.", "tools": [{"type": "function", "name": "timetable"}]}
    call = wire.read("/p", body)
    answer = respond(call.prompt)
    assert wire.reply(call, answer)["output"][0]["type"] == "function_call"
    assert "response.function_call_arguments.done" in [e["type"] for e in events(list(wire.frames(call, answer)))]


def test_incomplete_response() -> None:
    """A cut answer is incomplete and says why."""
    wire = OpenAIResponses()
    call = wire.read("/p", {"model": "m", "input": QUESTION, "max_output_tokens": 1})
    reply = wire.reply(call, respond(call.prompt))
    assert (reply["status"], reply["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


def test_embeddings() -> None:
    """Equal texts get equal vectors of length one, in either encoding."""
    wire = OpenAIEmbeddings()
    body = {"model": "m", "input": ["a", "b", "a"], "dimensions": 8}
    call = wire.read("/p", body)
    one, two, three = (d["embedding"] for d in wire.reply(call, respond(call.prompt))["data"])
    assert one == three != two
    assert math.isclose(sum(x * x for x in one), 1.0)
    call = wire.read("/p", {**body, "encoding_format": "base64"})
    packed = base64.b64decode(wire.reply(call, respond(call.prompt))["data"][0]["embedding"])
    assert struct.unpack("<8f", packed) == pytest.approx(one)


@pytest.mark.parametrize("size", [0, 9999, "8"])
def test_bad_dimensions(size: object) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidRequestError, match="dimensions"):
        OpenAIEmbeddings().read("/p", {"model": "m", "input": "a", "dimensions": size})
