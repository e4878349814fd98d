"""The stand-in providers as a server, asked by the providers' own SDKs."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import anthropic
import httpx
import openai
import pytest

from pith_cli.providers import app

TEXT = "The kiln cools for nine hours. The glaze dries overnight.\n\nHow long does the kiln cool?"
QUOTE = "The kiln cools for nine hours."
MESSAGES: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": TEXT}]
CHAT = {"model": "gpt-4o", "messages": MESSAGES}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]}
ERROR_OF = {
    "openai": lambda body: body["error"]["type"],
    "groq": lambda body: body["error"]["type"],
    "anthropic": lambda body: body["error"]["type"],
    "gemini": lambda body: body["error"]["status"],
}
REQUEST_OF: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": ("/openai/v1/chat/completions", CHAT),
    "groq": ("/groq/openai/v1/chat/completions", CHAT),
    "anthropic": ("/anthropic/v1/messages", {"model": "claude", "max_tokens": 50, "messages": MESSAGES[1:]}),
    "gemini": ("/gemini/v1beta/models/gemini-2.5-pro:generateContent", CONTENTS),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The address of a server of its own."""
    server = app.server("127.0.0.1", 0)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        yield client


async def test_openai_sdk(url: str) -> None:
    """The openai SDK gets the quotation, whole and streamed."""
    async with openai.AsyncOpenAI(base_url=f"{url}/openai/v1", api_key="none", max_retries=0) as client:
        whole = await client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
        stream = await client.chat.completions.create(model="gpt-4o", messages=MESSAGES, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert whole.choices[0].message.content == text == QUOTE


async def test_openai_sdk_other_endpoints(url: str) -> None:
    """Responses, completions and embeddings answer too."""
    async with openai.AsyncOpenAI(base_url=f"{url}/openai/v1", api_key="none", max_retries=0) as client:
        response = await client.responses.create(model="gpt-4o", input=TEXT)
        completion = await client.completions.create(model="davinci", prompt=TEXT)
        embeddings = await client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert response.output_text == completion.choices[0].text == QUOTE
    assert len(embeddings.data[1].embedding) == 1536


async def test_anthropic_sdk(url: str) -> None:
    """The anthropic SDK gets the quotation, whole and streamed."""
    async with anthropic.AsyncAnthropic(base_url=f"{url}/anthropic", api_key="none", max_retries=0) as client:
        whole = await client.messages.create(model="claude", max_tokens=50, messages=MESSAGES[1:])
        async with client.messages.stream(model="claude", max_tokens=50, messages=MESSAGES[1:]) as stream:
            text = "".join([piece async for piece in stream.text_stream])
        count = await client.messages.count_tokens(model="claude", messages=MESSAGES[1:])
    assert whole.content[0].text == text == QUOTE
    assert count.input_tokens == whole.usage.input_tokens


async def test_gemini_and_groq(http: httpx.AsyncClient) -> None:
    """Gemini and Groq answer in their own forms."""
    path, body = REQUEST_OF["gemini"]
    whole = (await http.post(path, json=body)).json()
    events = await http.post(path.replace("generate", "streamGenerate"), params={"alt": "sse"}, json=body)
    array = await http.post(path.replace("generate", "streamGenerate"), json=body)
    groq = (await http.post(*REQUEST_OF["groq"][:1], json=CHAT)).json()
    assert whole["candidates"][0]["content"]["parts"][0]["text"] == groq["choices"][0]["message"]["content"] == QUOTE
    assert events.headers["content-type"].startswith("text/event-stream")
    assert len(array.json()) == events.text.count("data: ")
    assert "service_tier" in groq


@pytest.mark.parametrize("provider", list(REQUEST_OF))
async def test_told_to_fail(http: httpx.AsyncClient, provider: str) -> None:
    """A told status comes as often as told, in the provider's own form, with retry-after."""
    path, body = REQUEST_OF[provider]
    await http.post("/admin/faults", json={"provider": provider, "status": 429, "retry_after_s": 3, "times": 2})
    replies = [await http.post(path, json=body) for _ in range(3)]
    assert [r.status_code for r in replies] == [429, 429, 200]
    assert replies[0].headers["retry-after"] == "3"
    assert ERROR_OF[provider](replies[0].json()) in {"requests", "rate_limit_error", "RESOURCE_EXHAUSTED"}


async def test_told_to_cut_a_stream(http: httpx.AsyncClient) -> None:
    """A cut stream ends in the middle, as a dropped connection does."""
    await http.post("/admin/faults", json={"provider": "openai", "cut_after_chunks": 2})
    seen: list[str] = []
    with pytest.raises(httpx.RemoteProtocolError):
        await read_events(http, seen)
    assert len(seen) == 2


async def read_events(http: httpx.AsyncClient, seen: list[str]) -> None:
    """Collect the events of a streamed answer."""
    async with http.stream("POST", REQUEST_OF["openai"][0], json={**CHAT, "stream": True}) as reply:
        async for line in reply.aiter_lines():
            if line:
                seen.append(line)  # noqa: PERF401  # what came before the cut must be kept


async def test_told_to_delay_by_header(http: httpx.AsyncClient) -> None:
    """One request can ask for its own delay and status."""
    path, body = REQUEST_OF["anthropic"]
    headers = {"x-standin-delay-ms": "200", "x-standin-status": "529"}
    reply = await http.post(path, json=body, headers=headers)
    assert reply.elapsed.total_seconds() >= 0.2
    assert reply.json()["error"]["type"] == "overloaded_error"


async def test_faults_are_listed_and_deleted(http: httpx.AsyncClient) -> None:
    """What is left to go wrong can be seen and forgotten; a wrong fault is refused by name."""
    added = (await http.post("/admin/faults", json={"provider": "gemini", "delay_ms": 5000, "times": None})).json()
    assert added == (await http.get("/admin/faults")).json()
    assert (await http.delete("/admin/faults")).json() == {"faults": []}
    refused = await http.post("/admin/faults", json={"provider": "acme"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "provider")


async def test_what_reached_the_provider(http: httpx.AsyncClient) -> None:
    """The log shows each request, failed ones too, until it is deleted."""
    await http.post("/admin/faults", json={"provider": "openai", "status": 500})
    for path, body in REQUEST_OF.values():
        await http.post(path, json=body)
    seen = (await http.get("/admin/requests")).json()["requests"]
    assert [r["provider"] for r in seen] == list(REQUEST_OF)
    assert all(r["prompt_text"].endswith(TEXT) for r in seen)
    assert seen[0]["body"] == CHAT
    assert len((await http.get("/admin/requests", params={"last": 1})).json()["requests"]) == 1
    await http.delete("/admin/requests")
    assert (await http.get("/admin/requests")).json() == {"requests": []}


@pytest.mark.parametrize("provider", list(REQUEST_OF))
async def test_bad_bodies(http: httpx.AsyncClient, provider: str) -> None:
    """A body that is no JSON object is refused in the provider's form."""
    for raw in (b"", b"{", b"[]", b'{"model": "\\ud800"}', b"[" * 100_000):
        reply = await http.post(REQUEST_OF[provider][0], content=raw)
        assert reply.status_code == 400
        assert ERROR_OF[provider](reply.json()) in {"invalid_request_error", "INVALID_ARGUMENT"}


async def test_bodies_are_bounded(http: httpx.AsyncClient) -> None:
    """A body over the limit is refused, and the server lives on."""
    reply = await http.post(REQUEST_OF["openai"][0], content=b" " * (app.MAX_BODY_BYTES + 1))
    assert reply.status_code == 413
    assert (await http.get("/health")).json() == {"status": "ok"}


async def test_unknown_paths(http: httpx.AsyncClient) -> None:
    """No provider answers elsewhere."""
    assert (await http.post("/openai/v1/images", json={})).status_code == 404
    assert (await http.get("/admin/requests", params={"last": "few"})).status_code == 400


def test_run_ends_on_a_signal() -> None:
    """The process serves on the port that it was given and ends soon after SIGTERM."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from pith_cli.providers.app import run; run('127.0.0.1', {port})"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert wait_for_health(f"http://127.0.0.1:{port}/health") == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
    finally:
        process.kill()
        process.wait()


def wait_for_health(url: str) -> object:
    """What the server says of itself once it answers."""
    for _ in range(200):
        with suppress(httpx.ConnectError):
            return httpx.get(url, timeout=5).json()
        time.sleep(0.1)
    return None
