"""/v1/quotas: shows the limits that keys carry; LiteLLM enforces them, by the JWT."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from .parts import Parts
from .tenants import Limit

router = APIRouter(prefix="/v1/quotas", tags=["quotas"])


class QuotaAnswer(BaseModel):
    """The limits of one key, per minute; null is none."""

    model_config = ConfigDict(from_attributes=True)

    key_id: str
    tenant_id: str
    rpm: int | None
    tpm: int | None


class QuotaList(BaseModel):
    """A page of limits; the next one begins `after` the last key's id."""

    data: list[QuotaAnswer]
    has_more: bool


@router.get("")
async def list_quotas(parts: Parts, limit: Limit = 100, after: Annotated[str, Query(max_length=8)] = "") -> QuotaList:
    """List the limits of keys by key id."""
    keys = await parts.keys.page(tenant_id=None, after=after, limit=limit + 1)
    data = [QuotaAnswer(key_id=key.id, tenant_id=key.tenant_id, rpm=key.rpm, tpm=key.tpm) for key in keys[:limit]]
    return QuotaList(data=data, has_more=len(keys) > limit)
