"""What was sent on for a text, remembered so that it is sent on alike in later turns."""

from typing import Protocol


class Memo(Protocol):
    """A bounded map from a digest to bytes; safe to share between threads."""

    def get(self, key: bytes) -> bytes | None:
        """Return what is remembered, or None."""
        ...

    def remember(self, key: bytes, value: bytes) -> bytes:
        """Remember a value unless one is known already; return the one that holds: the first."""
        ...


def open_memo(*, max_entries: int, max_bytes: int) -> Memo:
    """Open the memo of this process; replicas and restarts do not share it."""
    from compressor_service.memos.lru import LruMemo  # noqa: PLC0415

    return LruMemo(max_entries=max_entries, max_bytes=max_bytes)
