"""Whether the store answers."""

import asyncio
from pathlib import Path

from cache_service.store_watch import StoreWatch
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from fakes_cache import tamper


async def test_an_outage_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    """One failure alone is none."""
    store = await SqliteStore.open(StoreOptions(tmp_path))
    told: list[bool] = []
    watch = StoreWatch(store, lambda *, ok: told.append(ok), every_s=3600)
    assert await watch.check()
    tamper(tmp_path, "ALTER TABLE policies RENAME TO gone")
    assert [await watch.check() for _ in range(3)] == [False] * 3
    assert told == [False]
    tamper(tmp_path, "ALTER TABLE gone RENAME TO policies")
    assert await watch.check()
    assert told == [False, True]
    await watch.close()
    await store.close()


async def test_it_asks_by_itself(tmp_path: Path) -> None:
    """Until it is closed."""
    store = await SqliteStore.open(StoreOptions(tmp_path))
    told = asyncio.Event()

    def tell(*, ok: bool) -> None:
        if not ok:
            told.set()

    watch = StoreWatch(store, tell, every_s=0.01)
    tamper(tmp_path, "DROP TABLE policies")
    async with asyncio.timeout(20):
        await told.wait()
    await watch.close()
    await store.close()
