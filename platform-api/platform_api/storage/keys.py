"""Keeps virtual keys, by digest only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from platform_api.domain.keys import KeyPolicy, VirtualKey
from platform_api.domain.tenants import TenantStatus

from .tables import api_keys, tenants


class KeyRefusedError(Exception):
    """The key's id is taken or its tenant is unknown."""


class KeyRepository:
    """All keys ever made, revoked ones included."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, key: VirtualKey) -> None:
        """Keep a new key, or raise KeyRefusedError."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(api_keys).values(_values(key)))
        except IntegrityError as error:
            raise KeyRefusedError(key.id) from error

    async def get(self, key_id: str) -> VirtualKey | None:
        """Return a key with its tenant's status, or None."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_select().where(api_keys.c.id == key_id))).one_or_none()
        return None if row is None else _key(row)

    async def page(self, *, tenant_id: str | None, after: str, limit: int) -> Sequence[VirtualKey]:
        """Return up to `limit` keys, of one tenant or of all, whose ids follow `after`, in order of id."""
        query = _select().where(api_keys.c.id > after, tenants.c.deleted_at.is_(None))
        if tenant_id is not None:
            query = query.where(api_keys.c.tenant_id == tenant_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(api_keys.c.id).limit(limit))
        return [_key(row) for row in rows]

    async def revoke(self, tenant_id: str, key_id: str, at: datetime) -> bool:
        """Revoke a key of a tenant; tell whether there is such a key, revoked before or not."""
        mine = (api_keys.c.id == key_id) & (api_keys.c.tenant_id == tenant_id)
        async with self._engine.begin() as connection:
            live = mine & api_keys.c.revoked_at.is_(None)
            await connection.execute(update(api_keys).where(live).values(revoked_at=at))
            return (await connection.execute(select(api_keys.c.id).where(mine))).first() is not None


def _select() -> Select[*tuple[object, ...]]:
    return select(api_keys, tenants.c.status.label("tenant_status")).join(tenants)


def _values(key: VirtualKey) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant_id": key.tenant_id,
        "name": key.name,
        "digest": key.digest,
        "models": list(key.models),
        "rpm": key.rpm,
        "tpm": key.tpm,
        "policy": key.policy.claims(),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _key(row: Row[*tuple[object, ...]]) -> VirtualKey:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values["models"] = tuple(values["models"])
    values["policy"] = KeyPolicy(**values["policy"])
    values["tenant_status"] = TenantStatus(values["tenant_status"])
    return VirtualKey(**values)
