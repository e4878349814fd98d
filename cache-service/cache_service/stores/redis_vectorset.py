"""Finds neighbours by the vector sets of Redis 8, in append-only sets that expire as a whole.

A partition of up to 64 entries has no set: its vectors are read with the exact step. In a larger one each vector goes
into the set of its generation, which begins anew every half life of the entries and lives as long as the last of
them, so that two or three are searched. Nothing is ever taken out of a set, nor put in twice: removal has crashed
every Redis that was tried (redis issue 15424), and an element whose entry is gone is skipped.
"""

from collections.abc import Sequence
from typing import Any

from cache_service.requests import Keys
from cache_service.stores import SMALL_PARTITION, NewEntry, StoreOptions, StoreUnusable, Vector
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import RedisClient, Script, Word, has_command
from cache_service.stores.redis_scripts import PUT_HEAD
from cache_service.stores.redis_store import RedisStore

# The expiry of a set blocks the server for 5 ms per 10,000 elements.
MAX_ELEMENTS = 20_000
SEARCH_EFFORT = 50

# KEYS[4] generations, KEYS[5] waiting vectors. ARGV[8] raw vector, ARGV[9] sealed, ARGV[10] most of a small partition,
# ARGV[11] what the keys of sets begin with.
_PUT_TAIL = """
local function set_of(stored, gone)
  local span = 1
  while span < gone - stored do span = span * 2 end
  span = math.max(1, span / 2)
  return string.format('%d.%d', span, math.floor(now / span))
end
local function index(exact, raw, stored, gone)
  local generation, number = set_of(stored, gone), 0
  local key = ARGV[11] .. generation .. '.0'
  while redis.call('VCARD', key) >= $MOST do
    number = number + 1
    key = ARGV[11] .. generation .. '.' .. number
  end
  if redis.call('EXISTS', key) == 0 or redis.call('VISMEMBER', key, exact) == 0 then
    local done = redis.pcall('VADD', key, 'FP32', raw, exact, 'Q8')
    if type(done) == 'table' and done.err then return end
  end
  local last = math.max(gone, tonumber(redis.call('ZSCORE', KEYS[4], generation .. '.' .. number) or 0))
  redis.call('ZADD', KEYS[4], last, generation .. '.' .. number)
  redis.call('PEXPIREAT', key, math.ceil(last * 1000))
  live_until(KEYS[4], math.ceil(last * 1000))
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[3]) <= tonumber(ARGV[10]) then
  redis.call('HSET', KEYS[5], ARGV[6], ARGV[9] == '1' and ARGV[8] or '')
  live_until(KEYS[5], at)
  if redis.call('HLEN', KEYS[5]) > 2 * tonumber(ARGV[10]) then
    for _, exact in ipairs(redis.call('HKEYS', KEYS[5])) do
      if not redis.call('ZSCORE', KEYS[3], exact) then redis.call('HDEL', KEYS[5], exact) end
    end
  end
  return old or ''
end
local waiting = redis.call('HGETALL', KEYS[5])
local prefix = string.sub(KEYS[1], 1, -1 - #ARGV[6])
for at = 1, #waiting, 2 do
  local held = redis.call('HMGET', prefix .. waiting[at], 'x', 'v')
  if waiting[at] ~= ARGV[6] and held[1] and held[2] and tonumber(held[1]) > now then
    local raw = waiting[at + 1] ~= '' and waiting[at + 1] or string.sub(held[2], 3)
    index(waiting[at], raw, now, tonumber(held[1]))
  end
end
redis.call('UNLINK', KEYS[5])
index(ARGV[6], ARGV[8], now, expires)
return old or ''
"""

# KEYS generations, waiting vectors, entries that are wrong for the request. ARGV now, entry prefix, most, raw vector,
# how many of each set, what the keys of sets begin with, search effort.
_SEARCH = Script("""
local now, most = tonumber(ARGV[1]), tonumber(ARGV[3])
local best, seen = {}, {}
for _, generation in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')) do
  local near = redis.call('VSIM', ARGV[6] .. generation, 'FP32', ARGV[4], 'WITHSCORES', 'COUNT', ARGV[5], 'EF', ARGV[7])
  for at = 1, #near, 2 do best[#best + 1] = {near[at], tonumber(near[at + 1])} end
end
table.sort(best, function(one, other) return one[2] > other[2] end)
local found = {}
local function take(exact)
  if seen[exact] then return end
  seen[exact] = true
  local expires = redis.call('HGET', ARGV[2] .. exact, 'x')
  if not expires or tonumber(expires) <= now then return end
  local wrong = redis.call('SISMEMBER', KEYS[3], exact)
  found[#found + 1] = {exact, wrong, redis.call('HGETALL', ARGV[2] .. exact)}
end
for _, one in ipairs(best) do
  if #found >= most then break end
  take(one[1])
end
for _, exact in ipairs(redis.call('HKEYS', KEYS[2])) do take(exact) end
return found
""")


class VectorSets:
    """The index of a RedisStore in vector sets."""

    def __init__(self, client: RedisClient, *, sealed: bool, max_elements: int = MAX_ELEMENTS) -> None:
        self.put_script = Script(PUT_HEAD + _PUT_TAIL.replace("$MOST", str(max_elements)))
        self._client = client
        self._sealed = sealed

    def put_keys(self, keys: Keys) -> Sequence[Word]:
        """The keys that a put touches besides those of the entry."""
        return names.of_partition("g", keys.partition), names.of_partition("u", keys.partition)

    def put_arguments(self, new: NewEntry) -> Sequence[Word]:
        """What a put needs to index a vector."""
        raw = b"" if new.vector is None else new.vector.astype("<f4").tobytes()
        return raw, int(self._sealed), SMALL_PARTITION, _sets(new.keys.partition)

    async def search(self, keys: Keys, vector: Vector, *, now: float, most: int, ranked: int) -> list[Any]:
        """The nearest live entries as `FETCH` replies them, roughly in order."""
        partition = keys.partition
        touched = [*self.put_keys(keys), names.wrong_for(keys)]
        arguments: list[Word] = [
            repr(now), names.entry_prefix(partition), most, vector.astype("<f4").tobytes(), ranked,
            _sets(partition), max(ranked, SEARCH_EFFORT),
        ]  # fmt: skip
        found: list[Any] = await self._client.script(_SEARCH, touched, arguments)
        return found

    async def close(self) -> None:
        """Nothing is kept here."""


def _sets(partition: bytes) -> str:
    return names.of_partition("v", partition) + ":"


class RedisVectorsetStore(RedisStore):
    """The store on Redis 8 and its vector sets."""

    @classmethod
    async def make_index(cls, client: RedisClient, options: StoreOptions) -> VectorSets:
        """The index; StoreUnusable where the server has no vector sets."""
        for name in ("VADD", "VSIM", "VISMEMBER"):
            if not await has_command(client, name):
                raise StoreUnusable(f"redis_url: the server has no {name}; redis_local works without vector sets")
        return VectorSets(client, sealed=options.payloads.sealing)
