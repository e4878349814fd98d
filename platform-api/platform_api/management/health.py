"""/healthz, /readyz and /metrics of the management listener; they need no key and stay inside."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from platform_api.errors import ApiError

from .parts import Parts

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(parts: Parts) -> dict[str, str]:
    """Say whether requests are welcome: the store answers and no shutdown has begun."""
    if not parts.is_serving():
        raise ApiError(503, "draining", "the service is shutting down", retry_after_s=1)
    await parts.keys.page(tenant_id=None, after="", limit=1)
    return {"status": "ready"}


@router.get("/metrics")
def metrics() -> Response:
    """Show the metrics of the whole process in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
