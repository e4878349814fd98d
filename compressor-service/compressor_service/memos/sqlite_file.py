"""Opens the memo's SQLite file, and sets a broken one aside so that the service can go on with a new one."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

_TABLE = """
CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, used_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used_at);
"""
# Checkpoints wait for the disk, so upkeep makes them; this is the limit should upkeep fall behind.
_CHECKPOINT_PAGES = 50_000
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY = 0xFF

log = structlog.get_logger("compressor_service.memos.sqlite")


def make_file(path: Path) -> int:
    """Make the file with mode 0600 where it is missing; return its inode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def connect(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open the file, with its table made where it is missing; sqlite3.Error or OSError when it cannot be used."""
    with _locked(path):  # several workers start at once, and changing to WAL does not wait for its turn
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=timeout_s)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.executescript(_TABLE)
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def inode_of(path: Path) -> int:
    """Return the inode that the path leads to now, 0 when there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def is_broken(error: Exception) -> bool:
    """Whether the error says that the file's content is no good."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _BROKEN


def is_busy(error: Exception) -> bool:
    """Whether the error says that another process was writing for too long."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _BUSY


def set_aside(path: Path, inode: int) -> None:
    """Rename the broken file, unless another process did so already; one broken file is kept for people to look at."""
    with suppress(OSError), _locked(path):
        if inode_of(path) != inode:
            return
        kept_as = path.with_name(f"{path.name}.broken")
        log.error("memo_set_aside", file=str(path), kept_as=str(kept_as))
        path.replace(kept_as)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction from its first statement on, so that waiting for others happens at the start only."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
