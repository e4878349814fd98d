"""What was sent on for a text, remembered so that it is sent on alike in later turns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from prometheus_client import Counter

from compressor_service.sealing import Keyring, new_keyring

FAILURES = Counter(
    "pith_compressor_memo_failures_total",
    "Calls to the shared memo that went without it, by reason: busy, unusable, unreachable, resting, refused, broken_seal.",
    ["reason"],
)


class SharedMemo(Protocol):
    """A bounded map from a digest to bytes, safe to share between threads; where it fails, it knows nothing."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what is remembered under each key, or None."""
        ...

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Remember each value unless its key has one already; return the ones that hold: the first."""
        ...

    def close(self) -> None:
        """Finish what is under way and give back files and connections."""
        ...


class Memo(SharedMemo, Protocol):
    """What a process knows itself, and what it can ask for."""

    def peek_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what this process itself knows, without waiting for anybody and without counting."""
        ...


@dataclass(frozen=True)
class MemoOptions:
    """Which memo to open, and its bounds.

    `max_entries` and `max_bytes` bound the memory of one process, `file_max_bytes` the SQLite file; `ttl_s` is how long
    the shared memo keeps an entry after its last use, `timeout_s` how long a call to it may take.
    """

    kind: Literal["sqlite", "redis", "lru"] = "lru"
    keyring: Keyring = field(default_factory=new_keyring, repr=False)
    max_entries: int = 20_000
    max_bytes: int = 64 * 2**20
    ttl_s: float = 86_400.0
    timeout_s: float = 0.025
    file: Path = Path("memo.sqlite3")
    file_max_bytes: int = 2**30
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)


def open_memo(options: MemoOptions) -> Memo:
    """Open the memory of this process, in front of the memo that workers and replicas share where one is named."""
    from compressor_service.memos.lru import LruMemo  # noqa: PLC0415

    front = LruMemo(max_entries=options.max_entries, max_bytes=options.max_bytes)
    if options.kind == "lru":
        return front
    from compressor_service.memos.layered import LayeredMemo  # noqa: PLC0415
    from compressor_service.memos.sealed import SealedMemo  # noqa: PLC0415

    return LayeredMemo(front, SealedMemo(_open_shared(options), options.keyring), renew_after_s=options.ttl_s / 2)


def _open_shared(options: MemoOptions) -> SharedMemo:
    if options.kind == "redis":
        from compressor_service.memos.redis import RedisMemo  # noqa: PLC0415

        return RedisMemo(options.redis_url, ttl_s=options.ttl_s, timeout_s=options.timeout_s)
    from compressor_service.memos.sqlite import SqliteMemo  # noqa: PLC0415

    return SqliteMemo(options.file, max_bytes=options.file_max_bytes, ttl_s=options.ttl_s, timeout_s=options.timeout_s)
