"""What every memo does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.memos import Memo, open_memo
from compressor_service.memos.lru import LruMemo


def memos() -> list[Memo]:
    """Open one of each kind."""
    return [LruMemo(max_entries=1_000, max_bytes=1_000_000), open_memo(max_entries=1_000, max_bytes=1_000_000)]


KINDS = pytest.mark.parametrize("memo", memos(), ids=["lru", "open_memo"])


@KINDS
def test_an_unknown_key_is_none(memo: Memo) -> None:
    """Nothing is made up."""
    assert memo.get(b"unknown") is None


@KINDS
def test_the_first_value_holds(memo: Memo) -> None:
    """Whoever comes later is told what was remembered first."""
    assert memo.remember(b"first", b"one") == b"one"
    assert memo.remember(b"first", b"two") == b"one"
    assert memo.get(b"first") == b"one"


@KINDS
def test_all_threads_get_the_same_value(memo: Memo) -> None:
    """Of twenty writers at once, one wins for all."""
    with ThreadPoolExecutor(20) as pool:
        held = set(pool.map(lambda number: memo.remember(b"race", str(number).encode()), range(200)))
    assert held == {memo.get(b"race")}


@given(st.dictionaries(st.binary(min_size=1, max_size=20), st.binary(max_size=50), max_size=20))
def test_what_is_remembered_is_read(values: dict[bytes, bytes]) -> None:
    """Any bytes, empty values included."""
    for memo in memos():
        for key, value in values.items():
            memo.remember(key, value)
        assert {key: memo.get(key) for key in values} == values
