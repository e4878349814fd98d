"""Generations of vector sets: which one a vector goes into, and how long it lives."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import SMALL_PARTITION, StoreOptions
from cache_service.stores.redis_client import RedisClient, connect
from cache_service.stores.redis_clock import ServerClock, server_time
from cache_service.stores.redis_vectorset import RedisVectorsetStore, VectorSets
from fakes_redis_stores import empty_server, entry_of, fill, keys_of, nearest_index

MOST = 50


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RedisVectorsetStore]:
    """A store whose sets hold at most 50 elements."""
    options = StoreOptions(tmp_path, redis_url=empty_server(), redis_timeout_s=5.0)
    client = await connect(options)
    index = VectorSets(client, sealed=False, max_elements=MOST)

    async def told() -> float:
        return await server_time(client)

    clock = ServerClock(client, local=lambda: 0.0, server=told)
    await clock.measure()
    made = RedisVectorsetStore(client, options, clock=clock, index=index)
    yield made
    await made.close()


async def sets(client: RedisClient) -> dict[str, int]:
    """How many elements each set has, by its last part."""
    keys = await client.call("KEYS", "pith:v:*")
    return {key.decode().rpartition(":")[2]: await client.call("VCARD", key) for key in keys}


async def test_a_full_set_is_followed_by_another(store: RedisVectorsetStore) -> None:
    """In the same generation; all of them are searched."""
    await fill(store, 2 * MOST + 10)
    sizes = await sets(store.client)
    assert sorted(sizes.values()) == [10, MOST, MOST]
    assert {name.rpartition(".")[2] for name in sizes} == {"0", "1", "2"}
    assert [await nearest_index(store, index) for index in (0, MOST + 5, 2 * MOST + 5)] == [0, MOST + 5, 2 * MOST + 5]


async def test_lives_of_different_length_do_not_share_a_set(store: RedisVectorsetStore) -> None:
    """So that a set dies soon after half of it is dead; each lives as long as its last entry."""
    for index in range(SMALL_PARTITION + 1):
        await store.put(entry_of(store, index, ttl_s=60.0))
    await store.put(entry_of(store, 1000, ttl_s=5000.0))
    spans = {name.partition(".")[0] for name in await sets(store.client)}
    assert spans == {"32", "4096"}
    lives = [await store.client.call("TTL", key) for key in await store.client.call("KEYS", "pith:v:*")]
    assert all(0 < life <= 5000 for life in lives)
    assert max(lives) > 4900


async def test_a_small_partition_has_no_set(store: RedisVectorsetStore) -> None:
    """Its vectors wait, also where entries come and go, and are found by either way."""
    for _ in range(4):
        await fill(store, SMALL_PARTITION)
    assert await sets(store.client) == {}
    found = await store.exact(keys_of(10_000))
    assert found.candidates is not None
    assert found.live == SMALL_PARTITION
    assert await nearest_index(store, 5) == 5
