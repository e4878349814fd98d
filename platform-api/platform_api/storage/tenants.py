"""Keeps tenants."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from platform_api.domain.tenants import Tenant, TenantStatus

from .tables import api_keys, tenants


class TenantExistsError(Exception):
    """The id is taken, be it by a deleted tenant: its usage still counts under it."""


class TenantRepository:
    """The tenants that are not deleted."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, tenant: Tenant) -> None:
        """Keep a new tenant, or raise TenantExistsError."""
        row = {"id": tenant.id, "name": tenant.name, "status": tenant.status, "created_at": tenant.created_at}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(tenants).values(row))
        except IntegrityError as error:
            raise TenantExistsError(tenant.id) from error

    async def get(self, tenant_id: str) -> Tenant | None:
        """Return a tenant, or None."""
        query = select(tenants).where(tenants.c.id == tenant_id, tenants.c.deleted_at.is_(None))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _tenant(row)

    async def page(self, *, after: str, limit: int) -> Sequence[Tenant]:
        """Return up to `limit` tenants whose ids follow `after`, in order of id."""
        query = select(tenants).where(tenants.c.id > after, tenants.c.deleted_at.is_(None))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(tenants.c.id).limit(limit))
        return [_tenant(row) for row in rows]

    async def change(self, tenant_id: str, *, name: str | None, status: TenantStatus | None) -> bool:
        """Change what is given; tell whether there is such a tenant."""
        live = (tenants.c.id == tenant_id) & tenants.c.deleted_at.is_(None)
        values = {"name": func.coalesce(name, tenants.c.name), "status": func.coalesce(status, tenants.c.status)}
        async with self._engine.begin() as connection:
            return (await connection.execute(update(tenants).where(live).values(values))).rowcount > 0

    async def delete(self, tenant_id: str, at: datetime) -> bool:
        """Delete a tenant and revoke its keys; its usage stays. Tell whether there was such a tenant."""
        live = (tenants.c.id == tenant_id) & tenants.c.deleted_at.is_(None)
        keys = (api_keys.c.tenant_id == tenant_id) & api_keys.c.revoked_at.is_(None)
        async with self._engine.begin() as connection:
            found = (await connection.execute(update(tenants).where(live).values(deleted_at=at))).rowcount > 0
            if found:
                await connection.execute(update(api_keys).where(keys).values(revoked_at=at))
        return found


def _tenant(row: Row[*tuple[object, ...]]) -> Tenant:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Tenant(values["id"], values["name"], TenantStatus(values["status"]), values["created_at"])
