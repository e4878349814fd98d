"""Keeps the memo's SQLite file within its bounds, and moves its write-ahead log into it."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from prometheus_client import Gauge

from compressor_service.memos.sqlite_file import transaction
from compressor_service.memos.sqlite_lane import Lane

FILE_BYTES = Gauge("pith_compressor_memo_file_bytes", "Bytes of the memo's SQLite file that are in use.")

EVERY_S = 5.0
# Deleted at once, so that no one else's write waits long; the pause lets them in.
_AT_ONCE = 200
_PAUSE_S = 0.01
# A log that has grown this long is started anew, for which writers wait a moment.
_LONG_LOG_BYTES = 32 * 2**20


class SqliteUpkeep:
    """A thread that tidies up from time to time, on a connection of its own."""

    def __init__(self, lane: Lane, path: Path, *, max_bytes: int, ttl_s: float, clock: Callable[[], float]) -> None:
        self._lane = lane
        self._log = path.with_name(f"{path.name}-wal")
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="memo-upkeep", daemon=True)
        self._thread.start()

    def tidy(self) -> None:
        """Delete what was not used for `ttl_s`, then the least recently used beyond `max_bytes`, then checkpoint."""
        oldest = int(self._clock() - self._ttl_s)
        while self._lane.run(lambda db: _delete(db, before=oldest)) and not self._ending.wait(_PAUSE_S):
            pass
        while self._lane.run(self._shrink) and not self._ending.wait(_PAUSE_S):
            pass
        self._lane.run(self._checkpoint)

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join()
        self._lane.close()

    def _work(self) -> None:
        while not self._ending.wait(EVERY_S):
            self.tidy()

    def _shrink(self, db: sqlite3.Connection) -> int:
        used = _used_bytes(db)
        FILE_BYTES.set(used)
        return _delete(db, before=None) if used > self._max_bytes else 0

    def _checkpoint(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        if self._log.exists() and self._log.stat().st_size > _LONG_LOG_BYTES:
            db.execute("PRAGMA wal_checkpoint(RESTART)")


def _delete(db: sqlite3.Connection, *, before: int | None) -> int:
    """Delete some of the entries that were last used before a time, or of all; the least recently used first."""
    where = "" if before is None else "WHERE used_at < :before"
    oldest = f"SELECT rowid FROM entries {where} ORDER BY used_at LIMIT :some"  # noqa: S608
    values = {"before": before, "some": _AT_ONCE}
    if db.execute(oldest, values).fetchone() is None:  # most of the time; a transaction would make writers wait
        return 0
    with transaction(db):
        return db.execute(f"DELETE FROM entries WHERE rowid IN ({oldest})", values).rowcount  # noqa: S608


def _used_bytes(db: sqlite3.Connection) -> int:
    (pages,), (free,), (size,) = (
        db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
