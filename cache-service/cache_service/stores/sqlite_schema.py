"""Opens connections to the SQLite file, makes its tables, and sets a damaged file aside."""

import fcntl
import sqlite3
import time
from pathlib import Path

import structlog

from cache_service.stores import StoreUnusable
from cache_service.stores.payloads import Payloads

SCHEMA_VERSION = 2
FILE_NAME = "cache.sqlite3"
DAMAGES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  entry_id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  model_group TEXT NOT NULL,
  api TEXT NOT NULL,
  partition BLOB NOT NULL,
  exact_key BLOB NOT NULL,
  key_text BLOB NOT NULL,
  labels TEXT NOT NULL,
  stored_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0,
  vector BLOB,
  UNIQUE (partition, exact_key)
);
CREATE INDEX entries_by_partition ON entries (partition, seq) WHERE vector IS NOT NULL;
CREATE INDEX entries_alive ON entries (partition, expires_at) WHERE vector IS NOT NULL;
CREATE INDEX entries_by_expiry ON entries (expires_at);
CREATE INDEX entries_by_tenant ON entries (tenant_id, seq);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN UPDATE meta SET value = value + 1 WHERE name = 'entries'; END;
CREATE TRIGGER entry_gone AFTER DELETE ON entries BEGIN
  UPDATE meta SET value = value - 1 WHERE name = 'entries';
  UPDATE meta SET value = value + 1 WHERE name = 'deleted';
END;
CREATE TABLE answers (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, format TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (seq, format)
);
CREATE TABLE reports (
  number INTEGER PRIMARY KEY AUTOINCREMENT, partition BLOB NOT NULL, request_key BLOB NOT NULL, entry_key BLOB NOT NULL,
  UNIQUE (partition, request_key, entry_key)
);
CREATE TABLE watermarks (
  name TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, keep_version TEXT NOT NULL,
  vector BLOB, min_similarity REAL NOT NULL, at REAL NOT NULL, swept INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE policies (namespace TEXT PRIMARY KEY, etag TEXT NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE evidence (
  namespace TEXT NOT NULL, embedder TEXT NOT NULL, observed BLOB NOT NULL, at REAL NOT NULL, PRIMARY KEY (namespace, embedder)
) WITHOUT ROWID;
CREATE TABLE counts (
  tenant_id TEXT NOT NULL, minute INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (tenant_id, minute, name)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema_version', 2), ('entries', 0), ('deleted', 0), ('clock', 0), ('marks', 0);
"""

log = structlog.get_logger("cache_service.stores.sqlite")


def prepare(data_dir: Path, *, busy_timeout_ms: int, payloads: Payloads) -> Path:
    """The path of the file, its tables made or brought up to date; StoreUnusable when it is of a newer release.

    A file that is damaged is moved aside, with an error in the log, and a new one begun: it is a cache.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (data_dir / ".schema-lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several workers start at once
            try:
                _make(path, busy_timeout_ms=busy_timeout_ms, payloads=payloads)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                _set_aside(path, error)
                _make(path, busy_timeout_ms=busy_timeout_ms, payloads=payloads)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusable(f"store sqlite: {path} cannot be used: {error}") from error
    return path


def connect(path: Path, *, busy_timeout_ms: int, cache_kib: int = 4000) -> sqlite3.Connection:
    """A connection that one thread at a time may use, and the pages that it keeps in memory."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=busy_timeout_ms / 1000)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file is no database, or a broken one."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGES


def _make(path: Path, *, busy_timeout_ms: int, payloads: Payloads) -> None:
    connection = connect(path, busy_timeout_ms=busy_timeout_ms)
    try:
        path.chmod(0o600)
        _check(connection)
        version = _version(connection)
        if version is NO_TABLES:
            connection.executescript(f"BEGIN IMMEDIATE; {TABLES} COMMIT;")
        elif version == 1:
            from cache_service.stores.sqlite_migration import migrate  # noqa: PLC0415

            migrate(connection, payloads)
        elif version != SCHEMA_VERSION:
            raise StoreUnusable(
                f"store sqlite: {path} has schema version {version}; this release knows only {SCHEMA_VERSION}."
                " Use the release that made it, or another PITH_CACHE_DATA_DIR"
            )
    finally:
        connection.close()


NO_TABLES = object()


def _version(connection: sqlite3.Connection) -> object:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone() is None:
        return NO_TABLES
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    return row[0] if row else None


def _check(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        error = sqlite3.DatabaseError(str(found))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _set_aside(path: Path, error: sqlite3.Error) -> None:
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{time.monotonic_ns()}"
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(stem + suffix))
    log.error("the cache's file is damaged: it was moved aside and a new one is begun", kept=stem, reason=str(error))
