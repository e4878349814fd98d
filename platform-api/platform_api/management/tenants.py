"""/v1/tenants: makes, lists, changes and deletes tenants."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from platform_api.domain.tenants import MAX_NAME, MAX_TENANT_ID, TENANT_ID_PATTERN, Tenant, TenantStatus, new_tenant_id
from platform_api.errors import ApiError
from platform_api.storage.tenants import TenantExistsError

from .parts import ManagementParts, Parts

router = APIRouter(prefix="/v1/tenants", tags=["tenants"])

Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str, Query(max_length=MAX_TENANT_ID)]


class TenantRequest(BaseModel):
    """A tenant to make; without an id it gets one."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(None, pattern=TENANT_ID_PATTERN)
    name: str = Field(min_length=1, max_length=MAX_NAME)


class TenantChange(BaseModel):
    """What of a tenant to change; a suspended tenant's keys are refused."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=MAX_NAME)
    status: TenantStatus | None = None


class TenantAnswer(BaseModel):
    """A tenant as callers see it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    status: TenantStatus
    created_at: datetime


class TenantList(BaseModel):
    """A page of tenants; the next one begins `after` the last id."""

    data: list[TenantAnswer]
    has_more: bool


@router.post("", status_code=201)
async def make_tenant(request: TenantRequest, parts: Parts) -> TenantAnswer:
    """Make a tenant."""
    tenant = Tenant(request.id or new_tenant_id(), request.name, TenantStatus.ACTIVE, datetime.now(UTC))
    try:
        await parts.tenants.add(tenant)
    except TenantExistsError as error:
        raise ApiError(409, "tenant_exists", f"the id {tenant.id} is taken", param="id") from error
    return TenantAnswer.model_validate(tenant)


@router.get("")
async def list_tenants(parts: Parts, limit: Limit = 100, after: After = "") -> TenantList:
    """List tenants by id."""
    tenants = await parts.tenants.page(after=after, limit=limit + 1)
    data = [TenantAnswer.model_validate(tenant) for tenant in tenants[:limit]]
    return TenantList(data=data, has_more=len(tenants) > limit)


@router.get("/{tenant_id}")
async def show_tenant(tenant_id: str, parts: Parts) -> TenantAnswer:
    """Show one tenant."""
    return TenantAnswer.model_validate(await known_tenant(parts, tenant_id))


@router.patch("/{tenant_id}")
async def change_tenant(tenant_id: str, change: TenantChange, parts: Parts) -> TenantAnswer:
    """Rename, suspend or restore a tenant."""
    if not await parts.tenants.change(tenant_id, name=change.name, status=change.status):
        raise _unknown(tenant_id)
    parts.authenticator.forget()
    return TenantAnswer.model_validate(await known_tenant(parts, tenant_id))


@router.delete("/{tenant_id}", status_code=204)
async def delete_tenant(tenant_id: str, parts: Parts) -> None:
    """Delete a tenant and revoke its keys; its usage is kept and its id is never given again."""
    if not await parts.tenants.delete(tenant_id, datetime.now(UTC)):
        raise _unknown(tenant_id)
    parts.authenticator.forget()


async def known_tenant(parts: ManagementParts, tenant_id: str) -> Tenant:
    """Return a tenant, or raise the 404."""
    tenant = await parts.tenants.get(tenant_id)
    if tenant is None:
        raise _unknown(tenant_id)
    return tenant


def _unknown(tenant_id: str) -> ApiError:
    return ApiError(404, "tenant_not_found", f"there is no tenant {tenant_id[:MAX_TENANT_ID]}")
