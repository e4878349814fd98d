"""Opens connections to the SQLite file and makes its tables."""

import fcntl
import sqlite3
from pathlib import Path

from cache_service.stores import StoreUnusable

SCHEMA_VERSION = 1
FILE_NAME = "cache.sqlite3"

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
  key_text TEXT NOT NULL,
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
CREATE INDEX entries_by_expiry ON entries (expires_at);
CREATE INDEX entries_by_tenant ON entries (tenant_id, seq);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN UPDATE meta SET value = value + 1 WHERE name = 'entries'; END;
CREATE TRIGGER entry_gone AFTER DELETE ON entries BEGIN UPDATE meta SET value = value - 1 WHERE name = 'entries'; END;
CREATE TABLE answers (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, format TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (seq, format)
);
CREATE TABLE tags (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (seq, tag)
) WITHOUT ROWID;
CREATE TABLE sources (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, id TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (seq, id, version)
) WITHOUT ROWID;
CREATE TABLE reports (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, exact_key BLOB NOT NULL, PRIMARY KEY (seq, exact_key)
) WITHOUT ROWID;
CREATE TABLE watermarks (
  tenant_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, keep_version TEXT NOT NULL,
  at REAL NOT NULL, swept INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, kind, value, keep_version)
) WITHOUT ROWID;
CREATE TABLE policies (
  namespace TEXT PRIMARY KEY, scope_width TEXT NOT NULL, ttl_s REAL NOT NULL, modes TEXT NOT NULL,
  max_temperature REAL NOT NULL, etag TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE counts (
  tenant_id TEXT NOT NULL, minute INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (tenant_id, minute, name)
) WITHOUT ROWID;
"""


def prepare(data_dir: Path, *, busy_timeout_ms: int) -> Path:
    """The path of the file, with its tables made; StoreUnusable when it is of a newer release or cannot be written."""
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (data_dir / ".schema-lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several workers start at once
            connection = connect(path, busy_timeout_ms=busy_timeout_ms)
            try:
                _make(connection, path)
            finally:
                connection.close()
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusable(f"store sqlite: {path} cannot be used: {error}") from error
    return path


def connect(path: Path, *, busy_timeout_ms: int) -> sqlite3.Connection:
    """A connection that one thread at a time may use."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=busy_timeout_ms / 1000)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16000")
    return connection


def _make(connection: sqlite3.Connection, path: Path) -> None:
    path.chmod(0o600)
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone() is None:
        connection.executescript(f"BEGIN IMMEDIATE; {TABLES}")
        connection.execute("INSERT INTO meta VALUES ('schema_version', ?), ('entries', 0)", (SCHEMA_VERSION,))
        connection.execute("COMMIT")
        return
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    version = row[0] if row else None
    if version != SCHEMA_VERSION:
        raise StoreUnusable(
            f"store sqlite: {path} has schema version {version}; this release knows only {SCHEMA_VERSION}."
            " Use the release that made it, or another PITH_CACHE_DATA_DIR"
        )
