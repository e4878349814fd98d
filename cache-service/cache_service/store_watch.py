"""Says whether the store answers, so that health tells it, and again when it is back."""

import asyncio
from typing import Protocol

from cache_service.stores import EntryStore
from grpc_serving.errors import ServingError

EVERY_S = 1.0
DEADLINE_S = 1.0
# One slow answer is no outage.
FAILURES_BEFORE_DOWN = 2


class Tell(Protocol):
    """Hears whether the store answers."""

    def __call__(self, *, ok: bool) -> None:
        """The store answers again, or no longer."""
        ...


class StoreWatch:
    """Asks the store for a policy every second; create it inside the running loop."""

    def __init__(self, store: EntryStore, tell: Tell, *, every_s: float = EVERY_S) -> None:
        self._store = store
        self._tell = tell
        self._every_s = every_s
        self._failed = 0
        self._task = asyncio.create_task(self._run(), name="cache-store-watch")

    async def check(self) -> bool:
        """Whether the store answers now; told when it has failed twice, and as soon as it is back."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._store.policy("")
        except (ServingError, TimeoutError):
            self._failed += 1
            if self._failed == FAILURES_BEFORE_DOWN:
                self._tell(ok=False)
            return False
        if self._failed >= FAILURES_BEFORE_DOWN:
            self._tell(ok=True)
        self._failed = 0
        return True

    async def close(self) -> None:
        """Ends the watch."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.check()
