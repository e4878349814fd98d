"""Lets a lookup wait for an answer that is already on its way to somebody else; within one process.

Whoever misses first leads: its call goes to the provider, and its lease says that the answer is to be expected. The same
request, or one that the same answer may serve, can wait for it. A lease ends by itself when nobody renews it, so a leader
that died holds nobody up for longer than that.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from cache_service.requests import Keys
from cache_service.stores import Vector

LEASE_S = 5.0
# Of a partition's flights at most so many are compared with a request that is worded otherwise.
COMPARED = 64


class Standing(Enum):
    """How a lookup that missed stands to the answer it wants."""

    # Nobody fetches it: this caller does, and others may wait for it.
    LEADS = "leads"
    # It has been stored while this lookup waited.
    STORED = "stored"
    # Somebody else fetches it, and this lookup waits no longer.
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Ask:
    """A request that missed; `same` says whether the answer to another text of its partition may serve it."""

    keys: Keys
    text: str = ""
    vector: Vector | None = None
    same: Callable[[str, Vector], bool] | None = None

    def may_share(self, text: str, vector: Vector | None) -> bool:
        """Whether the answer to this text and vector would do."""
        return self.vector is not None and vector is not None and self.same is not None and self.same(text, vector)


@dataclass(frozen=True)
class Joined:
    """What came of joining; `flight_id` is the leader's, and empty for everybody else."""

    standing: Standing
    flight_id: str = ""


ELSEWHERE = Joined(Standing.ELSEWHERE)
STORED = Joined(Standing.STORED)


class Flights(Protocol):
    """The answers that are on their way. No method fails: where leases cannot be kept, every caller leads."""

    async def join(self, ask: Ask, *, wait_s: float, shared: bool = False) -> Joined:
        """Leads, or waits up to `wait_s` seconds for whoever does; `shared` asks other replicas even without a wait."""
        ...

    async def land(self, keys: Keys, flight_id: str, *, stored: bool) -> bool:
        """Ends a flight; whether anybody waited. An answer that is stored frees all; only the leader can give up."""
        ...

    async def renew(self, keys: Keys, flight_id: str) -> float | None:
        """Seconds of the new lease; None when this flight no longer leads."""
        ...

    async def close(self) -> None:
        """Frees all who wait."""
        ...


@dataclass(eq=False)
class _Flight:
    ask: Ask
    flight_id: str
    ends_at: float
    landed: asyncio.Event = field(default_factory=asyncio.Event)
    stored: bool = False
    waiters: int = 0


class LocalFlights:
    """The flights of one process; the oldest is forgotten when there are too many."""

    def __init__(
        self,
        *,
        max_flights: int,
        max_waiters: int,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_flights = max_flights
        self._max_waiters = max_waiters
        self._lease_s = lease_s
        self._clock = clock
        self._waiters = 0
        self._flights: OrderedDict[Keys, _Flight] = OrderedDict()
        self._partitions: dict[bytes, OrderedDict[Keys, _Flight]] = {}

    async def join(self, ask: Ask, *, wait_s: float, shared: bool = False) -> Joined:  # noqa: ARG002
        """See Flights; in one process everything is shared."""
        until = self._clock() + wait_s
        while (flight := self._find(ask)) is not None:
            left_s = until - self._clock()
            if left_s <= 0 or self._waiters >= self._max_waiters:
                return ELSEWHERE
            if await self._wait(flight, min(left_s, flight.ends_at - self._clock())):
                return STORED
        return Joined(Standing.LEADS, self._take_off(ask).flight_id)

    async def land(self, keys: Keys, flight_id: str, *, stored: bool) -> bool:
        """See Flights."""
        flight = self._flights.get(keys)
        if flight is None or not (stored or flight.flight_id == flight_id):
            return False
        waited = flight.waiters > 0
        self._end(flight, stored=stored)
        return waited

    async def renew(self, keys: Keys, flight_id: str) -> float | None:
        """See Flights."""
        flight = self._flights.get(keys)
        if flight is None or flight.flight_id != flight_id or flight.ends_at <= self._clock():
            return None
        flight.ends_at = self._clock() + self._lease_s
        return self._lease_s

    async def close(self) -> None:
        """See Flights."""
        for flight in list(self._flights.values()):
            self._end(flight, stored=False)

    def _find(self, ask: Ask) -> _Flight | None:
        """The flight whose answer would do: of the same request, else the latest of those that may be shared."""
        own = self._flights.get(ask.keys)
        if own is not None and self._is_up(own):
            return own
        if ask.vector is None:
            return None
        latest = list(reversed(self._partitions.get(ask.keys.partition, {}).values()))[:COMPARED]
        return next((other for other in latest if self._may_serve(other, ask) and self._is_up(other)), None)

    def _may_serve(self, flight: _Flight, ask: Ask) -> bool:
        return ask.may_share(flight.ask.text, flight.ask.vector)

    def _is_up(self, flight: _Flight) -> bool:
        if flight.ends_at > self._clock():
            return True
        self._end(flight, stored=False)
        return False

    async def _wait(self, flight: _Flight, seconds: float) -> bool:
        self._waiters += 1
        flight.waiters += 1
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await flight.landed.wait()
        except TimeoutError:
            return False
        finally:
            self._waiters -= 1
            flight.waiters -= 1
        return flight.stored

    def _take_off(self, ask: Ask) -> _Flight:
        flight = _Flight(ask, secrets.token_hex(8), self._clock() + self._lease_s)
        self._flights[ask.keys] = flight
        self._partitions.setdefault(ask.keys.partition, OrderedDict())[ask.keys] = flight
        while len(self._flights) > self._max_flights:
            self._end(next(iter(self._flights.values())), stored=False)
        return flight

    def _end(self, flight: _Flight, *, stored: bool) -> None:
        keys = flight.ask.keys
        if self._flights.get(keys) is flight:
            del self._flights[keys]
            siblings = self._partitions[keys.partition]
            del siblings[keys]
            if not siblings:
                del self._partitions[keys.partition]
        flight.stored = flight.stored or stored
        flight.landed.set()
