"""The periodic work."""

from pathlib import Path

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
    assert cache.store._read.connection.execute("SELECT COUNT(*) FROM entries").fetchone() == (0,)
    assert cache.store._read.connection.execute("SELECT COUNT(*) FROM answers").fetchone() == (0,)
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
