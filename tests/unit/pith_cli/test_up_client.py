"""Tests of sending requests through the edge."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from fakes_cli import FakeGateway, web_server
from pith_cli.up.client import EdgeClient


@pytest.mark.parametrize("stream", [False, True])
async def test_reads_the_answer_and_the_headers(stream: bool) -> None:
    """Streamed or not, a reply has its text, its tokens, its time and our headers."""
    gateway = FakeGateway()
    gateway.headers = {"X-Pith-Cache": "miss", "x-pith-tokens-before": "120", "x-pith-cache-ms": "?"}
    async with web_server(gateway.app()) as url, aiohttp.ClientSession() as session:
        reply = await EdgeClient(session, url).chat({"model": "gpt-4o", "stream": stream}, "sk-pith-acme")
    assert (reply.status, reply.said.text, reply.said.completion_tokens, reply.error) == (200, "Plain answer.", 4, "")
    assert reply.headers["x-pith-cache"] == "miss"
    assert reply.number("x-pith-tokens-before") == 120
    assert reply.number("x-pith-cache-ms") is None
    assert reply.number("x-pith-similarity") is None
    assert reply.ms > 0
    assert gateway.chats[0][0] == "sk-pith-acme"


async def test_an_error_keeps_its_status_and_what_it_says() -> None:
    """An answer that is no answer shows what the edge said."""
    gateway = FakeGateway()
    gateway.status = 502
    async with web_server(gateway.app()) as url, aiohttp.ClientSession() as session:
        reply = await EdgeClient(session, url).chat({"stream": False}, "k")
    assert (reply.status, reply.error) == (502, '{"error": "told to fail"}')


async def test_an_edge_that_is_not_there_is_an_error_of_the_reply() -> None:
    """A refused connection ends no run."""
    async with web_server(web.Application()) as url:
        pass
    async with aiohttp.ClientSession() as session:
        reply = await EdgeClient(session, url).chat({"stream": False}, "k")
    assert reply.status == 0
    assert "Connect" in reply.error


async def test_a_body_that_is_not_json_is_an_error_of_the_reply() -> None:
    """Garbage is shown, not raised."""

    async def garbage(_: Any) -> web.Response:
        return web.Response(text="<html>")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", garbage)
    async with web_server(app) as url, aiohttp.ClientSession() as session:
        reply = await EdgeClient(session, url).chat({"stream": False}, "k")
    assert reply.error == "not JSON: <html>"
