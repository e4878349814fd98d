"""The memory of this process in front of a memo that others share."""

from collections.abc import Sequence

from prometheus_client import Counter

from compressor_service.memos import SharedMemo
from compressor_service.memos.lru import LruMemo

SHARED_LOOKUPS = Counter(
    "pith_compressor_memo_shared_lookups_total",
    "Lookups that memory could not answer, by the shared memo's result.",
    ["result"],
)


class LayeredMemo:
    """What this process has sent on holds for it; otherwise what another process remembered first.

    A read of the shared memo makes its entry live longer. So what memory has answered for `renew_after_s` is asked for
    again, lest an entry in daily use runs out for the others.
    """

    def __init__(self, front: LruMemo, shared: SharedMemo, *, renew_after_s: float) -> None:
        self._front = front
        self._shared = shared
        self._renew_after_s = renew_after_s

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo."""
        known = dict(zip(keys, self._front.get_many(keys), strict=True))
        unknown = [key for key, value in known.items() if value is None]
        asked = unknown + self._front.take_older(keys, self._renew_after_s)
        if asked:
            found = {
                key: value for key, value in zip(asked, self._shared.get_many(asked), strict=True) if value is not None
            }
            known |= dict(zip(found, self._front.remember_many(list(found.items())), strict=True))
            hits = sum(known[key] is not None for key in unknown)
            SHARED_LOOKUPS.labels("hit").inc(hits)
            SHARED_LOOKUPS.labels("miss").inc(len(unknown) - hits)
        return [known[key] for key in keys]

    def peek_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See Memo."""
        return self._front.peek_many(keys)

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See SharedMemo."""
        keys = [key for key, _ in items]
        known = zip(keys, self._front.peek_many(keys), strict=True)
        held = {key: value for key, value in known if value is not None}
        new = [item for item in items if item[0] not in held]
        if new:
            for (key, _), value in zip(new, self._shared.remember_many(new), strict=True):
                held.setdefault(key, value)
        return self._front.remember_many([(key, held[key]) for key in keys])

    def close(self) -> None:
        """See SharedMemo."""
        self._shared.close()
        self._front.close()
