"""Opens entry stores for the contract suites: several on one place, as replicas would."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from cache_service.stores import EntryStore, StoreOptions
from cache_service.stores.sqlite import SqliteStore
from fakes_cache import Clock


class Opener(Protocol):
    """Opens one more store on the same place; it is closed by the backing."""

    def __call__(self, clock: Clock, **options: Any) -> Awaitable[EntryStore]:
        """A store with this clock and these options."""
        ...


@asynccontextmanager
async def sqlite_backing(folder: Path) -> AsyncIterator[Opener]:
    """Stores on one SQLite file."""
    async with AsyncExitStack() as stack:

        async def opened(clock: Clock, **options: Any) -> EntryStore:
            store = await SqliteStore.open(StoreOptions(folder, **options), clock=clock)
            stack.push_async_callback(store.close)
            return store

        yield opened
