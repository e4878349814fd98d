"""A connection with what reading from it takes: the payloads' keys, the watermarks, the file's clock."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import structlog

from cache_service.stores import Target, TargetKind
from cache_service.stores.payloads import PayloadLost, Payloads
from cache_service.stores.watermarks import Mark, Watermarks

LEAD_LOGGED_S = 5.0
# What the vector of a neighbourhood's mark is bound to.
MARK_PLACE = b"watermark"

log = structlog.get_logger("cache_service.stores.sqlite")


class StoreClock:
    """The machine's clock, moved ahead where the file has seen a later time: what has expired never comes back."""

    def __init__(self, machine: Callable[[], float]) -> None:
        self._machine = machine
        self._lead_s = 0.0

    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._machine() + self._lead_s

    def saw(self, at: float) -> None:
        """Takes notice of a time that another process, or this machine before its clock was set back, has written."""
        lead_s = at - self._machine()
        if lead_s <= self._lead_s:
            return
        if lead_s > self._lead_s + LEAD_LOGGED_S:
            log.warning("the file has seen a later time than this machine's, which is used from now on", lead_s=lead_s)
        self._lead_s = lead_s


class Session:
    """What one lane reads and writes with; used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, payloads: Payloads, clock: StoreClock) -> None:
        self.connection = connection
        self.payloads = payloads
        self.clock = clock
        self.marks = Watermarks()
        self.version = -1
        self.deleted = 0
        self._marks_version = -1.0

    def now(self) -> float:
        """The store's clock."""
        return self.clock.now()

    def refresh(self) -> None:
        """Reads what other connections have changed; first of all in a snapshot, which it begins."""
        version = int(self.connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self.version:
            self.reread()
            self.version = version

    def reread(self) -> None:
        """Reads the clock, the number of deletions, and the watermarks where there are others."""
        rows = dict(self.connection.execute("SELECT name, value FROM meta WHERE name IN ('clock', 'deleted', 'marks')"))
        self.clock.saw(rows["clock"])
        self.deleted = rows["deleted"]
        if rows["marks"] != self._marks_version:
            self.marks = Watermarks(self.read_marks(swept=True))
            self._marks_version = rows["marks"]

    def read_marks(self, *, swept: bool) -> tuple[Mark, ...]:
        """The marks of the file, with those whose entries are all deleted or without."""
        rows = self.connection.execute(
            "SELECT tenant_id, kind, value, keep_version, vector, min_similarity, at FROM watermarks WHERE swept <= ?",
            (int(swept),),
        )
        return tuple(self._mark(*row) for row in rows)

    def _mark(self, tenant_id: str, kind: str, value: str, keep_version: str, *rest: object) -> Mark:
        packed, min_similarity, at = rest
        target = Target(TargetKind(kind), value, keep_version)
        if isinstance(packed, bytes):
            try:
                vector = np.frombuffer(self.payloads.unpack(tenant_id, MARK_PLACE, packed), "<f4")
            except PayloadLost:  # what it named cannot be told any more, so that all of the tenant is meant
                target = Target(TargetKind.TENANT)
            else:
                target = replace(target, vector=vector, min_similarity=float(str(min_similarity)))
        return Mark(tenant_id, target, float(str(at)))
