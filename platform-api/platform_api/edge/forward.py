"""Streams one request to an upstream and its answer back, as bytes arrive."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import structlog
from prometheus_client import Counter
from starlette.types import Send
from yarl import URL

from platform_api.errors import ApiError, Dialect

from .body import ClientBody
from .headers import Headers, is_event_stream, toward_client
from .sse import WholeEvents
from .upstreams import UpstreamList

UPSTREAM_ERRORS = Counter(
    "pith_edge_upstream_errors_total", "Exchanges with an upstream that failed, by what went wrong.", ["reason"]
)

# Uvicorn upstreams close idle connections after 5 s; leaving first avoids sending into a closing one.
_IDLE_CONNECTION_S = 4.0
# aiohttp must add nothing that the client did not send.
_NO_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_RETRY_AFTER_S = 2

log = structlog.get_logger("platform_api.edge")


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request as an upstream gets it."""

    method: str
    target: str
    headers: Headers
    body: bytes | ClientBody
    request_id: str
    dialect: Dialect


def open_session(*, connect_timeout_s: float, read_timeout_s: float, max_connections: int) -> aiohttp.ClientSession:
    """Open the one HTTP client of a process: no total timeout, no cookies, no decompression."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max_connections, keepalive_timeout=_IDLE_CONNECTION_S),
        timeout=aiohttp.ClientTimeout(
            total=None, connect=2 * connect_timeout_s, sock_connect=connect_timeout_s, sock_read=read_timeout_s
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NO_AUTO_HEADERS,
        trust_env=False,
    )


class Forwarder:
    """Sends requests to the first upstream of a list that takes a connection."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def exchange(self, outbound: Outbound, upstreams: UpstreamList, *, body: ClientBody, send: Send) -> int:
        """Forward a request and relay the answer; return its status. Raise ApiError while nothing is sent yet."""
        try:
            response = await self._connect(outbound, upstreams)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _refusal(error, body) from error
        try:
            await _relay(response, outbound, send)
        finally:
            response.close()
        return response.status

    async def _connect(self, outbound: Outbound, upstreams: UpstreamList) -> aiohttp.ClientResponse:
        for url in upstreams.in_order():
            try:
                response = await self._request(url, outbound)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                # Not a byte was sent, so the next one may be asked; after any other failure nobody is asked again.
                upstreams.mark_down(url)
                UPSTREAM_ERRORS.labels("connect").inc()
                log.warning("upstream refused a connection", upstream=url, error=str(error))
            else:
                upstreams.mark_up(url)
                return response
        raise ApiError(503, "upstream_unavailable", "no upstream takes a connection", retry_after_s=_RETRY_AFTER_S)

    async def _request(self, url: str, outbound: Outbound) -> aiohttp.ClientResponse:
        return await self._session.request(
            outbound.method,
            URL(url + outbound.target, encoded=True),
            headers=outbound.headers,
            data=_data(outbound.body),
            allow_redirects=False,
        )


def _data(body: bytes | ClientBody) -> bytes | AsyncIterator[bytes] | None:
    if isinstance(body, bytes):
        return body
    return body.chunks() if body.expected else None


def _refusal(error: Exception, body: ClientBody) -> Exception:
    if body.problem is not None:
        return body.problem
    if isinstance(error, TimeoutError):
        UPSTREAM_ERRORS.labels("timeout").inc()
        return ApiError(504, "upstream_timeout", "the upstream did not answer in time")
    UPSTREAM_ERRORS.labels("broken").inc()
    return ApiError(502, "upstream_error", "the upstream broke the connection before it answered")


async def _relay(response: aiohttp.ClientResponse, outbound: Outbound, send: Send) -> None:
    streaming = is_event_stream(response.raw_headers)
    headers = toward_client(response.raw_headers, request_id=outbound.request_id, streaming=streaming)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    try:
        await (_relay_events if streaming else _relay_bytes)(response, send)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        UPSTREAM_ERRORS.labels("cut").inc()
        log.warning("upstream cut its answer", request_id=outbound.request_id, error=str(error))
        # A plain body is left unfinished: the server then closes the connection, which is how its reader learns of it.
        if streaming:
            cut = ApiError(502, "upstream_error", "the upstream broke off the stream")
            await send({"type": "http.response.body", "body": cut.sse_event(outbound.dialect)})


async def _relay_bytes(response: aiohttp.ClientResponse, send: Send) -> None:
    async for chunk in response.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _relay_events(response: aiohttp.ClientResponse, send: Send) -> None:
    events = WholeEvents()
    async for chunk in response.content.iter_any():
        if complete := events.feed(chunk):
            await send({"type": "http.response.body", "body": complete, "more_body": True})
    await send({"type": "http.response.body", "body": events.rest()})


async def until_left(exchange: asyncio.Task[int], body: ClientBody) -> bool:
    """Wait for an exchange, ending it at once when the client leaves; tell whether it was ended so."""
    watch = asyncio.create_task(body.client_left())
    try:
        await asyncio.wait({exchange, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        if left := not exchange.done():
            exchange.cancel()
            await asyncio.wait({exchange})
            if not exchange.cancelled():
                exchange.exception()  # Looked at, so that asyncio does not report it as lost.
    return left
