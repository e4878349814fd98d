"""Calls to Redis: their deadline, their number, their scripts, their rest after failures."""

from pathlib import Path

import pytest

from cache_service.stores import StoreDown, StoreOptions, StoreUnusable
from cache_service.stores.redis_client import (
    FAILURES_BEFORE_REST,
    LONGEST_REST_S,
    Rest,
    Script,
    command,
    connect,
    has_command,
    partition_tag,
    run_script,
)

pytest_plugins = ["fixtures_redis"]


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_a_rest_begins_after_failures_in_a_row_and_grows() -> None:
    """One call at a time may try again, ever more rarely, and an answer ends the rest."""
    clock = Clock()
    rest = Rest(clock)
    assert [rest.failed() for _ in range(FAILURES_BEFORE_REST)] == [False, False, True]
    assert not rest.allows()
    waits = []
    for _ in range(12):
        started = clock.now
        while not rest.allows():
            clock.now += 0.01
        assert not rest.allows()
        waits.append(round(clock.now - started, 2))
        rest.failed()
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(LONGEST_REST_S, abs=0.05)
    assert rest.succeeded()
    assert rest.allows()
    assert not rest.succeeded()


def test_an_answer_between_failures_counts_them_anew() -> None:
    """Single failures never begin a rest."""
    rest = Rest(Clock())
    for _ in range(10):
        assert not rest.failed()
        rest.succeeded()
        assert rest.allows()


def test_a_tag_is_of_the_partition() -> None:
    """With the braces that a Cluster looks for."""
    assert partition_tag(b"\x01" * 32) == "{0101010101010101}"
    assert partition_tag(b"\x01" * 32) != partition_tag(b"\x02" * 32)


async def test_scripts_are_sent_once_and_again_to_a_server_that_forgot_them(redis_url: str, tmp_path: Path) -> None:
    """Alone and among several."""
    client = await connect(StoreOptions(tmp_path, redis_url=redis_url))
    try:
        script = Script("return {KEYS[1], ARGV[1]} -- of a test")
        for _ in range(2):
            await client.call("SCRIPT", "FLUSH")
            assert await client.script(script, ["k"], [1]) == [b"k", b"1"]
            await client.call("SCRIPT", "FLUSH")
            several = [command("ECHO", "a"), run_script(script, ["k"], ["b"]), command("ECHO", "c")]
            assert await client.several(several) == [b"a", [b"k", b"b"], b"c"]
        assert await client.several([]) == []
    finally:
        await client.close()


async def test_a_refusal_is_said_and_ends_nothing(redis_url: str, tmp_path: Path) -> None:
    """The server answers; the next call works."""
    client = await connect(StoreOptions(tmp_path, redis_url=redis_url))
    try:
        for _ in range(5):
            with pytest.raises(StoreDown, match="refuses"):
                await client.call("NO-SUCH-COMMAND")
        with pytest.raises(StoreDown):
            await client.several([command("PING"), command("NO-SUCH-COMMAND")])
        assert await client.call("ECHO", "x") == b"x"
        assert await has_command(client, "GET")
        assert not await has_command(client, "NO-SUCH-COMMAND")
    finally:
        await client.close()


async def test_tls_files_need_a_tls_url(tmp_path: Path) -> None:
    """Otherwise they would be left unused without a word."""
    options = StoreOptions(tmp_path, redis_url="redis://127.0.0.1:1", redis_tls_ca_file=tmp_path / "ca.pem")
    with pytest.raises(StoreUnusable, match="not rediss://"):
        await connect(options)


async def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """By its setting."""
    options = StoreOptions(tmp_path, redis_url="redis://127.0.0.1:1", redis_password_file=tmp_path / "none")
    with pytest.raises(StoreUnusable, match="redis_password_file"):
        await connect(options)
