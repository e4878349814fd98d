"""The stand-in providers as one web application."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pith_cli.providers import faults
from pith_cli.providers.anthropic import AnthropicMessages, AnthropicTokenCount
from pith_cli.providers.exchange import InvalidRequestError, respond
from pith_cli.providers.faults import Fault, Faults
from pith_cli.providers.gemini import GeminiArrayStream, GeminiGenerate, GeminiTokenCount
from pith_cli.providers.openai import GroqChat, OpenAIChat
from pith_cli.providers.openai_other import OpenAIEmbeddings, OpenAIResponses, OpenAIText
from pith_cli.providers.request_log import Received, RequestLog
from pith_cli.providers.wire import Call, Wire

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9090
MAX_BODY_BYTES = 20 * 1024 * 1024
GRACE_S = 2
_WIRES: dict[str, Wire] = {
    "/openai/v1/chat/completions": OpenAIChat(),
    "/openai/v1/completions": OpenAIText(),
    "/openai/v1/responses": OpenAIResponses(),
    "/openai/v1/embeddings": OpenAIEmbeddings(),
    "/groq/openai/v1/chat/completions": GroqChat(),
    "/anthropic/v1/messages": AnthropicMessages(),
    "/anthropic/v1/messages/count_tokens": AnthropicTokenCount(),
}
_GEMINI: dict[str, Wire] = {
    "generateContent": GeminiGenerate(),
    "streamGenerateContent": GeminiArrayStream(),
    "countTokens": GeminiTokenCount(),
}


class CutStream(Response):
    """Sends the first chunks of a stream, then ends without the last one, as a dropped connection does."""

    def __init__(self, chunks: Iterator[bytes], cut_after_chunks: int | None, media_type: str) -> None:
        super().__init__(media_type=media_type)
        del self.headers["content-length"]
        self._chunks = chunks
        self._cut_after = cut_after_chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for number, chunk in enumerate(self._chunks):
            if number == self._cut_after:
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class StandIns:
    """The endpoints, and the faults and the log that they share."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.log = RequestLog()

    async def provider(self, request: Request) -> Response:
        """Answer as one of the providers."""
        wire = _wire(request)
        try:
            raw = await _body(request)
            call = wire.read(request.url.path, _parse(raw))
            self._remember(call, len(raw))
            fault = faults.from_headers(call.provider, request.headers) or self.faults.take(call.provider, call.model)
        except InvalidRequestError as error:
            return JSONResponse(wire.error(400, str(error)), 400)
        except HTTPException as error:
            return JSONResponse(wire.error(error.status_code, error.detail), error.status_code)
        return await _respond(wire, call, fault or Fault(call.provider))

    def _remember(self, call: Call, size_bytes: int) -> None:
        received = Received(call.provider, call.model, call.path, call.stream, call.body, call.prompt.text, time.time())
        self.log.add(received, size_bytes)

    async def admin_faults(self, request: Request) -> Response:
        """Add, list or delete faults."""
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "POST":
            try:
                self.faults.add(faults.from_json(_parse(await _body(request))))
            except InvalidRequestError as error:
                return JSONResponse({"error": {"message": str(error), "field": error.field_name}}, 400)
        return JSONResponse({"faults": [asdict(fault) for fault in self.faults.left()]})

    async def admin_requests(self, request: Request) -> Response:
        """List or delete the last requests."""
        if request.method == "DELETE":
            self.log.clear()
        count = request.query_params.get("last", "1000")
        if not count.isdecimal():
            return JSONResponse({"error": {"message": "last: must be a whole number", "field": "last"}}, 400)
        return JSONResponse({"requests": self.log.last(int(count))})


async def health(request: Request) -> Response:  # noqa: ARG001
    """Say that the process is up."""
    return JSONResponse({"status": "ok"})


def create_app() -> Starlette:
    """The application, with no faults and an empty log."""
    stand_ins = StandIns()
    admin = ["GET", "DELETE"]
    return Starlette(
        routes=[
            Route("/health", health),
            Route("/admin/faults", stand_ins.admin_faults, methods=[*admin, "POST"]),
            Route("/admin/requests", stand_ins.admin_requests, methods=admin),
            Route("/{path:path}", stand_ins.provider, methods=["POST"]),
        ]
    )


def server(host: str, port: int) -> uvicorn.Server:
    """An HTTP server that is not started yet."""
    # At level critical because a stream that was cut on purpose is an error to uvicorn.
    settings = uvicorn.Config(create_app(), host=host, port=port, log_level="critical", access_log=False)
    settings.timeout_graceful_shutdown = GRACE_S
    return uvicorn.Server(settings)


async def serve(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
    """Serve until the process is told to stop."""
    await server(host, port).serve()


def run(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
    """Serve in an event loop of its own until SIGINT or SIGTERM."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(host, port))


def _wire(request: Request) -> Wire:
    """The endpoint that a path names."""
    path = request.url.path
    if path in _WIRES:
        return _WIRES[path]
    method = path.rpartition(":")[2]
    if path.startswith("/gemini/v1beta/models/") and method in _GEMINI:
        as_events = method == "streamGenerateContent" and request.query_params.get("alt") == "sse"
        return _GEMINI["generateContent" if as_events else method]
    raise HTTPException(404, f"no provider answers at {path}")


async def _respond(wire: Wire, call: Call, fault: Fault) -> Response:
    await asyncio.sleep(fault.delay_ms / 1000)
    if fault.status is not None:
        retry_after = {} if fault.retry_after_s is None else {"retry-after": str(fault.retry_after_s)}
        message = f"The stand-in for {call.provider} was told to answer {fault.status}."
        return JSONResponse(wire.error(fault.status, message), fault.status, headers=retry_after)
    answer = respond(call.prompt)
    if not call.stream:
        return JSONResponse(wire.reply(call, answer))
    return CutStream(wire.frames(call, answer), fault.cut_after_chunks, wire.stream_media_type)


async def _body(request: Request) -> bytes:
    """Read a body within its limit."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise HTTPException(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
            chunks.append(chunk)
    except ClientDisconnect:
        raise HTTPException(400, "the client left before its body was complete") from None
    return b"".join(chunks)


def _parse(raw: bytes) -> dict[str, Any]:
    """Read a body that must be a JSON object of valid Unicode."""
    try:
        body = json.loads(raw)
        if b"\\u" in raw:
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError("body", "is not valid JSON") from None
    if not isinstance(body, dict):
        raise InvalidRequestError("body", "must be a JSON object")
    return body
