"""A connection to the memo's file for one thread at a time, which is done without while the file fails."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from compressor_service.memos import FAILURES
from compressor_service.memos.sqlite_file import connect, inode_of, is_broken, is_busy, make_file, set_aside

R = TypeVar("R")

# How long an unusable file is left alone before it is tried again.
REST_S = 10.0


class Lane:
    """Runs work on the file; opens it again when it failed, was deleted, or was set aside by another process."""

    def __init__(self, path: Path, *, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._next_try = 0.0

    def run(self, work: Callable[[sqlite3.Connection], R]) -> R | None:
        """Return the result of the work; None when the file fails, or is in use for too long."""
        if not self._lock.acquire(timeout=self._timeout_s):
            FAILURES.labels("busy").inc()
            return None
        try:
            if self._clock() < self._next_try:
                FAILURES.labels("resting").inc()
                return None
            return work(self._connected())
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection; later calls return None."""
        with self._lock:
            self._drop()
            self._next_try = float("inf")

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None or inode_of(self._path) != self._inode:
            self._drop()
            self._inode = make_file(self._path)
            self._connection = connect(self._path, timeout_s=self._timeout_s)
        return self._connection

    def _fail(self, error: Exception) -> None:
        if is_busy(error):
            FAILURES.labels("busy").inc()
            return
        FAILURES.labels("unusable").inc()
        self._drop()
        if is_broken(error):
            set_aside(self._path, self._inode)
        else:
            self._next_try = self._clock() + REST_S

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
