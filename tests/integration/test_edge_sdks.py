"""The edge as the openai and anthropic SDKs see it: answers, refusals, broken streams."""

import json

import anthropic
import openai
import pytest
import pytest_asyncio

from fakes_platform import fake_upstream, running_platform, sse_answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHUNK = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
}
MESSAGE_START = {
    "type": "message_start",
    "message": {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-1",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}
MESSAGES = [{"role": "user", "content": "hello"}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream():
    """An upstream whose streams are cut in the middle of their second event."""
    async with fake_upstream() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(upstream, tmp_path_factory):
    """One platform-api in front of it."""
    async with running_platform(tmp_path_factory.mktemp("platform"), litellm_urls=(upstream.url,)) as platform:
        yield platform


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def key(platform):
    """A key without limits."""
    return (await platform.new_key("acme"))["key"]


async def read_into(kept, stream):
    """Read a stream to its end, keeping what came."""
    async for item in stream:
        kept.append(item)


async def test_openai_reads_an_error_where_a_stream_breaks(platform, upstream, key):
    """What came before the break is read, the break is an APIError."""
    upstream.answer = sse_answer([f"data: {json.dumps(CHUNK)}\n\n".encode(), b'data: {"id'], pause_s=0.03, cut=True)
    chunks = []
    async with openai.AsyncOpenAI(base_url=platform.edge + "/v1", api_key=key, max_retries=0) as client:
        stream = await client.chat.completions.create(model="gpt-4o", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError, match="broke off"):
            await read_into(chunks, stream)
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hi"]


async def test_anthropic_reads_an_error_where_a_stream_breaks(platform, upstream, key):
    """Anthropic's SDK finds the error event too."""
    start = f"event: message_start\ndata: {json.dumps(MESSAGE_START)}\n\n".encode()
    upstream.answer = sse_answer([start, b"event: content_block"], pause_s=0.03, cut=True)
    events = []
    async with anthropic.AsyncAnthropic(base_url=platform.edge, api_key=key, max_retries=0) as client:
        call = {"model": "claude-opus-4-1", "max_tokens": 9, "messages": MESSAGES}
        stream = await client.messages.create(**call, stream=True)
        with pytest.raises(anthropic.APIStatusError, match="broke off"):
            await read_into(events, stream)
    assert [event.type for event in events] == ["message_start"]


async def test_both_name_a_bad_key(platform):
    """A refused key is an AuthenticationError with our sentence."""
    async with openai.AsyncOpenAI(base_url=platform.edge + "/v1", api_key="sk-bad", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError, match="not known here") as refusal:
            await client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert refusal.value.code == "invalid_api_key"
    async with anthropic.AsyncAnthropic(base_url=platform.edge, api_key="sk-bad", max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError, match="not known here"):
            await client.messages.create(model="claude-opus-4-1", max_tokens=9, messages=MESSAGES)
