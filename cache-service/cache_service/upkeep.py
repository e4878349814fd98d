"""Does the cache's periodic work: writes counts, deletes what has expired or was invalidated."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from prometheus_client import Counter

from cache_service.stores import EntryStore
from cache_service.tally import Tally
from grpc_serving.errors import ServingError

SWEPT = Counter("pith_cache_swept", "Entries deleted because they had expired or were invalidated.")

COUNTS_EVERY_S = 1.0
SWEEP_EVERY_S = 5.0
BETWEEN_BATCHES_S = 0.02

log = structlog.get_logger("cache_service.upkeep")


class Upkeep:
    """Tasks that run until they are closed; create it inside the running loop. `flushes` are run every second too."""

    def __init__(
        self, store: EntryStore, tally: Tally, *, flushes: Sequence[Callable[[], Awaitable[None]]] = ()
    ) -> None:
        self._store = store
        self._flushes = (tally.flush, *flushes)
        self._tasks = [
            *(asyncio.create_task(_every(COUNTS_EVERY_S, flush), name="cache-counts") for flush in self._flushes),
            asyncio.create_task(_every(SWEEP_EVERY_S, self.sweep), name="cache-sweep"),
        ]

    async def sweep(self) -> None:
        """Deletes batch after batch, with pauses for others who write, until nothing is left to delete."""
        while gone := await self._store.sweep():
            SWEPT.inc(gone)
            await asyncio.sleep(BETWEEN_BATCHES_S)

    async def close(self) -> None:
        """Ends the tasks and writes the last counts."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for flush in self._flushes:
            await flush()


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except ServingError as error:
            log.warning("upkeep failed, it is tried again", reason=str(error))
