"""Blocking work beside the event loop."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import StoreDown
from cache_service.stores.payloads import PLAIN
from cache_service.stores.sqlite_lane import Inline, Lane
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_session import Session, StoreClock
from grpc_serving.errors import Overloaded


def session(connection: sqlite3.Connection) -> Session:
    """A session without keys."""
    return Session(connection, PLAIN, StoreClock(lambda: 0.0))


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    """A lane in which two calls may be at a time."""
    made = Lane("read", session(sqlite3.connect(":memory:", check_same_thread=False)), max_waiting=2)
    yield made
    await made.close()


async def test_work_runs_in_a_thread_of_its_own(lane: Lane) -> None:
    """Always the same one."""
    threads = {await lane.run(threading.get_ident) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_what_sqlite_says_becomes_store_down(lane: Lane) -> None:
    """The lane works on."""
    with pytest.raises(StoreDown, match="cannot read: no such table"):
        await lane.run(lambda: lane.session.connection.execute("SELECT * FROM nowhere"))
    assert await lane.run(lambda: lane.session.connection.execute("SELECT 1").fetchone()) == (1,)


async def test_too_many_calls_are_refused_at_once(lane: Lane) -> None:
    """They do not queue up without bound."""
    free = threading.Event()
    held = [asyncio.create_task(lane.run(lambda: free.wait(5))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="2 calls wait to read"):
        await lane.run(lambda: None)
    free.set()
    assert await asyncio.gather(*held) == [True, True]
    await lane.run(lambda: None)


async def test_a_read_sees_one_moment_of_the_file(tmp_path: Path) -> None:
    """What another connection commits between two statements is not in the second."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    writer = connect(path, busy_timeout_ms=100)
    lane = Lane("read", session(connect(path, busy_timeout_ms=100)), max_waiting=2)

    def count() -> int:
        return int(lane.session.connection.execute("SELECT COUNT(*) FROM policies").fetchone()[0])

    def count_around_a_write() -> tuple[int, int]:
        before = count()
        writer.execute("INSERT INTO policies VALUES ('acme', 'e', '{}')")
        return before, count()

    assert await lane.read(count_around_a_write) == (0, 0)
    assert await lane.read(count) == 1
    await lane.close()
    writer.close()


async def test_inline_reads_see_what_was_just_written(tmp_path: Path) -> None:
    """In the caller's own thread; what SQLite says becomes StoreDown."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    writer = connect(path, busy_timeout_ms=100)
    inline = Inline(session(connect(path, busy_timeout_ms=100)))

    def count() -> int:
        return int(inline.session.connection.execute("SELECT COUNT(*) FROM policies").fetchone()[0])

    assert inline.read(threading.get_ident) == threading.get_ident()
    assert inline.read(count) == 0
    writer.execute("INSERT INTO policies VALUES ('acme', 'e', '{}')")
    assert inline.read(count) == 1
    with pytest.raises(StoreDown, match="cannot read: no such table"):
        inline.read(lambda: inline.session.connection.execute("SELECT * FROM nowhere"))
    await inline.close()
    writer.close()
