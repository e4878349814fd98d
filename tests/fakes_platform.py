"""Real small stand-ins for what surrounds platform-api in its tests."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from platform_api.app import RunningPlatform, start
from platform_api.domain.usage import Outcome, UsageEvent
from platform_api.settings import PlatformSettings

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


CHAT = "/v1/chat/completions"
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}


def bearer(key, **more):
    """Return the headers that carry a key."""
    return {"authorization": f"Bearer {key}", **more}


def usage_event(**fields: Any) -> UsageEvent:
    """A usage event with everything set, changed where told."""
    values: dict[str, Any] = {
        "event_id": "event-1",
        "request_id": "request-1",
        "tenant_id": "acme",
        "key_id": "k1234567",
        "model": "gpt-4o",
        "api": "chat",
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "cost_usd": 0.5,
        "saved_cache_usd": 0.25,
        "saved_compression_usd": 0.125,
        "outcome": Outcome.PROVIDER,
        "at": datetime(2026, 11, 24, 12, tzinfo=UTC),
    }
    return UsageEvent(**{**values, **fields})


@dataclass
class Seen:
    """One request as an upstream got it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)


async def _answer_ok(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True})


@dataclass
class FakeUpstream:
    """An HTTP server that remembers what it got and answers as it is told."""

    answer: Answer = _answer_ok
    seen: list[Seen] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember a request, then answer it; a client that leaves meanwhile is noted."""
        try:
            seen = Seen(request.method, request.raw_path, list(request.headers.items()), await request.read())
            self.seen.append(seen)
            return await self.answer(request)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def reset(self) -> None:
        """Forget everything."""
        self.answer = _answer_ok
        self.seen.clear()
        self.cancelled.clear()


@contextlib.asynccontextmanager
async def fake_upstream(answer: Answer = _answer_ok) -> AsyncIterator[FakeUpstream]:
    """Run an upstream on a free port."""
    upstream = FakeUpstream(answer)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    upstream.url = f"http://{host}:{port}"
    try:
        yield upstream
    finally:
        await runner.cleanup()


def platform_settings(folder: Path, **fields: Any) -> PlatformSettings:
    """Settings with free ports and everything else by default, changed where told."""
    free = {"address": "127.0.0.1:0", "edge_address": "127.0.0.1:0", "management_address": "127.0.0.1:0"}
    return PlatformSettings(
        **{**free, "data_dir": folder, "admin_key_out": folder / "admin.key", "grace_s": 1, **fields}
    )


@dataclass
class Platform:
    """A running platform-api with a client for its admin."""

    running: RunningPlatform
    http: aiohttp.ClientSession
    folder: Path

    @property
    def edge(self) -> str:
        """The URL of the edge."""
        return f"http://127.0.0.1:{self.running.edge_port}"

    @property
    def management(self) -> str:
        """The URL of the management listener."""
        return f"http://127.0.0.1:{self.running.management_port}"

    async def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> tuple[int, Any]:
        """Call the management API and return status and JSON."""
        headers = {"authorization": f"Bearer {key or self.running.admin_key}"}
        async with self.http.request(method, self.management + path, json=body, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def new_key(self, tenant_id: str, **fields: object) -> dict[str, Any]:
        """Make a key, and its tenant unless there is one."""
        await self.call("POST", "/v1/tenants", {"id": tenant_id, "name": tenant_id})
        status, answer = await self.call("POST", f"/v1/tenants/{tenant_id}/keys", fields)
        assert status == 201, answer
        return dict(answer)


@contextlib.asynccontextmanager
async def running_platform(folder: Path, **fields: Any) -> AsyncIterator[Platform]:
    """Run platform-api on free ports."""
    running = await start(platform_settings(folder, **fields))
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as http:
            yield Platform(running, http, folder)
    finally:
        await running.stop()


async def break_store(folder: Path) -> None:
    """Take the tables away from under a running platform-api."""

    def rename() -> None:
        connection = sqlite3.connect(folder / "platform.sqlite3")
        for table in ("api_keys", "usage_events"):
            connection.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
        connection.close()

    await asyncio.to_thread(rename)


async def raw_exchange(port: int, request: bytes, *, timeout_s: float = 5) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes or says no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(timeout_s):
            return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def sse_answer(events: list[bytes], *, pause_s: float = 0, cut: bool = False) -> Answer:
    """An answer that streams events, pausing after each; cut off instead of ended if told."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "max-age=60"})
        await response.prepare(request)
        for event in events:
            await response.write(event)
            await asyncio.sleep(pause_s)
        if cut and request.transport is not None:
            request.transport.abort()
        return response

    return answer
