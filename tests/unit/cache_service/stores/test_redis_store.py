"""What the store on Redis does beyond its contract: searches past entries that are dead."""

from dataclasses import replace
from pathlib import Path

import pytest

from cache_service.stores import Target, TargetKind
from cache_service.stores.redis_local import RedisLocalStore
from cache_service.stores.redis_store import RedisStore
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from fakes_redis_stores import empty_server, entry_of, keys_of, opened, vector_of


@pytest.mark.parametrize("kind", [RedisVectorsetStore, RedisLocalStore])
@pytest.mark.parametrize("size", [40, 100])
async def test_a_living_entry_is_found_behind_many_that_were_invalidated(
    kind: type[RedisStore], size: int, tmp_path: Path
) -> None:
    """The dead are still in the index, nearer than it, and more than are looked at first."""
    near = vector_of(1)
    async with opened(kind, empty_server(), tmp_path, redis_timeout_s=5.0) as store:
        for index in range(size):
            vector = near if index < 20 else vector_of(index)
            tags = ("dead",) if index < 20 else ()
            await store.put(replace(entry_of(store, index), vector=vector, tags=tags))
        shifted = (near + 0.1 * vector_of(2)).astype(near.dtype)
        await store.put(replace(entry_of(store, 999), vector=shifted))
        await store.invalidate("acme", Target(TargetKind.TAG, "dead"), dry_run=False)
        found = await store.exact(keys_of(10_000))
        assert (found.candidates is None) == (size == 100)
        best, *_ = await store.nearest(keys_of(10_000), near, count=2, among=found.candidates)
        assert best.entry.keys == keys_of(999)
        assert best.similarity == pytest.approx(float(shifted @ near), abs=1e-5)
