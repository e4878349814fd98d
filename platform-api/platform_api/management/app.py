"""Puts the routers into one FastAPI app that refuses in the shape of OpenAI's errors."""

from collections.abc import Sequence

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from platform_api.errors import ApiError
from platform_api.storage.database import reason_of

from . import gateway, health, keys, providers, quotas, tenants, usage
from .parts import AdminOnly, ManagementParts

MAX_BODY_BYTES = 262_144

log = structlog.get_logger("platform_api.management")


class BodyLimit:
    """Refuses bodies that no management call needs, counted while they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with its body counted."""
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_BYTES:
                raise HTTPException(413, f"the request body is larger than {MAX_BODY_BYTES} bytes")
            return message

        await self._app(scope, counted, send)


def create_management(parts: ManagementParts) -> FastAPI:
    """Return the management app."""
    app = FastAPI(title="Pith platform API", docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.add_middleware(BodyLimit)
    for module in (tenants, keys, quotas, providers, gateway):
        app.include_router(module.router, dependencies=[AdminOnly])
    app.include_router(usage.router)
    app.include_router(health.router)
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(SQLAlchemyError, _on_store_error)
    return app


def _refusal(error: ApiError) -> Response:
    return Response(error.body(), status_code=error.status, headers=dict(error.headers()))


async def _on_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _refusal(error)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = _field(first["loc"])
    return _refusal(ApiError(400, "invalid_value", f"{field}: {first['msg']}", param=field))


async def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "unknown_url", 405: "method_not_allowed", 413: "request_too_large"}.get(error.status_code, "refused")
    response = _refusal(ApiError(error.status_code, code, error.detail))
    response.headers.update(error.headers or {})
    return response


async def _on_store_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SQLAlchemyError)
    log.error("the store failed", error=reason_of(error))
    return _refusal(ApiError(503, "store_unavailable", "the store does not answer now", retry_after_s=2))


def _field(place: Sequence[str | int]) -> str:
    """Return where a value stands, the way its sender would write it: `policy.cache`, `models[3]`."""
    words = "".join(f"[{word}]" if isinstance(word, int) else f".{word}" for word in place[1:])
    return words.removeprefix(".") or str(place[0])
