"""What the routers work with, and who may call them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from platform_api.edge.headers import credential_of
from platform_api.edge.identity import Authenticator
from platform_api.edge.upstreams import UpstreamList
from platform_api.errors import ApiError
from platform_api.storage.keys import KeyRepository
from platform_api.storage.tenants import TenantRepository
from platform_api.storage.usage import UsageRepository


@dataclass(frozen=True, slots=True)
class ManagementParts:
    """Everything that the management API reads and changes."""

    tenants: TenantRepository
    keys: KeyRepository
    usage: UsageRepository
    authenticator: Authenticator
    litellm: UpstreamList
    kong: UpstreamList
    llm_gateway: str
    is_serving: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the platform's operator (no tenant), or a tenant by one of its keys."""

    tenant_id: str | None


def parts_of(request: Request) -> ManagementParts:
    """Return the parts that the app was made with."""
    parts: ManagementParts = request.app.state.parts
    return parts


Parts = Annotated[ManagementParts, Depends(parts_of)]


def admin_only(request: Request, parts: Parts) -> None:
    """Let the admin key in and nobody else."""
    credential = credential_of(request.headers.raw)
    if credential is None:
        raise ApiError(401, "missing_api_key", "no key was sent; send 'Authorization: Bearer' and the admin key")
    if not parts.authenticator.is_admin(credential):
        raise ApiError(403, "admin_key_needed", "this needs the admin key of the platform")


async def principal_of(request: Request, parts: Parts) -> Principal:
    """Let the admin key and every key in force in."""
    credential = credential_of(request.headers.raw)
    if parts.authenticator.is_admin(credential):
        return Principal(None)
    return Principal((await parts.authenticator.virtual_key(credential)).tenant_id)


AdminOnly = Depends(admin_only)
Caller = Annotated[Principal, Depends(principal_of)]
