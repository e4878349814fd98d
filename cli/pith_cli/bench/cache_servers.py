"""Starts a cache on one of its stores for a bench, with a private Redis where the store needs one."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from pith_cli.bench.cache_grid import Cell
from pith_cli.bench.servers import service
from pith_cli.cache.client import MODEL_GROUP, CacheClient, LookedUp

# Workers of a server share out connections, not calls: with many of them each worker gets about its share.
_CONNECTIONS_PER_WORKER = 16
_TIMEOUT_S = 60.0


class CachePool:
    """Clients of one cache that take turns, each with a connection of its own."""

    def __init__(self, clients: Sequence[CacheClient]) -> None:
        self.first = clients[0]
        self._turns = cycle(clients)

    async def lookup(
        self, tenant: str, body: bytes, *, mode: str = "", min_similarity: float | None = None
    ) -> LookedUp:
        """Let the next client look up."""
        client = next(self._turns)
        return await client.lookup(tenant, body, model_group=MODEL_GROUP, mode=mode, min_similarity=min_similarity)

    async def store(self, tenant: str, token: bytes, answer: bytes) -> bool:
        """Let the next client store."""
        return await next(self._turns).store(tenant, token, answer)

    async def echo(self, _: object = None) -> None:
        """Let the next client make an empty call."""
        await next(self._turns).echo()


@contextmanager
def _redis() -> Iterator[str]:
    """Start a Redis of our own, which keeps nothing on disk."""
    from pith_cli.redis_server import find_redis_server, start_redis  # noqa: PLC0415  -- only where a store needs one

    with TemporaryDirectory(prefix="pith-bench-redis-") as folder:
        server = start_redis(find_redis_server(), Path(folder))
        try:
            yield server.url
        finally:
            server.stop()


@asynccontextmanager
async def started(cell: Cell, *, workers: int) -> AsyncIterator[CachePool]:
    """Start the cache of a cell and connect to it."""
    async with AsyncExitStack() as stack:
        settings = {
            "STORE": cell.store,
            "WORKERS": str(workers),
            # Everything that a bench stores is there to the end.
            "MAX_ENTRIES": str(4 * cell.entries + 10_000),
            # Filling uses all cores; the measured callers come one by one or share them.
            "EMBEDDER_WORKERS": str(max(1, (os.cpu_count() or 1) // workers)),
        }
        if cell.on_redis:
            settings["REDIS_URL"] = stack.enter_context(_redis())
        if cell.index:
            settings["INDEX"] = cell.index
        cache = await stack.enter_async_context(
            service("cache_service", "PITH_CACHE_", needs_data=True, settings=settings)
        )
        yield await connected(stack, cache.address, workers=workers)


async def connected(stack: AsyncExitStack, address: str, *, workers: int = 1) -> CachePool:
    """Connect once to a single worker, many times where several share the port."""
    count = 1 if workers == 1 else workers * _CONNECTIONS_PER_WORKER
    clients = [await stack.enter_async_context(CacheClient(address, timeout_s=_TIMEOUT_S)) for _ in range(count)]
    for client in clients:
        await client.echo()
    return CachePool(clients)
