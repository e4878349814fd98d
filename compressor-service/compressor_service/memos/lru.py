"""A memo in this process, bounded in entries and bytes; the least recently used go first."""

import threading
from collections import OrderedDict

from prometheus_client import Counter, Gauge

LOOKUPS = Counter("compressor_memo_lookups_total", "Memo lookups by result.", ["result"])
BYTES = Gauge("compressor_memo_bytes", "Bytes that the memo holds, keys included.")

# What an entry costs beyond its key and value.
_OVERHEAD_BYTES = 200


class LruMemo:
    """Remembers the most recently used values."""

    def __init__(self, *, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """The bytes held, overhead included."""
        return self._bytes

    def get(self, key: bytes) -> bytes | None:
        """Return what is remembered, or None; a hit makes it the most recently used."""
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
        LOOKUPS.labels("miss" if value is None else "hit").inc()
        return value

    def remember(self, key: bytes, value: bytes) -> bytes:
        """Remember a value unless one is known already; return the one that holds. Too large a value is let go."""
        cost = len(key) + len(value) + _OVERHEAD_BYTES
        with self._lock:
            known = self._entries.get(key)
            if known is not None:
                self._entries.move_to_end(key)
                return known
            if cost > self._max_bytes:
                return value
            self._entries[key] = value
            self._bytes += cost
            while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
                old_key, old_value = self._entries.popitem(last=False)
                self._bytes -= len(old_key) + len(old_value) + _OVERHEAD_BYTES
            BYTES.set(self._bytes)
        return value
