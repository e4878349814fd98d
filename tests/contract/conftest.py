"""Every entry store in turn, for the suites that all of them must pass."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest

from cache_service.stores import EntryStore
from cache_service.stores.redis_local import RedisLocalStore
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from fakes_cache import Clock
from fakes_redis_stores import redis_backing, search_backings
from fakes_stores import Opener, sqlite_backing

# A backing is one place where data lies; several stores may be open on it at a time.
BACKINGS: dict[str, Callable[[Path], AbstractAsyncContextManager[Opener]]] = {
    "sqlite": sqlite_backing,
    "redis_vectorset": redis_backing(RedisVectorsetStore),
    "redis_local": redis_backing(RedisLocalStore),
    **search_backings(),
}


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture(params=BACKINGS)
async def opener(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens stores on one place that was empty; each kind of store in turn."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(BACKINGS[request.param](tmp_path))


@pytest.fixture
async def store(opener: Opener, clock: Clock) -> EntryStore:
    """Each store in turn, empty, for at most 100 entries."""
    return await opener(clock, max_entries=100)
