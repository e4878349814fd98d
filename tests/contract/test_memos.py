"""What every memo does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compressor_service.memos import MemoOptions, SharedMemo, open_memo
from compressor_service.memos.lru import LruMemo
from compressor_service.memos.redis import RedisMemo
from compressor_service.memos.sqlite import SqliteMemo

pytest_plugins = ["fixtures_redis"]

# A busy machine must not make a memo forget; deadlines have tests of their own.
TIMEOUT_S = 5.0
KINDS = ["lru", "sqlite", "redis", "opened_lru", "opened_sqlite", "opened_redis"]


@pytest.fixture(params=KINDS)
def memo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedMemo]:
    """One memo of each kind."""
    opened = _open(request, tmp_path / "memo.sqlite3")
    yield opened
    opened.close()


def _open(request: pytest.FixtureRequest, file: Path) -> SharedMemo:
    options = MemoOptions(timeout_s=TIMEOUT_S, file=file)
    match request.param:
        case "lru":
            return LruMemo(max_entries=1_000, max_bytes=1_000_000)
        case "sqlite":
            return SqliteMemo(file, max_bytes=10_000_000, ttl_s=3600, timeout_s=TIMEOUT_S)
        case "redis":
            return RedisMemo(request.getfixturevalue("redis_url"), ttl_s=3600, timeout_s=TIMEOUT_S)
        case "opened_redis":
            return open_memo(replace(options, kind="redis", redis_url=request.getfixturevalue("redis_url")))
        case _:
            return open_memo(replace(options, kind=request.param.removeprefix("opened_")))


@pytest.fixture
def key() -> Callable[[str], bytes]:
    """Keys that no other test uses."""
    own = token_bytes(16)
    return lambda name: own + name.encode()


def test_an_unknown_key_is_none(memo: SharedMemo, key: Callable[[str], bytes]) -> None:
    """Nothing is made up."""
    assert memo.get_many([key("unknown"), key("either")]) == [None, None]


def test_the_first_value_holds(memo: SharedMemo, key: Callable[[str], bytes]) -> None:
    """Whoever comes later is told what was remembered first; the new ones beside it are remembered."""
    assert memo.remember_many([(key("a"), b"one")]) == [b"one"]
    assert memo.remember_many([(key("a"), b"two"), (key("b"), b"three")]) == [b"one", b"three"]
    assert memo.get_many([key("b"), key("c"), key("a")]) == [b"three", None, b"one"]


def test_the_first_of_two_in_one_call_holds(memo: SharedMemo, key: Callable[[str], bytes]) -> None:
    """A request may hold the same text twice."""
    assert memo.remember_many([(key("a"), b"one"), (key("a"), b"two")]) == [b"one", b"one"]
    assert memo.get_many([key("a"), key("a")]) == [b"one", b"one"]


def test_nothing_is_asked_for_nothing(memo: SharedMemo) -> None:
    """An empty call has an empty answer."""
    assert memo.get_many([]) == []
    assert memo.remember_many([]) == []


def test_many_at_once(memo: SharedMemo, key: Callable[[str], bytes]) -> None:
    """More than SQLite takes in one statement."""
    items = [(key(str(number)), str(number).encode()) for number in range(900)]
    assert memo.remember_many(items) == [value for _, value in items]
    assert memo.get_many([name for name, _ in items]) == [value for _, value in items]


def test_all_threads_get_the_same_value(memo: SharedMemo, key: Callable[[str], bytes]) -> None:
    """Of many writers at once, one wins for all."""
    with ThreadPoolExecutor(20) as pool:
        values = [str(number).encode() for number in range(200)]
        held = set(pool.map(lambda value: memo.remember_many([(key("race"), value)])[0], values))
    assert held == set(memo.get_many([key("race")]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.dictionaries(st.binary(min_size=1, max_size=20), st.binary(max_size=50), max_size=20))
def test_what_is_remembered_is_read(memo: SharedMemo, values: dict[bytes, bytes]) -> None:
    """Any bytes, empty values included."""
    own = token_bytes(16)
    memo.remember_many([(own + name, value) for name, value in values.items()])
    assert memo.get_many([own + name for name in values]) == list(values.values())
