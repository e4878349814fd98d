"""The bounds of the memo in memory; what every memo must do is in tests/contract/test_memos.py."""

from compressor_service.memos.lru import LruMemo

KEY_BYTES = 8


def key(number: int) -> bytes:
    """Make a key."""
    return number.to_bytes(KEY_BYTES)


def test_entries_are_bounded_and_the_least_recently_used_goes() -> None:
    """A read makes an entry recent."""
    memo = LruMemo(max_entries=2, max_bytes=100_000)
    memo.remember_many([(key(1), b"a"), (key(2), b"b")])
    assert memo.get_many([key(1)]) == [b"a"]
    memo.remember_many([(key(3), b"c")])
    assert memo.get_many([key(1), key(2), key(3)]) == [b"a", None, b"c"]
    assert len(memo) == 2


def test_bytes_are_bounded_and_too_large_a_value_is_let_go() -> None:
    """The size never passes the limit, and one huge value does not empty the memo."""
    memo = LruMemo(max_entries=1_000, max_bytes=3_000)
    for number in range(50):
        memo.remember_many([(key(number), b"x" * 500)])
        assert memo.size_bytes <= 3_000
    assert memo.remember_many([(key(99), b"x" * 5_000)]) == [b"x" * 5_000]
    assert memo.get_many([key(99)]) == [None]
    assert memo.get_many([key(49)]) != [None]


def test_old_entries_are_named_once_an_age() -> None:
    """Whoever takes the old ones has them for another such time; unknown keys have no age."""
    now = [0.0]
    memo = LruMemo(max_entries=9, max_bytes=9_999, clock=lambda: now[0])
    memo.remember_many([(key(1), b"a")])
    now[0] = 60.0
    memo.remember_many([(key(2), b"b")])
    now[0] = 101.0
    assert memo.take_older([key(1), key(1), key(2), key(3)], 100) == [key(1)]
    assert memo.take_older([key(1), key(2), key(3)], 100) == []


def test_a_closed_memo_is_empty() -> None:
    """Closing gives the memory back."""
    memo = LruMemo(max_entries=9, max_bytes=9_999)
    memo.remember_many([(key(1), b"a")])
    memo.close()
    assert (len(memo), memo.size_bytes) == (0, 0)
