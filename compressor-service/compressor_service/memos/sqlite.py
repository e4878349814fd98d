"""A memo in one SQLite file, which the workers of a machine share and which survives restarts."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from compressor_service.memos.sqlite_file import transaction
from compressor_service.memos.sqlite_lane import Lane
from compressor_service.memos.sqlite_upkeep import SqliteUpkeep

# SQLite takes only so many parameters in one statement.
_AT_ONCE = 500
# The last use of an entry is written anew after this share of its life, so that reads seldom write.
_RENEW_SHARE = 0.25

_Found = dict[bytes, tuple[bytes, int]]


class SqliteMemo:
    """Reads and writes on two connections, so that no read waits for a write; a file that fails is done without."""

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int,
        ttl_s: float,
        timeout_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._reading = Lane(path, timeout_s=timeout_s)
        self._writing = Lane(path, timeout_s=timeout_s)
        self._upkeep = SqliteUpkeep(
            Lane(path, timeout_s=timeout_s), path, max_bytes=max_bytes, ttl_s=ttl_s, clock=clock
        )

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo; a read makes the entry live for another `ttl_s`."""
        found: _Found = self._reading.run(lambda db: _select(db, keys)) or {}
        now = int(self._clock())
        aged = [(now, key) for key, (_, used_at) in found.items() if now - used_at > self._ttl_s * _RENEW_SHARE]
        if aged:
            self._writing.run(lambda db: _renew(db, aged))
        return [found[key][0] if key in found else None for key in keys]

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See SharedMemo."""
        now = int(self._clock())
        held: _Found = self._writing.run(lambda db: _insert(db, items, now)) or {}
        return [held[key][0] if key in held else value for key, value in items]

    def tidy(self) -> None:
        """Delete what is too old or too much; done from time to time by a thread of its own, too."""
        self._upkeep.tidy()

    def close(self) -> None:
        """See SharedMemo."""
        self._upkeep.close()
        self._reading.close()
        self._writing.close()


def _select(db: sqlite3.Connection, keys: Sequence[bytes]) -> _Found:
    found: _Found = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        rows = db.execute(f"SELECT key, value, used_at FROM entries WHERE key IN ({marks})", some)  # noqa: S608
        found |= {key: (value, used_at) for key, value, used_at in rows}
    return found


def _insert(db: sqlite3.Connection, items: Sequence[tuple[bytes, bytes]], now: int) -> _Found:
    with transaction(db):
        db.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?)", [(key, value, now) for key, value in items])
        return _select(db, [key for key, _ in items])


def _renew(db: sqlite3.Connection, aged: Sequence[tuple[int, bytes]]) -> None:
    with transaction(db):
        db.executemany("UPDATE entries SET used_at = ? WHERE key = ?", aged)
