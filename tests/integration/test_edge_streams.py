"""Streams through the edge: chunk by chunk, cut by the upstream, left by the client."""

import asyncio
import json
import time

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from fakes_platform import fake_upstream, running_platform, sse_answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/v1/chat/completions"
BODY = {"model": "gpt-4o", "stream": True}
EVENTS = [b'data: {"n":1}\n\n', b'data: {"n":2}\n\n', b"data: [DONE]\n\n"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream_server():
    """One upstream for all tests of this module."""
    async with fake_upstream() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(upstream_server, tmp_path_factory):
    """One platform-api in front of it, impatient with silent upstreams and with slow bodies."""
    folder = tmp_path_factory.mktemp("platform")
    impatient = {"read_timeout_s": 1.0, "body_idle_timeout_s": 0.3}
    async with running_platform(folder, litellm_urls=(upstream_server.url,), **impatient) as platform:
        yield platform


@pytest_asyncio.fixture(loop_scope="module")
async def upstream(upstream_server):
    """The upstream with its memory wiped."""
    upstream_server.reset()
    return upstream_server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def headers(platform):
    """The headers that carry a key."""
    return {"authorization": "Bearer " + (await platform.new_key("acme"))["key"]}


async def read_all(platform, headers, path=CHAT):
    """Return status, headers and body of one request."""
    async with platform.http.post(platform.edge + path, json=BODY, headers=headers) as response:
        return response.status, response.headers, await response.read()


async def test_events_arrive_one_by_one(platform, upstream, headers):
    """Each event reaches the client while the next one is still to come."""
    upstream.answer = sse_answer(EVENTS, pause_s=0.15)
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=headers) as response:
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers["cache-control"] == "no-cache"
        arrivals = [(chunk, time.monotonic()) async for chunk in response.content.iter_any()]
    assert [chunk for chunk, _ in arrivals] == EVENTS
    assert arrivals[2][1] - arrivals[0][1] > 0.2


async def test_events_torn_by_the_network_arrive_whole(platform, upstream, headers):
    """An event in two pieces passes when it is complete, and no byte is lost."""
    upstream.answer = sse_answer([b'data: {"n"', b":1}\n\ndata: [DO", b"NE]\n\n"], pause_s=0.03)
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=headers) as response:
        chunks = [chunk async for chunk in response.content.iter_any()]
    assert chunks == [b'data: {"n":1}\n\n', b"data: [DONE]\n\n"]


@pytest.mark.parametrize(
    ("path", "begins"),
    [(CHAT, b"data: {"), ("/v1/messages", b"event: error\ndata: {"), ("/v1/responses", b"event: error\ndata: {")],
)
async def test_a_cut_stream_ends_with_an_error_event(platform, upstream, headers, path, begins):
    """The client reads whole events, then an error in its dialect, and no end mark."""
    upstream.answer = sse_answer([EVENTS[0], b'data: {"half'], pause_s=0.03, cut=True)
    status, _, body = await read_all(platform, headers, path)
    assert status == 200
    first, _, last = body.partition(b"\n\n")
    assert first + b"\n\n" == EVENTS[0]
    assert last.startswith(begins)
    assert b"half" not in body
    assert b"[DONE]" not in body
    error = json.loads(last.rpartition(b"data: ")[2])
    assert "broke off" in json.dumps(error)


async def test_a_silent_stream_ends_with_an_error_event(platform, upstream, headers):
    """An upstream that stops sending is given up after the read timeout."""
    upstream.answer = sse_answer([EVENTS[0]], pause_s=5)
    _, _, body = await read_all(platform, headers)
    assert body.startswith(EVENTS[0] + b'data: {"error"')


async def test_a_cut_plain_body_breaks_the_connection(platform, upstream, headers):
    """Half a JSON body is not passed off as a whole one."""

    async def answer(request):
        response = web.StreamResponse(headers={"content-type": "application/json", "content-length": "100"})
        await response.prepare(request)
        await response.write(b'{"half"')
        await asyncio.sleep(0.05)
        request.transport.abort()
        return response

    upstream.answer = answer
    with pytest.raises(aiohttp.ClientPayloadError):
        await read_all(platform, headers)


async def test_an_upstream_that_says_nothing_is_504(platform, upstream, headers):
    """Silence before the headers is a timeout, sent once and not repeated."""

    async def answer(_request):
        await asyncio.sleep(5)
        return web.Response()

    upstream.answer = answer
    status, _, body = await read_all(platform, headers)
    assert (status, json.loads(body)["error"]["code"]) == (504, "upstream_timeout")
    assert len(upstream.seen) == 1


async def test_an_upstream_that_hangs_up_is_502_and_not_asked_again(platform, upstream, headers):
    """A completion that was sent is never sent twice."""

    async def answer(request):
        request.transport.abort()
        return web.Response()

    upstream.answer = answer
    status, _, body = await read_all(platform, headers)
    assert (status, json.loads(body)["error"]["code"]) == (502, "upstream_error")
    assert len(upstream.seen) == 1


async def leave(platform, headers, *, after_first_chunk):
    """Send a request and close the connection in the middle; return when that was."""
    async with aiohttp.ClientSession() as http:
        call = asyncio.create_task(http.post(platform.edge + CHAT, json=BODY, headers=headers))
        if after_first_chunk:
            response = await call
            await response.content.readany()
            response.close()
        else:
            await asyncio.sleep(0.15)
            call.cancel()
            await asyncio.wait({call})
    return time.monotonic()


async def test_a_client_that_leaves_while_waiting_ends_the_upstream_call(platform, upstream, headers):
    """Before the first byte too, the upstream learns at once that nobody waits any more."""

    async def answer(_request):
        await asyncio.sleep(5)
        return web.Response()

    upstream.answer = answer
    left = await leave(platform, headers, after_first_chunk=False)
    await asyncio.wait_for(upstream.cancelled.wait(), 0.5)
    assert time.monotonic() - left < 0.3


async def test_a_client_that_leaves_a_stream_ends_the_upstream_call(platform, upstream, headers):
    """In the middle of a stream the upstream's connection closes with the client's."""
    upstream.answer = sse_answer(EVENTS * 50, pause_s=0.1)
    left = await leave(platform, headers, after_first_chunk=True)
    await asyncio.wait_for(upstream.cancelled.wait(), 0.5)
    assert time.monotonic() - left < 0.3


async def test_a_client_that_leaves_its_upload_ends_the_upstream_call(platform, upstream, headers):
    """Half a request is not answered and leaves nothing behind."""
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.running.edge_port)
    head = (
        f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: {headers['authorization']}\r\ncontent-length: 100\r\n\r\n"
    )
    writer.write(head.encode() + b"x" * 10)
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    await asyncio.sleep(0.1)
    assert upstream.seen == []
    assert (await read_all(platform, headers))[0] == 200


async def test_a_client_that_pauses_its_upload_is_408(platform, upstream, headers):
    """A body that does not go on is given up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.running.edge_port)
    head = (
        f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: {headers['authorization']}\r\ncontent-length: 100\r\n\r\n"
    )
    writer.write(head.encode() + b"x" * 10)
    answer = await asyncio.wait_for(reader.read(), 3)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert upstream.seen == []
