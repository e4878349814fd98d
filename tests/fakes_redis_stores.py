"""Opens the Redis stores for the contract suites, on one private server of this test run that is emptied before each test."""

import atexit
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import redis

from cache_service.requests import Keys
from cache_service.stores import EntryStore, NewEntry, StoreOptions, Vector
from cache_service.stores.redis_search import RedisSearchStore
from cache_service.stores.redis_store import RedisStore
from cache_service.terms import Answer
from fakes_cache import Clock
from fakes_stores import Opener
from redis_server import RedisMissingError, RedisProcess, find_redis_server, start_redis


@cache
def private_server() -> RedisProcess:
    """The server of this test run; it ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="pith-redis-")
    server = start_redis(find_redis_server(), Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server


# A server with the query engine (such as `docker run redis:8`), which the tests may empty.
SEARCH_URL = "PITH_TEST_REDIS_SEARCH_URL"


def empty_server(url: str = "") -> str:
    """The URL of the private server, or this one, with nothing in it."""
    try:
        url = url or private_server().url
    except RedisMissingError as error:
        from fixtures_redis import missing_redis  # a plugin, which pytest wants to import first

        missing_redis(error)
    with redis.Redis.from_url(url, protocol=2) as client:
        client.flushall()
    return url


def search_backings() -> dict[str, Callable[[Path], AbstractAsyncContextManager[Opener]]]:
    """The store on the query engine, where a server that has it is named."""
    url = os.environ.get(SEARCH_URL, "")
    return {"redis_search": redis_backing(RedisSearchStore, url)} if url else {}


def redis_backing(store: type[RedisStore], on: str = "") -> Callable[[Path], AbstractAsyncContextManager[Opener]]:
    """Stores of this kind on one empty server; the clock of the first is the server's, the others are their machines'."""

    @asynccontextmanager
    async def backing(folder: Path) -> AsyncIterator[Opener]:
        url = empty_server(on)
        clocks: list[Clock] = []
        async with AsyncExitStack() as stack:

            async def opened(clock: Clock, **options: Any) -> EntryStore:
                clocks.append(clock)

                async def told() -> float:
                    return clocks[0].now

                wanted = StoreOptions(folder, redis_url=url, **options)
                made = await store.open(wanted, clock=clock, server=told)
                stack.push_async_callback(made.close)
                return made

            yield opened

    return backing


def vector_of(index: int) -> Vector:
    """A unit vector of its own."""
    vector = np.random.default_rng(index).standard_normal(16).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def keys_of(index: int, partition: int = 0) -> Keys:
    """The keys of a request by number."""
    return Keys(bytes([partition]) * 32, index.to_bytes(32, "big"))


def entry_of(store: EntryStore, index: int, *, partition: int = 0, ttl_s: float = 60.0) -> NewEntry:
    """An entry that was asked for just now."""
    answer = Answer("chat", f"answer {index}".encode())
    keys = keys_of(index, partition)
    return NewEntry("acme", "gpt-4o", "chat", keys, f"q {index}", answer, store.now(), ttl_s, vector=vector_of(index))


@asynccontextmanager
async def opened(kind: type[RedisStore], url: str, folder: Path, **options: object) -> AsyncIterator[RedisStore]:
    """A store by the server's own clock."""
    store = await kind.open(replace(StoreOptions(folder, redis_url=url, redis_timeout_s=0.5), **options))  # type: ignore[arg-type]
    try:
        yield store
    finally:
        await store.close()


async def fill(store: EntryStore, count: int, *, partition: int = 0) -> None:
    """Entries 0 to `count` - 1."""
    for index in range(count):
        assert await store.put(entry_of(store, index, partition=partition))


async def nearest_index(store: EntryStore, index: int, *, partition: int = 0) -> int | None:
    """Which entry is found first for the vector of this one, by another request."""
    near = await store.nearest(keys_of(10_000, partition), vector_of(index), count=2, among=None)
    return int.from_bytes(near[0].entry.keys.exact, "big") if near else None
