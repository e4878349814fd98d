"""Finds neighbours on any Redis or Valkey: each replica compares with the vectors that it has read and keeps in memory.

Every put of a partition gets the next number of the partition. A search first reads the vectors that were put since
the last number it knows; a server that has lost its data has another epoch, and then all is read anew.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import NewEntry, StoreOptions, Vector
from cache_service.stores import redis_keys as names
from cache_service.stores.payloads import PayloadLost, Payloads
from cache_service.stores.redis_client import RedisClient, Script, Word
from cache_service.stores.redis_records import read_vector
from cache_service.stores.redis_scripts import FETCH, PUT_HEAD
from cache_service.stores.redis_store import RedisStore

# Read in one round trip: 1.5 MB of vectors.
CHUNK = 1000
FIRST_CAPACITY = 128
# Longer comparisons leave the event loop to others meanwhile.
IN_THREAD_FROM = 10_000

# KEYS[4] epoch and last number, KEYS[5] exact keys by number. ARGV[8] epoch of a partition that has none.
_PUT = Script(
    PUT_HEAD
    + """
redis.call('HSETNX', KEYS[4], 'epoch', ARGV[8])
redis.call('ZADD', KEYS[5], redis.call('HINCRBY', KEYS[4], 'last', 1), ARGV[6])
for _, exact in ipairs(redis.call('ZRANDMEMBER', KEYS[5], 4)) do
  if not redis.call('ZSCORE', KEYS[3], exact) then redis.call('ZREM', KEYS[5], exact) end
end
live_until(KEYS[4], at)
live_until(KEYS[5], at)
return old or ''
"""
)

# KEYS epoch and last number, exact keys by number, live ones. ARGV epoch and number that are known, entry prefix, most.
# Replies epoch, how many are live, number, exact key, id, tenant, vector...
_SYNC = Script("""
local epoch, since = redis.call('HGET', KEYS[1], 'epoch'), ARGV[2]
if not epoch then return {'', 0, {}} end
if epoch ~= ARGV[1] then since = '0' end
local rows = {}
local new = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[4])
for at = 1, #new, 2 do
  local held = redis.call('HMGET', ARGV[3] .. new[at], 'i', 't', 'v')
  rows[#rows + 1] = {new[at + 1], new[at], held[1] or '', held[2] or '', held[3] or ''}
end
return {epoch, redis.call('ZCARD', KEYS[3]), rows}
""")


@dataclass
class _Matrix:
    """The vectors of one partition, with room to grow."""

    epoch: str = ""
    last: int = 0
    names: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    vectors: Vector = field(default_factory=lambda: np.empty((0, 0), np.float32))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self, epoch: str) -> None:
        """Begins anew."""
        self.epoch, self.last, self.names, self.places = epoch, 0, [], {}
        self.vectors = np.empty((0, 0), np.float32)

    def put(self, exact: str, vector: Vector) -> None:
        """Takes a vector in, in the place of an older one of the same entry."""
        if self.vectors.shape[1] != len(vector):
            self.vectors = np.zeros((FIRST_CAPACITY, len(vector)), np.float32)
            self.names, self.places = [], {}
        place = self.places.setdefault(exact, len(self.names))
        if place == len(self.names):
            self.names.append(exact)
            if place == len(self.vectors):
                self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
        self.vectors[place] = vector

    def nearest(self, vector: Vector, count: int) -> list[str]:
        """The names of the nearest, nearest first."""
        size = len(self.names)
        if not size or self.vectors.shape[1] != len(vector):
            return []
        cosines = self.vectors[:size] @ vector
        best = np.argpartition(-cosines, min(count, size) - 1)[:count]
        return [self.names[place] for place in best[np.argsort(-cosines[best], kind="stable")]]


class LocalVectors:
    """The index of a RedisStore in the memory of this process; the partitions not searched for longest are let go."""

    put_script = _PUT

    def __init__(self, client: RedisClient, *, payloads: Payloads, max_rows: int) -> None:
        self._client = client
        self._payloads = payloads
        self._max_rows = max_rows
        self._matrices: OrderedDict[bytes, _Matrix] = OrderedDict()

    def put_keys(self, keys: Keys) -> Sequence[Word]:
        """The keys that a put touches besides those of the entry."""
        return names.of_partition("q", keys.partition), names.of_partition("j", keys.partition)

    def put_arguments(self, new: NewEntry) -> Sequence[Word]:
        """What a put needs to number an entry; its vector is read from the entry."""
        del new
        return token_hex(8), "", "", ""

    async def search(self, keys: Keys, vector: Vector, *, now: float, most: int, ranked: int) -> list[Any]:
        """The nearest live entries as `FETCH` replies them."""
        matrix = self._matrices.setdefault(keys.partition, _Matrix())
        self._matrices.move_to_end(keys.partition)
        async with matrix.lock:
            await self._follow(keys.partition, matrix)
            if len(matrix.names) < IN_THREAD_FROM:
                near = matrix.nearest(vector, ranked)
            else:
                near = await asyncio.to_thread(matrix.nearest, vector, ranked)
        self._forget_oldest()
        if not near:
            return []
        arguments: list[Word] = [repr(now), names.entry_prefix(keys.partition), most, *near]
        found: list[Any] = await self._client.script(FETCH, [names.wrong_for(keys)], arguments)
        return found

    async def _follow(self, partition: bytes, matrix: _Matrix) -> None:
        """Reads what was put since the last time, chunk by chunk; what is read stays read if the caller leaves."""
        keys = [names.of_partition(kind, partition) for kind in ("q", "j", "p")]
        anew = False
        while True:
            known: list[Word] = [matrix.epoch, matrix.last, names.entry_prefix(partition), CHUNK]
            epoch, live, rows = await self._client.script(_SYNC, keys, known)
            if epoch.decode() != matrix.epoch:
                matrix.forget(epoch.decode())
            for row in rows:
                self._take(partition, matrix, row)
            if len(rows) == CHUNK:
                continue
            if anew or len(matrix.names) <= 2 * live + FIRST_CAPACITY:
                return
            anew = True  # mostly vectors of entries that are gone
            matrix.forget("")

    def _take(self, partition: bytes, matrix: _Matrix, row: Sequence[bytes]) -> None:
        number, exact, entry_id, tenant_id, packed = row
        matrix.last = int(float(number))
        keys = Keys(partition, bytes.fromhex(exact.decode()))
        try:
            vector = read_vector(packed, tenant_id.decode(), entry_id.decode(), keys=keys, payloads=self._payloads)
        except PayloadLost:
            return
        matrix.put(exact.decode(), vector)

    def _forget_oldest(self) -> None:
        while len(self._matrices) > 1 and sum(len(one.names) for one in self._matrices.values()) > self._max_rows:
            self._matrices.popitem(last=False)

    async def close(self) -> None:
        """Lets go of all vectors."""
        self._matrices.clear()


class RedisLocalStore(RedisStore):
    """The store on any Redis or Valkey."""

    @classmethod
    async def make_index(cls, client: RedisClient, options: StoreOptions) -> LocalVectors:
        """The index, empty until a large partition is searched."""
        return LocalVectors(client, payloads=options.payloads, max_rows=options.max_index_rows)
