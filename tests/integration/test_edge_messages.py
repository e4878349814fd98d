"""Headers and bodies on their way through the edge and back."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from fakes_platform import BODY, CHAT, bearer, raw_exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_client_headers_are_cleaned(platform, upstream, key):
    """Internal headers, hop-by-hop headers and what Connection names do not get through."""
    headers = {
        "x-tenant-id": "other",
        "x-litellm-tags": "a",
        "x-llm-provider": "groq",
        "x-forwarded-for": "10.9.9.9",
        "connection": "keep-alive, x-private",
        "x-private": "1",
        "te": "trailers",
        "cookie": "token=1",
        "x-kept": "yes",
    }
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=bearer(key, **headers)) as response:
        assert response.status == 200
    (seen,) = upstream.seen
    names = {name.lower() for name, _ in seen.headers}
    assert not names & {"x-tenant-id", "x-litellm-tags", "x-llm-provider", "x-private", "te", "cookie"}
    assert seen.header("x-forwarded-for") == "127.0.0.1"
    assert seen.header("x-kept") == "yes"
    assert seen.header("x-pith-hops") == "1"


async def test_response_headers_are_kept_and_hop_by_hop_ones_dropped(platform, upstream, key):
    """Repeated headers, own headers and a status pass; what belongs to one connection does not."""

    async def answer(_request):
        response = web.Response(status=418, body=b"\x1f\x8bzipped", headers={"content-encoding": "gzip"})
        response.headers.add("set-cookie", "a=1")
        response.headers.add("set-cookie", "b=2")
        response.headers["x-pith-cache"] = "miss"
        response.headers["connection"] = "x-inner"
        response.headers["x-inner"] = "1"
        return response

    upstream.answer = answer
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=bearer(key)) as response:
        assert response.status == 418
        assert await response.read() == b"\x1f\x8bzipped"
        assert response.headers.getall("set-cookie") == ["a=1", "b=2"]
        assert response.headers["x-pith-cache"] == "miss"
        assert response.headers["content-encoding"] == "gzip"
        assert "x-inner" not in response.headers


async def test_the_request_id_is_kept_made_and_echoed(platform, upstream, key):
    """A sane id goes through and comes back; without one the edge makes one."""
    url = platform.edge + CHAT
    async with platform.http.post(url, json=BODY, headers=bearer(key, **{"x-request-id": "my-id"})) as response:
        assert response.headers["x-request-id"] == "my-id"
    async with platform.http.post(url, json=BODY, headers=bearer(key)) as response:
        made = response.headers["x-request-id"]
    assert [seen.header("x-request-id") for seen in upstream.seen] == ["my-id", made]
    async with platform.http.post(url, json=BODY) as response:
        assert response.status == 401
        assert len(response.headers["x-request-id"]) == 32


async def test_redirects_are_the_clients_business(platform, upstream, key):
    """A redirect of the upstream is passed on, not followed."""

    async def answer(_request):
        return web.Response(status=307, headers={"location": "/elsewhere"})

    upstream.answer = answer
    url = platform.edge + CHAT
    async with platform.http.post(url, json=BODY, headers=bearer(key), allow_redirects=False) as response:
        assert response.status == 307
    assert len(upstream.seen) == 1


async def test_a_declared_body_over_the_limit_is_413(platform, upstream, key):
    """The declared length is enough to refuse, before a byte is read."""
    request = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 100001\r\n\r\n"
    answer = await raw_exchange(platform.running.edge_port, request.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100000 bytes" in answer
    assert upstream.seen == []


async def test_an_undeclared_body_over_the_limit_is_413(platform, upstream, key):
    """Without a length the bytes are counted; the upstream never sees a whole request."""

    async def chunks():
        for _ in range(11):
            yield b"x" * 10_000
            await asyncio.sleep(0.01)

    async with platform.http.post(platform.edge + CHAT, data=chunks(), headers=bearer(key)) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "request_too_large"
    assert upstream.seen == []


async def test_bodies_are_streamed_with_and_without_a_length(platform, upstream, key):
    """Both kinds of body arrive byte for byte, a declared length as such."""

    async def chunks():
        for part in (b'{"a":', b'"b"', b"}"):
            yield part
            await asyncio.sleep(0.01)

    for body in (chunks(), b"x" * 100_000):
        async with platform.http.post(platform.edge + CHAT, data=body, headers=bearer(key)) as response:
            assert response.status == 200
    chunked, declared = upstream.seen
    assert (chunked.body, chunked.header("transfer-encoding")) == (b'{"a":"b"}', "chunked")
    assert (len(declared.body), declared.header("content-length")) == (100_000, "100000")


async def test_a_hundred_requests_at_once(platform, upstream, key):
    """Many requests in flight each get their own answer."""

    async def echo(request):
        return web.Response(body=await request.read())

    async def one(number):
        headers = bearer(key)
        async with platform.http.post(platform.edge + CHAT, data=str(number), headers=headers) as response:
            return int(await response.text())

    upstream.answer = echo
    assert await asyncio.gather(*map(one, range(100))) == list(range(100))


async def test_the_edge_is_counted(platform, upstream, key):
    """Routes and statuses show in the metrics, with labels from the table only."""
    async with platform.http.post(platform.edge + "/v1/odd/path", json=BODY) as response:
        assert response.status == 404
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=bearer(key)) as response:
        assert response.status == 200
    async with platform.http.get(platform.management + "/metrics") as response:
        text = await response.text()
    assert 'pith_edge_requests_total{route="unknown",status="404"}' in text
    assert f'pith_edge_requests_total{{route="{CHAT}",status="200"}}' in text
    assert "odd" not in text


async def test_cookies_of_an_upstream_are_not_kept(platform, upstream, key):
    """What one tenant's answer sets is not sent with the next request."""

    async def answer(_request):
        return web.Response(headers={"set-cookie": "session=1"})

    upstream.answer = answer
    for _ in range(2):
        async with (
            aiohttp.ClientSession() as http,
            http.post(platform.edge + CHAT, json=BODY, headers=bearer(key)) as response,
        ):
            assert response.status == 200
    assert all(seen.header("cookie") is None for seen in upstream.seen)
