"""Opens the database: migrated to the newest tables, tuned for the engine it is."""

import asyncio
from pathlib import Path

import alembic.command
import alembic.config
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

_PACKAGE = Path(__file__).parent.parent
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON")


def sqlite_url(folder: Path) -> str:
    """Return the URL of the embedded database in a data folder."""
    return f"sqlite+aiosqlite:///{folder.absolute() / 'platform.sqlite3'}"


async def open_database(url: str) -> AsyncEngine:
    """Bring the tables of a database up to date and return an engine for it."""
    await asyncio.to_thread(migrate, url)
    engine = create_async_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
    return engine


def reason_of(error: SQLAlchemyError) -> str:
    """Return what the database said, without the statement and what it carried."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)


def migrate(url: str) -> None:
    """Run the migrations that a database lacks; blocks, and starts an event loop of its own."""
    alembic.command.upgrade(migration_config(url), "head")


def migration_config(url: str) -> alembic.config.Config:
    """Return what Alembic needs to know: where the migrations are and which database is meant."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_migrations_folder()))
    config.attributes["url"] = url
    return config


def _migrations_folder() -> Path:
    # A checkout has them beside the package, a wheel inside it.
    inside = _PACKAGE / "migrations"
    return inside if inside.is_dir() else _PACKAGE.parent / "migrations"


def _tune_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
