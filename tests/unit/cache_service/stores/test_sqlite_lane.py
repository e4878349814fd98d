"""Blocking work beside the event loop."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import StoreDown
from cache_service.stores.sqlite_lane import Lane
from cache_service.stores.sqlite_schema import connect, prepare
from grpc_serving.errors import Overloaded


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    """A lane in which two calls may be at a time."""
    made = Lane("read", sqlite3.connect(":memory:", check_same_thread=False), max_waiting=2)
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
        await lane.run(lambda: lane.connection.execute("SELECT * FROM nowhere"))
    assert await lane.run(lambda: lane.connection.execute("SELECT 1").fetchone()) == (1,)


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
    path = prepare(tmp_path, busy_timeout_ms=100)
    writer = connect(path, busy_timeout_ms=100)
    lane = Lane("read", connect(path, busy_timeout_ms=100), max_waiting=2)

    def count() -> int:
        return int(lane.connection.execute("SELECT COUNT(*) FROM policies").fetchone()[0])

    def count_around_a_write() -> tuple[int, int]:
        before = count()
        writer.execute("INSERT INTO policies VALUES ('acme', 'tenant', 1, '', 1, 'e')")
        return before, count()

    assert await lane.read(count_around_a_write) == (0, 0)
    assert await lane.read(count) == 1
    await lane.close()
    writer.close()
