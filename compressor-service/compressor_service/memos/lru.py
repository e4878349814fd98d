"""A memo in this process, bounded in entries and bytes; the least recently used go first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Gauge

LOOKUPS = Counter("pith_compressor_memo_lookups_total", "Lookups in the memory of the process by result.", ["result"])
BYTES = Gauge("pith_compressor_memo_bytes", "Bytes that the memo in memory holds, keys included.")

# What an entry costs beyond its key and value.
_OVERHEAD_BYTES = 300


@dataclass(slots=True)
class _Entry:
    value: bytes
    since: float


class LruMemo:
    """Remembers the most recently used values."""

    def __init__(self, *, max_entries: int, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """The bytes held, overhead included."""
        return self._bytes

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what is remembered, and count it; a hit makes it the most recently used."""
        values = self.peek_many(keys)
        hits = sum(value is not None for value in values)
        LOOKUPS.labels("hit").inc(hits)
        LOOKUPS.labels("miss").inc(len(values) - hits)
        return values

    def peek_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what is remembered; not counted as lookups."""
        with self._lock:
            return [self._read(key) for key in keys]

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Remember each value unless one is known already; return those that hold. Too large a value is let go."""
        with self._lock:
            held = [self._remember(key, value) for key, value in items]
            BYTES.set(self._bytes)
        return held

    def take_older(self, keys: Sequence[bytes], age_s: float) -> list[bytes]:
        """Return which of the keys have been known for longer than this, and count their age anew."""
        now = self._clock()
        older = []
        with self._lock:
            for key in dict.fromkeys(keys):
                entry = self._entries.get(key)
                if entry is not None and now - entry.since > age_s:
                    entry.since = now
                    older.append(key)
        return older

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _read(self, key: bytes) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def _remember(self, key: bytes, value: bytes) -> bytes:
        known = self._read(key)
        if known is not None:
            return known
        cost = len(key) + len(value) + _OVERHEAD_BYTES
        if cost > self._max_bytes:
            return value
        self._entries[key] = _Entry(value, self._clock())
        self._bytes += cost
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            old_key, old = self._entries.popitem(last=False)
            self._bytes -= len(old_key) + len(old.value) + _OVERHEAD_BYTES
        return value
