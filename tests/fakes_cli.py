"""Small real servers that stand where the services stand, for the tests of the command."""

# ruff: noqa: N802  (gRPC fixes the names)

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread
from typing import Any

import grpc
from aiohttp import web
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from rich.console import Console, RenderableType

from pith.cache.v1 import cache_pb2, cache_pb2_grpc
from pith.compressor.v1 import compressor_pb2, compressor_pb2_grpc

ADMIN_KEY = "sk-pith-platform_admin"
MASTER_KEY = "sk-master"
DROPPED = " Nobody needs this."


class FakeCompressor(compressor_pb2_grpc.CompressorServiceServicer):
    """Counts words as tokens and drops one known sentence."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.warnings: list[str] = []

    async def Compress(self, request: Any, context: Any) -> Any:
        """Compress."""
        self.requests.append(request)
        off = request.policy.profile == compressor_pb2.PROFILE_OFF
        results = [self._segment(segment, off) for segment in request.segments]
        before = sum(result.tokens_before for result in results)
        after = sum(result.tokens_after for result in results)
        totals = compressor_pb2.Totals(
            tokens_before=before,
            tokens_after=after,
            eligible_before=before,
            eligible_after=after,
            tokenizer="words",
            tokenizer_exact=True,
        )
        timings = compressor_pb2.Timings(total_ms=1.5, queue_ms=0.25, stage_ms={"relevance": 1.0})
        number = compressor_pb2.Invariant(
            **{"class": compressor_pb2.INVARIANT_CLASS_NUMBER}, total=3, kept=2, repaired=1
        )
        return compressor_pb2.CompressResponse(
            segments=results, totals=totals, engine="fake", timings=timings, invariants=[number], warnings=self.warnings
        )

    async def GetCapabilities(self, request: Any, context: Any) -> Any:
        """Name one engine."""
        engine = compressor_pb2.EngineCapability(name="fake", fingerprint="f1", measured_ms_per_1k_tokens=0.5)
        return compressor_pb2.GetCapabilitiesResponse(engines=[engine])

    def _segment(self, segment: Any, off: bool) -> Any:
        text = segment.text if off else segment.text.replace(DROPPED, "")
        changed = text != segment.text
        return compressor_pb2.SegmentResult(
            id=segment.id,
            changed=changed,
            text=text,
            skip_reason=compressor_pb2.SKIP_REASON_UNSPECIFIED if changed else self._reason(segment),
            tokens_before=len(segment.text.split()),
            tokens_after=len(text.split()),
            spans=self._spans(segment.text) if changed else [],
        )

    def _reason(self, segment: Any) -> Any:
        """A message that asks nothing and ends in an exclamation mark stands for one that is never cut."""
        lone = segment.role == compressor_pb2.ROLE_USER and segment.text.endswith("!") and not segment.query
        return compressor_pb2.SKIP_REASON_QUESTION if lone else compressor_pb2.SKIP_REASON_TOO_SHORT

    def _spans(self, text: str) -> list[Any]:
        at = len(text[: text.index(DROPPED)].encode())
        end, size = at + len(DROPPED.encode()), len(text.encode())
        stretches = [(0, at, True), (at, end, False), (end, size, True)]
        return [compressor_pb2.Span(start=a, end=b, kept=kept) for a, b, kept in stretches if a < b]


class FakeCache(cache_pb2_grpc.CacheServiceServicer):
    """Knows requests by their bytes, and calls the rest of a tenant's nearby when it ends alike."""

    def __init__(self) -> None:
        self.stored: dict[str, set[bytes]] = {}
        self.policies: dict[str, Any] = {}
        self.answer = cache_pb2.Answer(format="chat", body=b'{"id": "stored"}')

    async def Lookup(self, request: Any, context: Any) -> Any:
        """Look up."""
        timings = cache_pb2.Timings(total_ms=1.0, stage_ms={"exact": 0.1, "embed": 0.7})
        if request.request_json in self.stored.get(request.scope.tenant_id, set()):
            return cache_pb2.LookupResponse(
                outcome=cache_pb2.OUTCOME_HIT,
                hit_kind=cache_pb2.HIT_KIND_EXACT,
                similarity=1.0,
                answers=[self.answer],
                timings=timings,
            )
        exact = request.mode == cache_pb2.LOOKUP_MODE_EXACT
        if not exact and self._is_known_otherwise(request):
            return cache_pb2.LookupResponse(
                outcome=cache_pb2.OUTCOME_HIT, hit_kind=cache_pb2.HIT_KIND_SEMANTIC, similarity=0.97, timings=timings
            )
        return cache_pb2.LookupResponse(
            outcome=cache_pb2.OUTCOME_MISS, lookup_token=request.request_json, timings=timings
        )

    async def Store(self, request: Any, context: Any) -> Any:
        """Store."""
        json.loads(request.answer.body)
        self.stored.setdefault(request.scope.tenant_id, set()).add(request.lookup_token)
        return cache_pb2.StoreResponse(outcome=cache_pb2.STORE_OUTCOME_STORED)

    async def GetPolicy(self, request: Any, context: Any) -> Any:
        """Return the policy that was set."""
        return cache_pb2.GetPolicyResponse(policy=self.policies.get(request.scope.tenant_id))

    async def SetPolicy(self, request: Any, context: Any) -> Any:
        """Remember a policy."""
        self.policies[request.scope.tenant_id] = request.policy
        return cache_pb2.SetPolicyResponse(policy=request.policy)

    async def GetStats(self, request: Any, context: Any) -> Any:
        """Count entries."""
        return cache_pb2.GetStatsResponse(entries=len(self.stored.get(request.scope.tenant_id, ())))

    def _is_known_otherwise(self, request: Any) -> bool:
        known = {_subject(body) for body in self.stored.get(request.scope.tenant_id, set())}
        return _subject(request.request_json) in known


def _subject(body: bytes) -> str:
    """The question without its first three words."""
    return " ".join(json.loads(body)["messages"][-1]["content"].split()[3:])


@asynccontextmanager
async def serving(*, compressor: Any = None, cache: Any = None) -> AsyncIterator[str]:
    """Serve fakes and health on a free port, and yield the address."""
    server = grpc.aio.server()
    statuses = health.aio.HealthServicer()
    for name in ("pith.compressor.v1.CompressorService",) * bool(compressor) + ("pith.cache.v1.CacheService",) * bool(
        cache
    ):
        await statuses.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(statuses, server)
    if compressor:
        compressor_pb2_grpc.add_CompressorServiceServicer_to_server(compressor, server)
    if cache:
        cache_pb2_grpc.add_CacheServiceServicer_to_server(cache, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


class FakeGateway:
    """The edge, the management API and the proxy's model list, as one web application."""

    def __init__(self) -> None:
        self.tenants: list[str] = []
        self.chats: list[tuple[str, dict[str, Any]]] = []
        self.headers: dict[str, str] = {"x-pith-cache": "miss", "x-pith-compression": "applied"}
        self.answer = "Plain answer."
        self.status = 200

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/tenants", self._tenant)
        app.router.add_post("/v1/tenants/{id}/keys", self._key)
        app.router.add_get("/v1/gateway", self._gateway)
        app.router.add_get("/model/info", self._models)
        app.router.add_get("/readyz", self._ready)
        return app

    async def _ready(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    async def _tenant(self, request: web.Request) -> web.Response:
        name = (await request.json())["id"]
        if not self._may(request, ADMIN_KEY) or name in self.tenants:
            return web.json_response({"error": {"message": f"not {name}"}}, status=409)
        self.tenants.append(name)
        return web.json_response({"id": name}, status=201)

    async def _key(self, request: web.Request) -> web.Response:
        return web.json_response({"key": f"sk-pith-{request.match_info['id']}"}, status=201)

    async def _gateway(self, request: web.Request) -> web.Response:
        if not self._may(request, ADMIN_KEY):
            return web.json_response({"error": {"message": "no such key"}}, status=401)
        return web.json_response({"llm_gateway": "litellm"})

    async def _models(self, request: web.Request) -> web.Response:
        if not self._may(request, MASTER_KEY):
            return web.Response(status=401)
        info = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
        model = {"model_name": "gpt-4o", "litellm_params": {"model": "openai/gpt-4o"}, "model_info": info}
        return web.json_response({"data": [model]})

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.chats.append((request.headers["authorization"].removeprefix("Bearer "), body))
        if self.status != 200:
            return web.json_response({"error": "told to fail"}, status=self.status, headers=self.headers)
        if body["stream"]:
            return web.Response(text=sse(self.answer), headers=self.headers, content_type="text/event-stream")
        return web.json_response(completion(self.answer), headers=self.headers)

    def _may(self, request: web.Request, key: str) -> bool:
        return request.headers.get("authorization") == f"Bearer {key}"


@contextmanager
def fake_compressor(fake: FakeCompressor) -> Iterator[str]:
    """Serve a fake in a thread of its own, for commands that bring their own loop."""
    ready, done, found = Event(), Event(), []

    async def serve() -> None:
        async with serving(compressor=fake) as address:
            found.append(address)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield found[0]
    finally:
        done.set()
        thread.join()


@asynccontextmanager
async def web_server(app: web.Application) -> AsyncIterator[str]:
    """Serve a web application on a free port, and yield its URL."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def completion(text: str) -> dict[str, Any]:
    """Make a chat completion."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


def sse(text: str) -> str:
    """Make the events of a streamed chat completion, a word each."""
    words = text.split(" ")
    deltas = [word if number == 0 else f" {word}" for number, word in enumerate(words)]
    chunks: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": {"content": delta}}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def rendered(what: RenderableType) -> str:
    """Return what a console would show."""
    console = Console(file=io.StringIO(), record=True, width=160)
    console.print(what)
    return console.export_text()
