"""/v1/gateway: shows which gateway traffic takes and which upstreams took the last connection."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from platform_api.edge.upstreams import UpstreamList

from .parts import Parts

router = APIRouter(prefix="/v1/gateway", tags=["gateway"])


class UpstreamAnswer(BaseModel):
    """One upstream; `up` is false for a while after it refused a connection."""

    url: str
    up: bool


class GatewayAnswer(BaseModel):
    """Where LLM traffic and platform traffic go."""

    llm_gateway: str
    platform_paths: Literal["in-process", "kong"]
    litellm: list[UpstreamAnswer]
    kong: list[UpstreamAnswer]


@router.get("")
def show_gateway(parts: Parts) -> GatewayAnswer:
    """Show the gateways in use."""
    return GatewayAnswer(
        llm_gateway=parts.llm_gateway,
        platform_paths="kong" if parts.kong.urls else "in-process",
        litellm=_shown(parts.litellm),
        kong=_shown(parts.kong),
    )


def _shown(upstreams: UpstreamList) -> list[UpstreamAnswer]:
    return [UpstreamAnswer(url=url, up=upstreams.is_up(url)) for url in upstreams.urls]
