"""The edge as an ASGI app: finds the route, lets the caller in, sends the request its way, says what became of it."""

import asyncio
import json
import time
from dataclasses import dataclass
from urllib.parse import unquote

import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_api.domain.keys import VirtualKey
from platform_api.errors import ApiError
from platform_api.storage.database import reason_of

from . import headers
from .body import ClientBody, ClientLeftError, Limits, too_large
from .forward import Forwarder, Outbound, until_left
from .identity import Authenticator, TokenMinter
from .routing import Destination, Route, provider_of, resolve
from .upstreams import UpstreamList
from .visit import Visit

REQUESTS = Counter("pith_edge_requests_total", "Requests at the edge, by route and status.", ["route", "status"])
SECONDS = Histogram(
    "pith_edge_seconds",
    "Time from the request's headers to the end of the answer, by route.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
IN_PROGRESS = Gauge("pith_edge_requests_in_progress", "Requests that the edge is answering now.")

_UNKNOWN_ROUTE = "unknown"
_CLIENT_LEFT_STATUS = 499
_MAX_MODEL_CHARS = 256

log = structlog.get_logger("platform_api.edge")


@dataclass(frozen=True, slots=True)
class Gateways:
    """Where requests may go; `llm_by_kong` is the rollback switch, `management` answers where there is no Kong."""

    litellm: UpstreamList
    kong: UpstreamList
    llm_by_kong: bool
    management: ASGIApp


class Edge:
    """The one door for clients."""

    def __init__(
        self,
        gateways: Gateways,
        forwarder: Forwarder,
        *,
        authenticator: Authenticator,
        minter: TokenMinter,
        limits: Limits,
    ) -> None:
        self._gateways = gateways
        self._forwarder = forwarder
        self._authenticator = authenticator
        self._minter = minter
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            return
        visit = Visit(scope, send)
        with IN_PROGRESS.track_inprogress():
            try:
                await self._serve(visit, receive)
            except ApiError as error:
                await visit.refuse(error)
            except ClientLeftError:
                visit.status = _CLIENT_LEFT_STATUS
            except SQLAlchemyError as error:
                log.error("the store failed", request_id=visit.request_id, error=reason_of(error))  # noqa: TRY400
                await visit.refuse(ApiError(503, "store_unavailable", "keys cannot be read now", retry_after_s=2))
        _record(visit)

    async def _serve(self, visit: Visit, receive: Receive) -> None:
        route = resolve(visit.method, visit.raw_path)
        if route is None:
            raise ApiError(404, "unknown_url", f"{visit.method} {visit.shown_path} is not served here")
        visit.route = route
        if visit.caller.hops > headers.MAX_HOPS:
            raise ApiError(508, "loop_detected", "the request came back to the edge; a gateway's upstream is the edge")
        body = self._body(visit, receive)
        if route.destination is Destination.LLM:
            await self._llm(visit, route, body)
        elif route.destination is Destination.STORED_RESPONSE:
            await self._authenticator.virtual_key(visit.credential)
            raise ApiError(404, "response_not_found", "stored responses cannot be read back through this gateway")
        elif self._gateways.kong.urls:
            # Whoever answers behind Kong checks the caller's own key.
            outbound = _outbound(visit, route, body, keep_credentials=True)
            await self._forward(visit, outbound, self._gateways.kong, body)
        elif route.destination is Destination.PLATFORM:
            await self._in_process(visit, route, receive)
        else:
            raise ApiError(404, "not_configured", f"{route.name} is served behind Kong, and no Kong is configured")

    def _body(self, visit: Visit, receive: Receive) -> ClientBody:
        length = headers.first(visit.headers, b"content-length") or "0"
        if length.isdecimal() and int(length) > self._limits.body_bytes:
            raise too_large(self._limits.body_bytes)
        expected = length != "0" or headers.first(visit.headers, b"transfer-encoding") is not None
        return ClientBody(receive, expected=expected, limits=self._limits)

    async def _llm(self, visit: Visit, route: Route, body: ClientBody) -> None:
        visit.key = key = await self._authenticator.virtual_key(visit.credential)
        if self._gateways.llm_by_kong:
            if visit.method != "POST":
                raise ApiError(404, "not_available", f"{route.name} is not served while LLM traffic goes through Kong")
            content = await body.whole()
            outbound = _outbound(visit, route, content, ("x-llm-provider", _provider(route, content, key)))
            await self._forward(visit, outbound, self._gateways.kong, body)
        else:
            outbound = _outbound(visit, route, body, ("authorization", f"Bearer {self._minter.token(key)}"))
            await self._forward(visit, outbound, self._gateways.litellm, body)

    async def _forward(self, visit: Visit, outbound: Outbound, upstreams: UpstreamList, body: ClientBody) -> None:
        exchange = asyncio.create_task(self._forwarder.exchange(outbound, upstreams, body=body, send=visit.send))
        if await until_left(exchange, body):
            raise ClientLeftError
        exchange.result()

    async def _in_process(self, visit: Visit, route: Route, receive: Receive) -> None:
        path = unquote(route.path)
        scope = {**visit.scope, "path": path, "raw_path": route.path.encode(), "root_path": ""}
        await self._gateways.management(scope, receive, visit.send_marked)


def _outbound(
    visit: Visit, route: Route, body: ClientBody | bytes, *added: tuple[str, str], keep_credentials: bool = False
) -> Outbound:
    kept = headers.toward_upstream(visit.headers, visit.caller, keep_credentials=keep_credentials)
    return Outbound(
        method=visit.method,
        target=route.path + visit.query,
        headers=[*kept, *added],
        body=body,
        request_id=visit.request_id,
        dialect=route.dialect,
    )


def _provider(route: Route, content: bytes, key: VirtualKey) -> str:
    """Return the provider that Kong's routes need; the key's models are checked here, since Kong knows no keys."""
    model = _model_of(content)
    if model is None:
        raise ApiError(
            400, "model_missing", f"{route.name} goes to Kong by the body's `model`, a string", param="model"
        )
    if not key.allows(model):
        raise ApiError(403, "model_not_allowed", f"the key {key.id} may not use the model {model}", param="model")
    provider = provider_of(model)
    if provider is None:
        raise ApiError(404, "model_not_found", f"no provider is known for the model {model}", param="model")
    return provider


def _model_of(content: bytes) -> str | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    model = document.get("model") if isinstance(document, dict) else None
    return model if isinstance(model, str) and 0 < len(model) <= _MAX_MODEL_CHARS else None


def _record(visit: Visit) -> None:
    route = _UNKNOWN_ROUTE if visit.route is None else visit.route.name
    elapsed_s = time.perf_counter() - visit.started_at_s
    REQUESTS.labels(route, str(visit.status)).inc()
    SECONDS.labels(route).observe(elapsed_s)
    who = {} if visit.key is None else {"tenant_id": visit.key.tenant_id, "key_id": visit.key.id}
    facts = {"request_id": visit.request_id, "method": visit.method, "route": route, "status": visit.status, **who}
    log.info("request", elapsed_ms=round(elapsed_s * 1000, 2), **facts)
