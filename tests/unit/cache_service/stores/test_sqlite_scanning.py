"""Going through the file chunk by chunk."""

import asyncio
import sqlite3
from pathlib import Path

from cache_service.stores import StoreOptions, Target, TargetKind
from cache_service.stores.sqlite import SqliteStore
from cache_service.stores.sqlite_invalidating import BATCH
from cache_service.stores.sqlite_schema import FILE_NAME
from fakes_cache import Clock
from fakes_entries import key, new

ROWS = BATCH + 50


async def filled(folder: Path, clock: Clock) -> SqliteStore:
    """A store with more entries than one chunk, every second one red."""
    store = await SqliteStore.open(StoreOptions(folder), clock=clock)
    for number in range(ROWS):
        await store.put(new(clock, f"q{number}", tags=("red",) if number % 2 else ()))
    clock.advance(1)
    return store


async def test_a_count_goes_over_all_chunks(tmp_path: Path) -> None:
    """With the newest ten as samples, dry or not; what is already out of service does not count again."""
    clock = Clock()
    store = await filled(tmp_path, clock)
    red = Target(TargetKind.TAG, "red")
    newest = [key(f"q{number}") for number in range(ROWS - 1, ROWS - 21, -2)]
    for dry_run in (True, False):
        count, samples = await store.invalidate("acme", red, dry_run=dry_run)
        assert (count, [entry.keys for entry in samples]) == (ROWS // 2, newest)
    assert await store.invalidate("acme", red, dry_run=False) == (0, ())
    assert (await store.invalidate("acme", Target(TargetKind.TENANT), dry_run=True))[0] == ROWS // 2
    await store.close()


async def test_a_count_holds_up_no_write(tmp_path: Path) -> None:
    """Another process holding the write lock does not hold it up either."""
    clock = Clock()
    store = await filled(tmp_path, clock)
    writer = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    count = await asyncio.wait_for(store.invalidate("acme", Target(TargetKind.TENANT), dry_run=True), 5)
    assert count[0] == ROWS
    writer.execute("ROLLBACK")
    writer.close()
    await store.close()


async def test_a_sweep_ends_what_another_process_began(tmp_path: Path) -> None:
    """Chunk by chunk, and what is marked meanwhile after it."""
    clock = Clock()
    store = await filled(tmp_path, clock)
    await store.invalidate("acme", Target(TargetKind.TAG, "red"), dry_run=False)
    assert 0 < await store.sweep() < ROWS // 2
    await store.close()
    again = await SqliteStore.open(StoreOptions(tmp_path), clock=clock)
    assert await again.sweep() > 0
    await again.invalidate("acme", Target(TargetKind.TENANT), dry_run=False)
    while await again.sweep():
        pass
    await again.close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute(
        "SELECT COUNT(*), (SELECT COUNT(*) FROM watermarks WHERE swept = 0) FROM entries"
    ).fetchone() == (0, 0)
    connection.close()
