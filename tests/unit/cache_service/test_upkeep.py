"""The periodic work."""

import sqlite3
from contextlib import closing
from pathlib import Path

from cache_service.calibration import Support
from cache_service.stores.sqlite_schema import FILE_NAME
from cache_service.upkeep import Upkeep
from fakes_cache import Clock, chat_answer, open_cache


async def test_what_has_expired_is_deleted_batch_after_batch(tmp_path: Path) -> None:
    """The rows are gone, not only hidden."""
    clock = Clock()
    cache = await open_cache(tmp_path, clock)
    upkeep = Upkeep(cache.store, cache.tally)
    for index in range(3):
        await cache.learn(f"Question number {index}", answer=chat_answer())
    clock.advance(4000)
    await upkeep.sweep()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        for table in ("entries", "answers"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
    await upkeep.close()
    await cache.close()


async def test_the_last_counts_are_written_at_the_end(tmp_path: Path) -> None:
    """A stop loses nothing that was counted."""
    cache = await open_cache(tmp_path)
    upkeep = Upkeep(cache.store, cache.tally)
    await cache.ask("Anything stored of this")
    await upkeep.close()
    assert await cache.store.usage("acme", window_s=60) == {"misses": 1}
    await cache.close()


async def test_what_else_is_gathered_is_written_too(tmp_path: Path) -> None:
    """At the end at the latest."""
    cache = await open_cache(tmp_path)
    upkeep = Upkeep(cache.store, cache.tally, flushes=[cache.calibrations.flush])
    cache.calibrations.learn("acme", 0.9, Support.ALONE, wrong=False)
    await upkeep.close()
    evidence = await cache.store.evidence("acme", cache.embedder.fingerprint)
    assert evidence is not None
    assert evidence.observations == 1
    await cache.close()
