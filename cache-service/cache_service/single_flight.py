"""Lets a lookup wait for the answer of the same request that is already on its way; within one process."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from cache_service.requests import Keys


@dataclass(eq=False)
class _Flight:
    began_at: float
    landed: asyncio.Event = field(default_factory=asyncio.Event)
    stored: bool = False
    waiters: int = 0


class SingleFlight:
    """The requests that missed and whose answers are awaited; the oldest is forgotten when there are too many."""

    def __init__(
        self,
        *,
        max_flights: int,
        max_waiters: int,
        max_age_s: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_flights = max_flights
        self._max_waiters = max_waiters
        self._max_age_s = max_age_s
        self._clock = clock
        self._waiters = 0
        self._flights: OrderedDict[Keys, _Flight] = OrderedDict()

    async def join(self, keys: Keys, *, wait_s: float) -> bool:
        """True once the answer under way is stored; False for whoever has to fetch it and is now waited for."""
        flight = self._flights.get(keys)
        if flight is None or self._clock() - flight.began_at > self._max_age_s:
            self._take_off(keys)
            return False
        if wait_s <= 0 or self._waiters >= self._max_waiters:
            return False
        if await self._wait(flight, wait_s):
            return True
        if self._flights.get(keys) in {flight, None}:
            self._take_off(keys)
        return False

    def land(self, keys: Keys, *, stored: bool) -> bool:
        """Frees those who wait for this answer; whether anybody did."""
        flight = self._flights.pop(keys, None)
        if flight is None:
            return False
        flight.stored = stored
        flight.landed.set()
        return flight.waiters > 0

    async def _wait(self, flight: _Flight, wait_s: float) -> bool:
        self._waiters += 1
        flight.waiters += 1
        try:
            async with asyncio.timeout(wait_s):
                await flight.landed.wait()
        except TimeoutError:
            return False
        finally:
            self._waiters -= 1
            flight.waiters -= 1
        return flight.stored

    def _take_off(self, keys: Keys) -> None:
        self._flights[keys] = _Flight(self._clock())
        self._flights.move_to_end(keys)
        while len(self._flights) > self._max_flights:
            _, oldest = self._flights.popitem(last=False)
            oldest.landed.set()
