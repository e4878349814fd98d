"""The memo's bounds; what every memo must do is in tests/contract/test_memos.py."""

from compressor_service.memos.lru import LruMemo

KEY_BYTES = 8


def key(number: int) -> bytes:
    """Make a key."""
    return number.to_bytes(KEY_BYTES)


def test_entries_are_bounded_and_the_least_recently_used_goes() -> None:
    """A read makes an entry recent."""
    memo = LruMemo(max_entries=2, max_bytes=100_000)
    memo.remember(key(1), b"a")
    memo.remember(key(2), b"b")
    assert memo.get(key(1)) == b"a"
    memo.remember(key(3), b"c")
    assert (memo.get(key(1)), memo.get(key(2)), memo.get(key(3))) == (b"a", None, b"c")
    assert len(memo) == 2


def test_bytes_are_bounded_and_too_large_a_value_is_let_go() -> None:
    """The size never passes the limit, and one huge value does not empty the memo."""
    memo = LruMemo(max_entries=1_000, max_bytes=3_000)
    for number in range(50):
        memo.remember(key(number), b"x" * 500)
        assert memo.size_bytes <= 3_000
    assert memo.get(key(49)) is not None
    assert memo.remember(key(99), b"x" * 5_000) == b"x" * 5_000
    assert memo.get(key(99)) is None
    assert memo.get(key(49)) is not None
