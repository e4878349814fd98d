"""Walks over many entries: counts, and sweeps that replicas share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from cache_service.stores import Target, TargetKind
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_sweeping import CHUNK
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from fakes_redis_stores import empty_server, entry_of, opened

MANY = 2 * CHUNK + 50


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[RedisVectorsetStore, RedisVectorsetStore]]:
    """Two replicas on an empty server."""
    url = empty_server()
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(opened(RedisVectorsetStore, url, tmp_path, redis_timeout_s=5.0))
            for _ in range(2)
        ]
        yield one, other  # type: ignore[misc]


async def fill_tagged(store: RedisVectorsetStore) -> None:
    """Many entries, every other one with a tag."""
    for index in range(MANY):
        await store.put(replace(entry_of(store, index), vector=None, tags=("red",) if index % 2 else ()))


async def test_more_than_one_chunk_is_counted_and_swept_once(
    stores: tuple[RedisVectorsetStore, RedisVectorsetStore],
) -> None:
    """By one of the replicas; the other finds it done."""
    one, other = stores
    await fill_tagged(one)
    target = Target(TargetKind.TAG, "red")
    assert (await one.invalidate("acme", target, dry_run=True))[0] == MANY // 2
    count, samples = await one.invalidate("acme", target, dry_run=False)
    assert (count, len(samples)) == (MANY // 2, 10)
    assert await other.count("acme") == MANY - MANY // 2
    swept = 0
    for _ in range(10):
        swept += sum(await asyncio.gather(one.sweep(), other.sweep()))
    assert swept == MANY // 2
    assert await one.client.call("ZCARD", names.EXPIRIES) == MANY - MANY // 2
    assert await other.count("acme") == MANY - MANY // 2


async def test_a_sweep_that_another_has_claimed_is_left_to_it(
    stores: tuple[RedisVectorsetStore, RedisVectorsetStore],
) -> None:
    """Until its claim runs out; nothing of it is served meanwhile."""
    one, other = stores
    await one.put(entry_of(one, 1))
    await one.invalidate("acme", Target(TargetKind.TENANT), dry_run=False)
    await one.client.call("ZADD", names.EXPIRIES, repr(one.now() + 60), "f" * 32 + "acme")
    (member, mark), *_ = one._marks.all()
    assert member
    claim = f"{names.of_tenant('claim', 'acme')}:{mark.at!r}"
    await one.client.call("SET", claim, 1)
    assert await other.sweep() == 0
    await one.client.call("DEL", claim)
    assert await other.sweep() == 1
