"""Lets lookups of several replicas wait for the same answer: leases in Redis, which end by themselves.

A lease is one key that lives for five seconds unless it is renewed. Beside it lies what the request asked, sealed like
any payload, so that a replica can tell whether the answer to other words would do. How a flight ended is kept for a
moment, since those who wait look every few hundredths of a second.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from prometheus_client import Counter

from cache_service.requests import Keys
from cache_service.single_flight import COMPARED, ELSEWHERE, LEASE_S, STORED, Ask, Flights, Joined, Standing
from cache_service.stores.payloads import PayloadLost, Payloads
from cache_service.stores.redis_client import RedisClient, Script, Word, partition_tag
from grpc_serving.errors import ServingError

FAILED = Counter("pith_cache_leases_failed", "Calls for leases that Redis did not answer; the lookup leads.", ["call"])

# Tells leases in Redis from those of one process.
PREFIX = "r"
ENDED_KEPT_MS = 10_000
LOOK_EVERY_S = 0.02
# With many who wait each looks less often: together they look at most two thousand times a second.
PER_WAITER_S = 0.0005
LOOK_AT_LEAST_EVERY_S = 0.5

# KEYS lease, records; ARGV flight, lease in ms, exact key, record.
_TAKE_OFF = Script("""
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[2] * 2)
  return ''
end
return redis.call('GET', KEYS[1])
""")
# KEYS records; ARGV what leases begin with, how many. Records without a lease are dropped on the way.
_OTHERS = Script("""
local found, live = redis.call('HRANDFIELD', KEYS[1], ARGV[2], 'WITHVALUES'), {}
for at = 1, #found, 2 do
  local flight = redis.call('GET', ARGV[1] .. found[at])
  if flight then
    live[#live + 1] = {found[at], flight, found[at + 1]}
  else
    redis.call('HDEL', KEYS[1], found[at])
  end
end
return live
""")
# KEYS lease, ended; ARGV flight.
_LOOK = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then return 'flying' end
if redis.call('GET', KEYS[2]) == ARGV[1] then return 'stored' end
return 'gone'
""")
# KEYS lease, records, ended; ARGV flight, stored, exact key, how long the end is kept.
_LAND = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[2], ARGV[3])
if ARGV[2] == '1' then redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[4]) end
return 1
""")
# KEYS lease, records; ARGV flight, lease in ms.
_RENEW = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 2)
return 1
""")


@dataclass(frozen=True)
class _Lead:
    """Somebody's flight, as this replica sees it."""

    keys: Keys
    flight_id: str


class RedisFlights:
    """Flights that replicas share; a lookup that neither waits nor asks for it stays within its process."""

    def __init__(
        self,
        client: RedisClient,
        local: Flights,
        *,
        payloads: Payloads,
        max_waiters: int,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._local = local
        self._payloads = payloads
        self._max_waiters = max_waiters
        self._lease_s = lease_s
        self._clock = clock
        self._waiters = 0

    async def join(self, ask: Ask, *, wait_s: float, shared: bool = False) -> Joined:
        """See Flights; where Redis does not answer, the process alone decides."""
        if wait_s <= 0 and not shared:
            return await self._local.join(ask, wait_s=wait_s)
        try:
            return await self._join(ask, until=self._clock() + wait_s)
        except ServingError:
            FAILED.labels("join").inc()
            return await self._local.join(ask, wait_s=wait_s)

    async def land(self, keys: Keys, flight_id: str, *, stored: bool) -> bool:
        """See Flights; an answer that did not lead frees nobody on other replicas."""
        if not flight_id.startswith(PREFIX):
            return await self._local.land(keys, flight_id, stored=stored)
        names = [_lease(keys), _records(keys.partition), _ended(keys)]
        arguments: list[Word] = [flight_id, int(stored), keys.exact.hex(), ENDED_KEPT_MS]
        return bool(await self._answer("land", _LAND, names, arguments))

    async def renew(self, keys: Keys, flight_id: str) -> float | None:
        """See Flights."""
        if not flight_id.startswith(PREFIX):
            return await self._local.renew(keys, flight_id)
        names = [_lease(keys), _records(keys.partition)]
        renewed = await self._answer("renew", _RENEW, names, [flight_id, self._lease_ms])
        return self._lease_s if renewed else None

    async def close(self) -> None:
        """See Flights; the leases in Redis end by themselves."""
        await self._local.close()

    @property
    def _lease_ms(self) -> int:
        return int(self._lease_s * 1000)

    async def _join(self, ask: Ask, *, until: float) -> Joined:
        while True:
            lead = await self._other(ask) or await self._take_off(ask)
            if isinstance(lead, Joined):
                return lead
            if self._clock() >= until or self._waiters >= self._max_waiters:
                return ELSEWHERE
            if await self._wait(lead, until):
                return STORED
            if self._clock() >= until:
                return ELSEWHERE

    async def _take_off(self, ask: Ask) -> Joined | _Lead:
        """Leads, or finds who leads the same request."""
        flight_id = PREFIX + secrets.token_hex(8)
        names = [_lease(ask.keys), _records(ask.keys.partition)]
        arguments: list[Word] = [flight_id, self._lease_ms, ask.keys.exact.hex(), self._record(ask)]
        holder = await self._client.script(_TAKE_OFF, names, arguments)
        return _Lead(ask.keys, holder.decode()) if holder else Joined(Standing.LEADS, flight_id)

    async def _other(self, ask: Ask) -> _Lead | None:
        """A flight whose answer would do though its words are others."""
        if ask.vector is None:
            return None
        partition = ask.keys.partition
        found = await self._client.script(_OTHERS, [_records(partition)], [_lease_prefix(partition), COMPARED])
        for exact, flight_id, packed in found:
            keys = Keys(partition, bytes.fromhex(exact.decode()))
            if keys != ask.keys and self._may_share(ask, keys, packed):
                return _Lead(keys, flight_id.decode())
        return None

    async def _wait(self, lead: _Lead, until: float) -> bool:
        """Whether the answer was stored before the time was over or the lease ended."""
        self._waiters += 1
        try:
            while (left_s := until - self._clock()) > 0:
                pause_s = min(max(LOOK_EVERY_S, self._waiters * PER_WAITER_S), LOOK_AT_LEAST_EVERY_S)
                await asyncio.sleep(min(pause_s, left_s))
                state = await self._client.script(_LOOK, [_lease(lead.keys), _ended(lead.keys)], [lead.flight_id])
                if state != b"flying":
                    return bool(state == b"stored")
        finally:
            self._waiters -= 1
        return False

    async def _answer(self, call: str, script: Script, names: list[str], arguments: list[Word]) -> int:
        try:
            return int(await self._client.script(script, names, arguments))
        except ServingError:
            FAILED.labels(call).inc()
            return 0

    def _record(self, ask: Ask) -> bytes:
        if ask.vector is None:
            return b""
        plain = json.dumps(ask.text).encode() + b"\n" + ask.vector.astype("<f4").tobytes()
        return self._payloads.pack(ask.keys.partition.hex(), _lease(ask.keys).encode(), plain)

    def _may_share(self, ask: Ask, keys: Keys, packed: bytes) -> bool:
        if not packed:
            return False
        try:
            plain = self._payloads.unpack(keys.partition.hex(), _lease(keys).encode(), packed)
        except PayloadLost:
            return False
        text, _, raw = plain.partition(b"\n")
        return ask.may_share(json.loads(text), np.frombuffer(raw, "<f4").astype(np.float32))


def _lease_prefix(partition: bytes) -> str:
    return f"pith:flight:{partition_tag(partition)}:{partition.hex()}:"


def _lease(keys: Keys) -> str:
    return _lease_prefix(keys.partition) + keys.exact.hex()


def _records(partition: bytes) -> str:
    return f"pith:flights:{partition_tag(partition)}:{partition.hex()}"


def _ended(keys: Keys) -> str:
    return f"pith:landed:{partition_tag(keys.partition)}:{keys.partition.hex()}:{keys.exact.hex()}"
