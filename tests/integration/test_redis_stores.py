"""The Redis stores against real servers: that restart, hang, forget, ask for passwords, or are three in a Cluster."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import redis

from cache_service.stores import (
    EntryStore,
    Listing,
    StoreDown,
    Target,
    TargetKind,
)
from cache_service.stores.redis_local import RedisLocalStore
from cache_service.stores.redis_store import RedisStore
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from cache_service.terms import Policy
from fakes_redis_stores import entry_of, fill, keys_of, nearest_index, opened, vector_of
from grpc_serving.errors import InvalidArgument, Overloaded
from redis_cluster import redis_cluster
from redis_server import RedisProcess, start_redis

pytest_plugins = ["fixtures_redis"]

STORES = [RedisVectorsetStore, RedisLocalStore]
LARGE = 80


@pytest.mark.parametrize("kind", STORES)
async def test_a_cluster_keeps_every_script_in_one_slot(
    kind: type[RedisStore], redis_program: str, tmp_path: Path
) -> None:
    """Small and large partitions on three nodes: stored, found, listed, invalidated, swept."""
    with redis_cluster(redis_program, tmp_path) as url:
        async with opened(kind, url, tmp_path, redis_timeout_s=5.0) as store:
            for partition in range(12):
                await fill(store, 3, partition=partition)
            await fill(store, LARGE, partition=100)
            for partition in range(12):
                assert await nearest_index(store, 2, partition=partition) == 2
                found = (await store.exact(keys_of(1, partition))).entry
                assert found is not None
                assert await store.entry("acme", found.entry_id) == found
            assert await nearest_index(store, 7, partition=100) == 7
            assert await store.count("acme") == 36 + LARGE
            assert len((await store.listing("acme", Listing(limit=40))).entries) == 40
            assert await store.put_policy(Policy("acme"), expected_etag="")
            assert (await store.invalidate("acme", Target(TargetKind.TENANT), dry_run=False))[0] == 36 + LARGE
            assert (await store.exact(keys_of(1, 3))).entry is None
            while await store.sweep():
                pass
            assert await store.count("acme") == 0


@pytest.mark.parametrize("kind", STORES)
async def test_a_server_that_forgets_everything_is_used_on(
    kind: type[RedisStore], redis_program: str, tmp_path: Path
) -> None:
    """Scripts, entries and indexes are gone after a restart; the next calls bring back what they need."""
    server = start_redis(redis_program, tmp_path)
    try:
        async with opened(kind, server.url, tmp_path) as store:
            await fill(store, LARGE)
            assert await nearest_index(store, 3) == 3
            server.stop()
            with pytest.raises(StoreDown):
                await store.exact(keys_of(3))
            server = start_redis(redis_program, tmp_path, on_port=server.port)
            await until_it_answers(store)
            assert (await store.exact(keys_of(3))).entry is None
            assert await nearest_index(store, 3) is None
            await fill(store, LARGE)
            assert await nearest_index(store, 3) == 3
    finally:
        server.stop()


async def until_it_answers(store: EntryStore) -> None:
    """Waits for the end of the rest that a store takes after failures."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with suppress(StoreDown):
            await store.exact(keys_of(0))
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the store did not come back")


async def test_a_server_that_hangs_costs_no_more_than_the_deadline(redis_process: RedisProcess, tmp_path: Path) -> None:
    """Then calls fail at once, and go on by themselves when it answers again."""
    async with opened(RedisVectorsetStore, redis_process.url, tmp_path, redis_timeout_s=0.2) as store:
        await fill(store, 1)
        redis_process.pause()
        took = []
        for _ in range(6):
            started = time.monotonic()
            with pytest.raises(StoreDown):
                await store.exact(keys_of(0))
            took.append(time.monotonic() - started)
        assert max(took) < 2.0
        assert min(took[3:]) < 0.1
        redis_process.resume()
        await until_it_answers(store)
        assert (await store.exact(keys_of(0))).entry is not None


async def test_callers_who_leave_a_hanging_server_spare_those_who_follow(
    redis_process: RedisProcess, tmp_path: Path
) -> None:
    """Their deadlines are shorter than the store's, and count as failures all the same."""
    async with opened(RedisVectorsetStore, redis_process.url, tmp_path, redis_timeout_s=5.0) as store:
        await fill(store, 1)
        redis_process.pause()
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await store.exact(keys_of(0))
        calls = [asyncio.wait_for(store.exact(keys_of(0)), 0.3) for _ in range(6)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(result, StoreDown) for result in results) >= 4  # one or two were let through to try
        redis_process.resume()
        await until_it_answers(store)


async def test_calls_beyond_the_bound_are_refused(redis_url: str, tmp_path: Path) -> None:
    """They do not wait behind the others."""
    async with opened(RedisVectorsetStore, redis_url, tmp_path, max_waiting=2) as store:
        results = await asyncio.gather(*(store.exact(keys_of(0)) for _ in range(20)), return_exceptions=True)
        assert any(isinstance(result, Overloaded) for result in results)
        assert sum(not isinstance(result, BaseException) for result in results) >= 2


async def test_a_round_trip_is_enough_for_an_exact_hit_and_two_for_a_semantic_one(
    redis_process: RedisProcess, tmp_path: Path
) -> None:
    """Counted by the server: what is sent together counts once."""
    async with opened(RedisVectorsetStore, redis_process.url, tmp_path) as store:
        await fill(store, LARGE)
        await store.exact(keys_of(0))
        with redis.Redis.from_url(redis_process.url, protocol=2) as spy:
            before = _calls(spy)
            assert (await store.exact(keys_of(0))).entry
            assert _calls(spy) - before <= 2  # the marks may go along in the same round trip
            before = _calls(spy)
            found = await store.exact(keys_of(10_000))
            assert found.live == 65
            assert await store.nearest(keys_of(10_000), vector_of(3), count=4, among=None)
            assert _calls(spy) - before <= 3


def _calls(spy: redis.Redis) -> int:
    """Calls of the commands that a store sends."""
    stats = spy.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval")) + sum(
        stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("get", "time")
    )


async def test_entries_expire_in_the_server_too(redis_process: RedisProcess, tmp_path: Path) -> None:
    """Nothing of them is left, however they are found: hashes, ids, generations."""
    async with opened(RedisVectorsetStore, redis_process.url, tmp_path) as store:
        for index in range(LARGE):
            await store.put(entry_of(store, index, ttl_s=1.5))
        with redis.Redis.from_url(redis_process.url, protocol=2) as spy:
            assert list(spy.scan_iter("pith:v:*"))
            await asyncio.sleep(2.0)
            left = {key for kind in "eigpuv" for key in spy.scan_iter(f"pith:{kind}:*")}
        assert left == set()
        assert await store.sweep() == LARGE
        assert await store.count("acme") == 0


async def test_generations_are_few_and_only_ever_added_to(redis_process: RedisProcess, tmp_path: Path) -> None:
    """Entries that are replaced again and again are put in once, and no set loses an element."""
    async with opened(RedisVectorsetStore, redis_process.url, tmp_path) as store:
        await fill(store, LARGE)
        for _ in range(5):
            await fill(store, LARGE)
        with redis.Redis.from_url(redis_process.url, protocol=2) as spy:
            sizes = [spy.execute_command("VCARD", key) for key in spy.scan_iter("pith:v:*")]
            stats = spy.info("commandstats")
        assert len(sizes) <= 2  # a generation may have ended meanwhile
        assert all(size == LARGE for size in sizes)
        assert "cmdstat_vrem" not in stats
        assert await nearest_index(store, 5) == 5


async def test_a_vector_that_is_no_number_is_refused(redis_url: str, tmp_path: Path) -> None:
    """Neither stored nor searched for."""
    async with opened(RedisVectorsetStore, redis_url, tmp_path) as store:
        bad = replace(entry_of(store, 1), vector=np.full(16, np.nan, np.float32))
        with pytest.raises(InvalidArgument, match="vector"):
            await store.put(bad)
        with pytest.raises(InvalidArgument, match="vector"):
            await store.nearest(keys_of(1), np.full(16, np.inf, np.float32), count=4, among=None)
