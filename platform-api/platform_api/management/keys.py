"""/v1/tenants/{id}/keys: makes, lists and revokes virtual keys."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from platform_api.domain.keys import MAX_LIMIT, MAX_MODELS, KeyPolicy, KeyState, VirtualKey
from platform_api.domain.tenants import MAX_NAME
from platform_api.errors import ApiError
from platform_api.storage.keys import KeyRefusedError

from .parts import Parts
from .tenants import Limit, known_tenant

router = APIRouter(prefix="/v1/tenants/{tenant_id}/keys", tags=["keys"])

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
PerMinute = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
After = Annotated[str, Query(max_length=8)]


class PolicyFields(BaseModel):
    """What the key's requests get; a field left out leaves the choice to the services."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    cache: bool | None = None
    compress: bool | None = None


class KeyRequest(BaseModel):
    """A key to make; no models means all of them."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=MAX_NAME)
    models: list[ModelName] = Field(default=[], max_length=MAX_MODELS)
    rpm: PerMinute | None = None
    tpm: PerMinute | None = None
    expires_at: AwareDatetime | None = None
    policy: PolicyFields = PolicyFields()


class KeyAnswer(BaseModel):
    """A key as callers see it; its secret is not among what is kept."""

    id: str
    tenant_id: str
    name: str
    state: KeyState
    models: list[str]
    rpm: int | None
    tpm: int | None
    policy: PolicyFields
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKeyAnswer(KeyAnswer):
    """A key just made: the only time its text is shown."""

    key: str


class KeyList(BaseModel):
    """A page of keys; the next one begins `after` the last id."""

    data: list[KeyAnswer]
    has_more: bool


@router.post("", status_code=201)
async def make_key(tenant_id: str, request: KeyRequest, parts: Parts) -> NewKeyAnswer:
    """Make a key and show its text, this once."""
    tenant = await known_tenant(parts, tenant_id)
    now = datetime.now(UTC)
    if request.expires_at is not None and request.expires_at <= now:
        raise ApiError(400, "invalid_value", "expires_at: must lie in the future", param="expires_at")
    key, text = parts.authenticator.new_key(
        tenant_id=tenant.id,
        name=request.name,
        created_at=now,
        models=tuple(dict.fromkeys(request.models)),
        rpm=request.rpm,
        tpm=request.tpm,
        policy=KeyPolicy(request.policy.cache, request.policy.compress),
        expires_at=request.expires_at,
    )
    try:
        await parts.keys.add(key)
    except KeyRefusedError as error:
        raise ApiError(503, "key_not_made", "the key was not made; try again", retry_after_s=1) from error
    parts.authenticator.forget()
    return NewKeyAnswer.model_validate({**_fields(key, now), "key": text})


@router.get("")
async def list_keys(tenant_id: str, parts: Parts, limit: Limit = 100, after: After = "") -> KeyList:
    """List a tenant's keys by id, those revoked and expired among them."""
    tenant = await known_tenant(parts, tenant_id)
    keys = await parts.keys.page(tenant_id=tenant.id, after=after, limit=limit + 1)
    now = datetime.now(UTC)
    return KeyList(
        data=[KeyAnswer.model_validate(_fields(key, now)) for key in keys[:limit]], has_more=len(keys) > limit
    )


@router.delete("/{key_id}", status_code=204)
async def revoke_key(tenant_id: str, key_id: str, parts: Parts) -> None:
    """Revoke a key for good."""
    if not await parts.keys.revoke(tenant_id, key_id, datetime.now(UTC)):
        raise ApiError(404, "key_not_found", f"the tenant {tenant_id[:64]} has no key {key_id[:8]}")
    parts.authenticator.forget()


def _fields(key: VirtualKey, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant_id": key.tenant_id,
        "name": key.name,
        "state": key.state(now),
        "models": list(key.models),
        "rpm": key.rpm,
        "tpm": key.tpm,
        "policy": PolicyFields.model_validate(key.policy),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
