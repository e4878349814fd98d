"""The stand-in for Gemini reads and writes contents."""

import json
from typing import Any

import pytest

from pith_cli.providers.exchange import InvalidRequestError, Role, respond
from pith_cli.providers.gemini import GeminiArrayStream, GeminiGenerate, GeminiTokenCount, read_path

PATH = "/gemini/v1beta/models/gemini-2.5-pro:generateContent"
BODY: dict[str, Any] = {
    "system_instruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "Who keeps the keys?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "people", "args": {}}}]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "people", "response": {"content": "Ines keeps the keys."}}}],
        },
    ],
}


def ask(**fields: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The whole answer and the responses of the streamed one."""
    wire = GeminiGenerate()
    call = wire.read(PATH, {**BODY, **fields})
    answer = respond(call.prompt)
    stream = [json.loads(frame.removeprefix(b"data: ")) for frame in wire.frames(call, answer)]
    return dict(wire.reply(call, answer)), stream


def test_reads_parts_and_function_responses() -> None:
    """System, texts and function responses become passages."""
    prompt = GeminiGenerate().read(PATH, BODY).prompt
    assert [p.role for p in prompt.passages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL]
    assert prompt.passages[3].text == "Ines keeps the keys."


def test_stream_says_what_the_whole_answer_says() -> None:
    """The parts joined are the text; only the last one has a reason."""
    whole, stream = ask()
    text = "".join(r["candidates"][0]["content"]["parts"][0]["text"] for r in stream)
    assert text == whole["candidates"][0]["content"]["parts"][0]["text"] == "Ines keeps the keys."
    assert ["finishReason" in r["candidates"][0] for r in stream] == [False] * (len(stream) - 1) + [True]
    assert stream[-1]["usageMetadata"] == whole["usageMetadata"]


def test_array_stream_is_one_array() -> None:
    """Without events the stream is one JSON array of the same responses."""
    wire = GeminiArrayStream()
    call = wire.read(PATH.replace("generate", "streamGenerate"), BODY)
    assert call.stream
    assert len(json.loads(b"".join(wire.frames(call, respond(call.prompt))))) == len(ask()[1])


def test_function_call() -> None:
    """A function that the question names is called."""
    tools = [{"functionDeclarations": [{"name": "people", "parameters": {"properties": {"q": {"type": "STRING"}}}}]}]
    whole, stream = ask(contents=[{"parts": [{"text": "Ask people."}]}], tools=tools)
    assert whole["candidates"][0]["content"]["parts"][0] == {
        "functionCall": {"name": "people", "args": {"q": "Ask people."}}
    }
    assert len(stream) == 1


def test_limit() -> None:
    """A limit cuts the answer."""
    assert ask(generationConfig={"maxOutputTokens": 1})[0]["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_token_count() -> None:
    """Counting gives the tokens that an answer would be billed for."""
    wire = GeminiTokenCount()
    call = wire.read(PATH.replace("generateContent", "countTokens"), BODY)
    assert wire.reply(call, respond(call.prompt)) == {"totalTokens": ask()[0]["usageMetadata"]["promptTokenCount"]}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"contents": "hi"}, "contents"),
        ({"contents": []}, "contents"),
        ({"contents": [{"role": "user"}]}, "contents[0].parts"),
    ],
)
def test_bad_requests(fields: dict[str, object], named: str) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidRequestError) as error:
        GeminiGenerate().read(PATH, {**BODY, **fields})
    assert error.value.field_name == named


def test_bad_path() -> None:
    """A path must name a model and a method."""
    with pytest.raises(InvalidRequestError):
        read_path("/gemini/v1beta/models")


def test_errors() -> None:
    """Errors have Google's form."""
    assert GeminiGenerate().error(429, "slow")["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert GeminiGenerate().error(500, "broken")["error"]["status"] == "INTERNAL"
