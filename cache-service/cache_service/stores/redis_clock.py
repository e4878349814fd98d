"""The clock of the Redis server, told by a clock of this process that nobody sets."""

import time
from collections.abc import Awaitable, Callable

from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import RedisClient

MEASURE_EVERY_S = 10.0
SAMPLES = 3


class ServerClock:
    """Tells the server's time and never goes back; measured anew every few seconds."""

    def __init__(
        self, client: RedisClient, *, local: Callable[[], float], server: Callable[[], Awaitable[float]]
    ) -> None:
        self._client = client
        self._local = local
        self._server = server
        self._offset = 0.0
        self._latest = 0.0
        self._measured_at = float("-inf")

    def now(self) -> float:
        """Seconds since 1970."""
        self._latest = max(self._latest, self._local() + self._offset)
        return self._latest

    @property
    def is_due(self) -> bool:
        """Whether it should be measured again."""
        return time.monotonic() - self._measured_at > MEASURE_EVERY_S

    async def measure(self) -> None:
        """Asks the server a few times and believes the quickest answer; a time that others have written is not before now."""
        best = float("inf")
        for _ in range(SAMPLES):
            started, before = time.monotonic(), self._local()
            told = await self._server()
            took, after = time.monotonic() - started, self._local()
            if took < best:
                best, self._offset = took, told - (before + after) / 2
        seen = float(await self._client.call("GET", names.CLOCK) or 0.0)
        self._latest = max(self._latest, seen)
        self._measured_at = time.monotonic()


async def server_time(client: RedisClient) -> float:
    """What the server's clock says."""
    told = await client.call("TIME")
    if isinstance(told, dict):  # a Cluster's nodes, each of which says its own
        told = next(iter(told.values()))
    return float(told[0]) + float(told[1]) / 1e6
