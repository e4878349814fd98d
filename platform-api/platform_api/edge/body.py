"""The client's side of one exchange: its body, counted while it is read, and whether it is still there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.types import Receive

from platform_api.errors import ApiError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the edge takes from a client."""

    body_bytes: int
    body_idle_timeout_s: float


class ClientLeftError(Exception):
    """The client closed the connection; nobody is left to answer."""


class ClientBody:
    """Reads a request body once.

    What goes wrong while an upstream pulls the body is kept in `problem`, since the HTTP client wraps it in its own.
    """

    def __init__(self, receive: Receive, *, expected: bool, limits: Limits) -> None:
        self.expected = expected
        self._receive = receive
        self._limits = limits
        self._ended = asyncio.Event()
        if not expected:
            self._ended.set()
        self.problem: ApiError | ClientLeftError | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        size, more = 0, True
        while more:
            chunk, more = await self._next()
            size += len(chunk)
            if size > self._limits.body_bytes:
                raise self._failed(too_large(self._limits.body_bytes))
            if chunk:
                yield chunk
        self._ended.set()

    async def whole(self) -> bytes:
        """Return the body in one piece."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def client_left(self) -> None:
        """Return when the client has closed the connection."""
        await self._ended.wait()
        while self.problem is None and (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._limits.body_idle_timeout_s):
                message = await self._receive()
        except TimeoutError as error:
            text = f"the body paused for more than {self._limits.body_idle_timeout_s:g} s"
            raise self._failed(ApiError(408, "request_timeout", text)) from error
        if message["type"] == "http.disconnect":
            raise self._failed(ClientLeftError())
        return message.get("body", b""), message.get("more_body", False)

    def _failed(self, problem: ApiError | ClientLeftError) -> ApiError | ClientLeftError:
        self.problem = problem
        if isinstance(problem, ClientLeftError):
            self._ended.set()
        return problem


def too_large(limit_bytes: int) -> ApiError:
    """Return the refusal of a body over the limit."""
    return ApiError(413, "request_too_large", f"the request body is larger than {limit_bytes} bytes")
