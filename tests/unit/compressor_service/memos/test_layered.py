"""When the shared memo is asked, and which value holds."""

from collections.abc import Sequence

from compressor_service.memos.layered import SHARED_LOOKUPS, LayeredMemo
from compressor_service.memos.lru import LruMemo

RENEW_AFTER_S = 100.0


class Shared:
    """A memo that notes what it is asked and can be out of reach."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}
        self.asked: list[list[bytes]] = []
        self.away = False

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo."""
        self.asked.append(list(keys))
        return [None if self.away else self.held.get(key) for key in keys]

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See SharedMemo."""
        return [value if self.away else self.held.setdefault(key, value) for key, value in items]

    def close(self) -> None:
        """See SharedMemo."""
        self.away = True


def layered(shared: Shared, now: list[float] | None = None) -> LayeredMemo:
    """A process with a memory of its own."""
    now = now or [0.0]
    front = LruMemo(max_entries=100, max_bytes=100_000, clock=lambda: now[0])
    return LayeredMemo(front, shared, renew_after_s=RENEW_AFTER_S)


def test_what_another_process_remembered_first_holds_here() -> None:
    """Neither overwrites the other; memory takes over what holds."""
    shared = Shared()
    one, other = layered(shared), layered(shared)
    assert one.remember_many([(b"k", b"first")]) == [b"first"]
    assert other.remember_many([(b"k", b"second")]) == [b"first"]
    assert other.get_many([b"k"]) == [b"first"]
    assert shared.asked == []


def test_only_what_memory_lacks_is_asked_for() -> None:
    """In one call, and once."""
    shared = Shared()
    shared.held = {b"b": b"2", b"c": b"3"}
    memo = layered(shared)
    memo.remember_many([(b"a", b"1")])
    assert memo.get_many([b"a", b"b", b"x", b"c"]) == [b"1", b"2", None, b"3"]
    assert memo.get_many([b"c", b"a", b"b"]) == [b"3", b"1", b"2"]
    assert shared.asked == [[b"b", b"x", b"c"]]


def test_what_was_sent_on_while_the_shared_memo_was_away_holds_in_this_process() -> None:
    """Its own words count for it, also when the others remember something else by then."""
    shared = Shared()
    memo = layered(shared)
    shared.away = True
    assert memo.remember_many([(b"k", b"own")]) == [b"own"]
    shared.away = False
    shared.held[b"k"] = b"theirs"
    assert memo.get_many([b"k"]) == [b"own"]
    assert memo.remember_many([(b"k", b"new")]) == [b"own"]


def test_an_entry_in_use_is_renewed_and_memory_goes_on_answering() -> None:
    """Asking makes it live longer elsewhere; nothing depends on the answer."""
    now, shared = [0.0], Shared()
    memo = layered(shared, now)
    memo.remember_many([(b"k", b"v")])
    now[0] = RENEW_AFTER_S + 1
    shared.away = True
    assert memo.get_many([b"k"]) == [b"v"]
    assert memo.get_many([b"k"]) == [b"v"]
    assert shared.asked == [[b"k"]]


def test_lookups_of_the_shared_memo_are_counted() -> None:
    """Hits and misses, without those that memory answered."""
    hits, misses = SHARED_LOOKUPS.labels("hit"), SHARED_LOOKUPS.labels("miss")
    before = (hits._value.get(), misses._value.get())
    shared = Shared()
    shared.held = {b"a": b"1"}
    memo = layered(shared)
    memo.get_many([b"a", b"b"])
    memo.get_many([b"a"])
    assert (hits._value.get(), misses._value.get()) == (before[0] + 1, before[1] + 1)


def test_a_peek_asks_nobody() -> None:
    """It tells what this process knows, also while the shared memo hangs."""
    shared = Shared()
    shared.held = {b"b": b"2"}
    memo = layered(shared)
    memo.remember_many([(b"a", b"1")])
    assert memo.peek_many([b"a", b"b"]) == [b"1", None]
    assert shared.asked == []


def test_closing_closes_both() -> None:
    """Nothing stays open."""
    shared = Shared()
    layered(shared).close()
    assert shared.away
