"""The memo in Redis: one round trip, entries that end, and a server that does not answer."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from secrets import token_bytes

import pytest
import redis

from compressor_service.memos import FAILURES
from compressor_service.memos.breaker import Breaker
from compressor_service.memos.redis import PREFIX, RedisMemo
from grpc_serving.settings import SettingsError
from redis_server import RedisProcess

pytest_plugins = ["fixtures_redis"]

TTL_S = 1000.0
TIMEOUT_S = 0.25


@pytest.fixture
def memo(redis_process: RedisProcess) -> Iterator[RedisMemo]:
    """A memo on a server of this test alone."""
    with closing(RedisMemo(redis_process.url, ttl_s=TTL_S, timeout_s=TIMEOUT_S)) as memo:
        yield memo


@pytest.fixture
def server(redis_process: RedisProcess) -> Iterator[redis.Redis]:
    """A connection beside it."""
    with redis.Redis.from_url(redis_process.url, protocol=2) as client:
        yield client


def failures(reason: str) -> float:
    """How many calls went without so far."""
    return FAILURES.labels(reason)._value.get()


def test_a_call_is_one_round_trip(memo: RedisMemo, server: redis.Redis) -> None:
    """However many keys it names."""
    items = [(str(number).encode(), b"value") for number in range(50)]
    reads = [server.info("stats")["total_reads_processed"]]
    memo.remember_many(items)
    reads.append(server.info("stats")["total_reads_processed"])
    memo.get_many([key for key, _ in items])
    reads.append(server.info("stats")["total_reads_processed"])
    assert [after - before for before, after in pairwise(reads)] == [2, 2]  # ours and the question


def test_every_entry_ends_and_a_read_renews_it(memo: RedisMemo, server: redis.Redis) -> None:
    """An entry lives for the time set after its last use."""
    memo.remember_many([(b"k", b"v")])
    name = PREFIX + b"k".hex().encode()
    assert TTL_S - 5 <= server.ttl(name) <= TTL_S
    server.expire(name, 10)
    memo.remember_many([(b"k", b"w")])
    assert server.ttl(name) <= 10
    assert memo.get_many([b"k"]) == [b"v"]
    assert server.ttl(name) > 10


def test_replicas_agree(memo: RedisMemo, redis_process: RedisProcess) -> None:
    """The first of two on one server holds for both."""
    with closing(RedisMemo(redis_process.url, ttl_s=TTL_S, timeout_s=TIMEOUT_S)) as other:
        assert memo.remember_many([(b"k", b"first")]) == [b"first"]
        assert other.remember_many([(b"k", b"second")]) == [b"first"]


def test_a_server_that_hangs_is_waited_for_briefly_then_left_alone(redis_process: RedisProcess) -> None:
    """Three calls wait their deadline, the next ones nothing; when it goes on, it is used again."""
    breaker = Breaker(failures=3, rest_s=0.2)
    with closing(RedisMemo(redis_process.url, ttl_s=TTL_S, timeout_s=0.1, breaker=breaker)) as memo:
        memo.remember_many([(b"k", b"v")])
        before = failures("unreachable"), failures("resting")
        redis_process.pause()
        started = time.monotonic()
        assert [memo.get_many([b"k"]) for _ in range(3)] == [[None]] * 3
        assert memo.remember_many([(b"k", b"other")]) == [b"other"]
        assert memo.get_many([]) == []
        assert 0.25 < time.monotonic() - started < 2.0
        assert failures("unreachable") == before[0] + 3
        assert failures("resting") == before[1] + 1
        redis_process.resume()
        assert _soon(memo, b"k") == b"v"


def test_a_server_that_died_is_done_without_and_taken_back(redis_process: RedisProcess) -> None:
    """Nothing is raised, values come back."""
    with closing(RedisMemo(redis_process.url, ttl_s=TTL_S, timeout_s=TIMEOUT_S)) as memo:
        memo.remember_many([(b"k", b"v")])
        redis_process.stop()
        assert memo.get_many([b"k", b"l"]) == [None, None]
        assert memo.remember_many([(b"k", b"w")]) == [b"w"]


def test_a_server_that_is_not_there_at_the_start_hinders_nobody() -> None:
    """The memo opens, knows nothing and counts it."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but not listening
        before = failures("unreachable")
        with closing(RedisMemo(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0", ttl_s=60, timeout_s=0.1)) as memo:
            assert memo.get_many([b"k"]) == [None]
        assert failures("unreachable") == before + 2


def test_a_full_server_is_counted_and_still_read(memo: RedisMemo, server: redis.Redis) -> None:
    """It refuses to write; what was remembered before goes on holding."""
    memo.remember_many([(b"k", b"v")])
    server.config_set("maxmemory", "1")
    before = failures("refused")
    assert memo.remember_many([(b"new", b"1"), (b"k", b"2")]) == [b"1", b"v"]
    assert failures("refused") == before + 2
    server.config_set("maxmemory", "0")
    assert memo.get_many([b"new", b"k"]) == [None, b"v"]


def test_a_url_that_is_none_is_refused_without_being_shown() -> None:
    """It may hold a password."""
    with pytest.raises(SettingsError, match="PITH_COMPRESSOR_REDIS_URL") as caught:
        RedisMemo("http://:secret-word@host", ttl_s=60, timeout_s=0.1)
    assert "secret-word" not in str(caught.value)


def test_names_on_the_server_share_a_prefix(memo: RedisMemo, server: redis.Redis) -> None:
    """An operator can give rights to them, and count them, by pattern."""
    memo.remember_many([(token_bytes(32), b"v"), (token_bytes(32), b"w")])
    assert len(server.keys(b"pith:memo:*")) == server.dbsize() == 2


def _soon(memo: RedisMemo, key: bytes) -> bytes | None:
    """Ask until the breaker lets somebody try."""
    deadline = time.monotonic() + 10
    while (value := memo.get_many([key])[0]) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return value
