"""Small real gRPC services for the hooks' tests, gates that break a connection on purpose, and signed tokens."""

import asyncio
import hashlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pith.cache.v1 import cache_pb2, cache_pb2_grpc
from pith.compressor.v1 import compressor_pb2, compressor_pb2_grpc
from pith.usage.v1 import usage_pb2, usage_pb2_grpc

_T = TypeVar("_T")


class FakeCache(cache_pb2_grpc.CacheServiceServicer):
    """An exact cache in a dict; `answer` replaces what Lookup says."""

    def __init__(self) -> None:
        self.entries: dict[str, cache_pb2.StoreRequest] = {}
        self.lookups: list[cache_pb2.LookupRequest] = []
        self.stores: list[cache_pb2.StoreRequest] = []
        self.releases: list[cache_pb2.ReleaseRequest] = []
        self.renewals: list[cache_pb2.RenewRequest] = []
        self.metadata: list[dict[str, str]] = []
        self.answer: Callable[[cache_pb2.LookupRequest], Any] | None = None

    async def Lookup(self, request: cache_pb2.LookupRequest, context: Any) -> Any:  # noqa: N802
        """Answer from the dict."""
        self.lookups.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        if self.answer is not None:
            return self.answer(request)
        key = _key(request)
        if key not in self.entries:
            return cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_MISS, lookup_token=key.encode())
        return hit(self.entries[key].answer.body, entry_id=key[:12])

    async def Store(self, request: cache_pb2.StoreRequest, context: Any) -> Any:  # noqa: N802
        """Keep an answer."""
        self.stores.append(request)
        self.entries[request.lookup_token.decode()] = request
        return cache_pb2.StoreResponse(outcome=cache_pb2.STORE_OUTCOME_STORED, entry_id="e1")

    async def Release(self, request: cache_pb2.ReleaseRequest, context: Any) -> Any:  # noqa: N802
        """Note a release."""
        self.releases.append(request)
        return cache_pb2.ReleaseResponse()

    async def Renew(self, request: cache_pb2.RenewRequest, context: Any) -> Any:  # noqa: N802
        """Note a renewal; the lease is kept."""
        self.renewals.append(request)
        return cache_pb2.RenewResponse(renewed=True, lease_s=5.0)


def hit(body: bytes, *, shape: str = "chat", entry_id: str = "e1") -> cache_pb2.LookupResponse:
    """An exact hit with one answer."""
    return cache_pb2.LookupResponse(
        outcome=cache_pb2.OUTCOME_HIT,
        hit_kind=cache_pb2.HIT_KIND_EXACT,
        entry_id=entry_id,
        answers=[cache_pb2.Answer(format=shape, body=body)],
        similarity=1.0,
        saved=cache_pb2.Saved(prompt_tokens=40, completion_tokens=12, cost_usd=0.001),
    )


def _key(request: cache_pb2.LookupRequest) -> str:
    body = {k: v for k, v in json.loads(request.request_json).items() if k not in ("stream", "stream_options")}
    text = json.dumps([request.scope.tenant_id, request.model_group, body], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class FakeCompressor(compressor_pb2_grpc.CompressorServiceServicer):
    """Leaves the word "really" out of user and tool texts; `answer` replaces what Compress says."""

    def __init__(self) -> None:
        self.requests: list[compressor_pb2.CompressRequest] = []
        self.answer: Callable[[compressor_pb2.CompressRequest], Any] | None = None

    async def Compress(self, request: compressor_pb2.CompressRequest, context: Any) -> Any:  # noqa: N802
        """Compress."""
        self.requests.append(request)
        return self.answer(request) if self.answer is not None else compressed(request)


def compressed(request: compressor_pb2.CompressRequest) -> compressor_pb2.CompressResponse:
    """What the fake makes of a request; words are its tokens."""
    response = compressor_pb2.CompressResponse()
    for segment in request.segments:
        eligible = not segment.locked and segment.role in (compressor_pb2.ROLE_USER, compressor_pb2.ROLE_TOOL)
        text = segment.text.replace("really ", "") if eligible else segment.text
        response.segments.add(
            id=segment.id,
            changed=text != segment.text,
            text=text,
            skip_reason=compressor_pb2.SKIP_REASON_UNSPECIFIED if eligible else compressor_pb2.SKIP_REASON_LOCKED,
        )
        before, after = len(segment.text.split()), len(text.split())
        response.totals.tokens_before += before
        response.totals.tokens_after += after
        response.totals.eligible_before += before if eligible else 0
        response.totals.eligible_after += after if eligible else 0
    return response


class FakeUsage(usage_pb2_grpc.UsageServiceServicer):
    """Keeps the events it is sent; `status` refuses them instead."""

    def __init__(self) -> None:
        self.events: list[usage_pb2.UsageEvent] = []
        self.status: grpc.StatusCode | None = None

    async def Record(self, request: usage_pb2.RecordRequest, context: Any) -> Any:  # noqa: N802
        """Record."""
        if self.status is not None:
            await context.abort(self.status, "told to")
        self.events.extend(request.events)
        return usage_pb2.RecordResponse(recorded=len(request.events))


class FakeServices:
    """The three services on one server."""

    def __init__(self) -> None:
        self.cache, self.compressor, self.usage = FakeCache(), FakeCompressor(), FakeUsage()
        self.port = 0
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Serve on a free port of the running loop."""
        self._server = grpc.aio.server()
        cache_pb2_grpc.add_CacheServiceServicer_to_server(self.cache, self._server)
        compressor_pb2_grpc.add_CompressorServiceServicer_to_server(self.compressor, self._server)
        usage_pb2_grpc.add_UsageServiceServicer_to_server(self.usage, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    async def stop(self) -> None:
        """Stop serving at once."""
        if self._server is not None:
            await self._server.stop(None)


@asynccontextmanager
async def fake_services() -> AsyncIterator[FakeServices]:
    """Run the three services for a test."""
    services = FakeServices()
    await services.start()
    try:
        yield services
    finally:
        await services.stop()


@asynccontextmanager
async def broken_bytes(service: str, method: str) -> AsyncIterator[int]:
    """Run a server whose answers are no protobuf at all; gives its port."""

    async def answer(request: bytes, context: Any) -> bytes:
        return b"\xff\xff\xff\xff not a message"

    handler = grpc.unary_unary_rpc_method_handler(answer)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


class Gate:
    """A TCP port in front of a service, which can forward, hang or refuse."""

    def __init__(self, target_port: int = 0) -> None:
        self.target_port = target_port
        self.port = 0
        self._hanging = False
        self._listener: socket.socket | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def forward(self) -> None:
        """Pass bytes on, over fresh connections."""
        self._hanging = False
        self._drop()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=100)
            self._listener.setblocking(False)
            self.port = self._listener.getsockname()[1]
            asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def hang(self) -> None:
        """Keep the connections, accept new ones, and pass nothing on."""
        await self.forward()
        self._hanging = True

    async def refuse(self) -> None:
        """Close the port and every connection, as a killed process does."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        self._drop()

    async def close(self) -> None:
        """Refuse, and wait for the loose ends."""
        await self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports close their sockets in a later turn of the loop

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio.start_server: its close() races with a connection that is being accepted, and leaks it.
        with suppress(OSError):
            connection, _ = listener.accept()
            task = asyncio.get_running_loop().create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, asyncio.CancelledError):
            if self._listener is None:
                connection.close()
                return
            reader, writer = await asyncio.open_connection(sock=connection)
            self._writers.add(writer)
            try:
                await self._exchange(reader, writer)
            finally:
                writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._hanging:
            await self._pipe(reader, None)
            return
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", self.target_port)
        self._writers.add(onward)
        try:
            await asyncio.gather(self._pipe(reader, onward), self._pipe(onward_reader, writer))
        finally:
            onward.transport.abort()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None) -> None:
        while data := await reader.read(65536):
            if writer is not None and not self._hanging:
                writer.write(data)
                await writer.drain()
        if writer is not None:
            writer.close()


class LoopThread:
    """An event loop in a thread of its own, for tests that drive a proxy from outside."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="fakes", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T] | Awaitable[_T], timeout_s: float = 10) -> _T:
        """Run a coroutine over there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout_s)  # type: ignore[arg-type]

    def stop(self) -> None:
        """End the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class Signer:
    """An Ed25519 key that signs tokens as platform-api does."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()

    @property
    def public_pem(self) -> str:
        """The public half."""
        kind, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(kind, form).decode()

    def token(self, tenant: str = "acme", sub: str = "k1", **claims: Any) -> str:
        """Sign a token that holds for an hour; claims replace the usual ones."""
        now = int(time.time())
        usual = {"iss": "pith-platform", "aud": "pith", "sub": sub, "tenant": tenant, "iat": now, "exp": now + 3600}
        return jwt.encode({**usual, **claims}, self._private, algorithm="EdDSA")
