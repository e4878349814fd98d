# ruff: noqa: INP001 - Alembic loads this file by its path
"""Runs the migrations on the database that `platform_api.storage.database` names."""

import asyncio
from pathlib import Path
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from platform_api.storage.tables import UtcDateTime, metadata


def _render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    # A migration names what the database has, so that it does not change when our classes do.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _migrate(connection: Connection) -> None:
    # Batch mode, because SQLite alters a table by copying it.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, render_item=_render)
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    url: str = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True)["url"]
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit(f"{Path(__file__).parent}: migrations run on a live database only")
asyncio.run(_run())
