"""The Lua scripts of the Redis stores: each is one step that nobody sees half done.

Times are seconds since 1970 by the store's clock, handed over by the caller. The keys that a script derives from
those it is given have the same tag and so the same slot.
"""

from cache_service.stores.redis_client import Script

# Never after more than this is a partition's or tenant's bookkeeping kept that nobody writes to any more.
KEPT_S = 32 * 86400

_LATER = """
local function live_until(key, at)
  if redis.call('PEXPIRETIME', key) < at then redis.call('PEXPIREAT', key, at) end
end
"""

# KEYS entry, live ones of the partition. ARGV now, most, entry prefix, skip the entry.
# Replies 1 and the entry's fields, or 0, how many live ones, and of a small partition exact key, id, tenant, vector.
EXACT = Script("""
local now = tonumber(ARGV[1])
if ARGV[4] ~= '1' then
  local expires = redis.call('HGET', KEYS[1], 'x')
  if expires and tonumber(expires) > now then return {1, redis.call('HGETALL', KEYS[1])} end
end
local live = redis.call('ZCOUNT', KEYS[2], '(' .. ARGV[1], '+inf')
local most = tonumber(ARGV[2])
if live == 0 or live > most then return {0, math.min(live, most + 1)} end
local rows = {}
for _, exact in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')) do
  local held = redis.call('HMGET', ARGV[3] .. exact, 'i', 't', 'v')
  if held[3] then rows[#rows + 1] = {exact, held[1], held[2], held[3]} end
end
return {0, #rows, rows}
""")

# KEYS entries that are wrong for the request. ARGV now, entry prefix, most, exact keys of entries...
# Replies for the first live ones: exact key, whether the pair is known as wrong, fields.
FETCH = Script("""
local now, found = tonumber(ARGV[1]), {}
for at = 4, #ARGV do
  local key = ARGV[2] .. ARGV[at]
  local expires = redis.call('HGET', key, 'x')
  if expires and tonumber(expires) > now then
    local wrong = redis.call('SISMEMBER', KEYS[1], ARGV[at])
    found[#found + 1] = {ARGV[at], wrong, redis.call('HGETALL', key)}
    if #found >= tonumber(ARGV[3]) then break end
  end
end
return found
""")

# KEYS entry, key of the new id, live ones of the partition, then those of the index.
# ARGV now, the id that may be there ('*' for any), new id, expires, suffix, exact key, has a vector, then those of the
# index, then from ARGV[12] fields and values. Replies the id that went, if any, or 0 when another one was there.
PUT_HEAD = (
    _LATER
    + """
local now, expires = tonumber(ARGV[1]), tonumber(ARGV[4])
local old = redis.call('HGET', KEYS[1], 'i')
if ARGV[2] ~= '*' and (old or '') ~= ARGV[2] then return 0 end
if old then redis.call('UNLINK', KEYS[1], string.sub(KEYS[2], 1, -33) .. old) end
local at = math.ceil(expires * 1000)
for field = 12, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[field], ARGV[field + 1]) end
redis.call('PEXPIREAT', KEYS[1], at)
redis.call('SET', KEYS[2], ARGV[5], 'PXAT', at)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[1])
if ARGV[7] ~= '1' then
  redis.call('ZREM', KEYS[3], ARGV[6])
  return old or ''
end
redis.call('ZADD', KEYS[3], expires, ARGV[6])
live_until(KEYS[3], at)
"""
)

# KEYS entry. ARGV now, the id that must be there, format field, answer, meta. Replies 1, or 0 when all is different now.
JOIN = Script("""
local held = redis.call('HMGET', KEYS[1], 'i', 'x', ARGV[3])
if held[1] ~= ARGV[2] or tonumber(held[2]) <= tonumber(ARGV[1]) or held[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4], 'm', ARGV[5])
return 1
""")

# KEYS key of an id. ARGV id, entry prefix up to the tag, with answers. Replies suffix and fields; without answers
# their values are empty.
BY_ID = Script("""
local suffix = redis.call('GET', KEYS[1])
if not suffix then return false end
local fields = redis.call('HGETALL', ARGV[2] .. suffix)
for at = 1, #fields, 2 do
  if fields[at] == 'i' and fields[at + 1] ~= ARGV[1] then return false end
  if ARGV[3] ~= '1' and string.sub(fields[at], 1, 2) == 'a:' then fields[at + 1] = '' end
end
if #fields == 0 then return false end
return {suffix, fields}
""")

# KEYS key of an id. ARGV id, entry prefix up to the tag, what the partition's keys of live and of waiting ones begin with.
DELETE = Script("""
local suffix = redis.call('GET', KEYS[1])
redis.call('UNLINK', KEYS[1])
if not suffix then return 0 end
local key = ARGV[2] .. suffix
if redis.call('HGET', key, 'i') ~= ARGV[1] then return 0 end
local colon = string.find(suffix, ':', 1, true)
local partition, exact = string.sub(suffix, 1, colon - 1), string.sub(suffix, colon + 1)
redis.call('UNLINK', key)
redis.call('ZREM', ARGV[3] .. partition, exact)
redis.call('HDEL', ARGV[4] .. partition, exact)
return 1
""")

# KEYS ids of the tenant in order, by expiry, its counter. ARGV id, expires, now, id that went, how long to keep.
LIST = Script("""
local kept = tonumber(ARGV[5])
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[1], ARGV[4]); redis.call('ZREM', KEYS[2], ARGV[4]) end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'LIMIT', 0, 20)) do
  redis.call('ZREM', KEYS[1], dead); redis.call('ZREM', KEYS[2], dead)
end
redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[3]), ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, kept) end
return 1
""")

# KEYS all entries by expiry, latest time seen. ARGV member, expires, now, member that went, most. Replies who must make room.
REGISTER = Script("""
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[1], ARGV[4]) end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if tonumber(redis.call('GET', KEYS[2]) or 0) < tonumber(ARGV[3]) then redis.call('SET', KEYS[2], ARGV[3]) end
local beyond = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[5])
if beyond <= 0 then return {} end
local leaving = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, math.min(beyond, 100))) do
  if member ~= ARGV[1] and #leaving < beyond then leaving[#leaving + 1] = member end
end
return leaving
""")

# KEYS entries that are wrong for a request. ARGV exact key of the entry, most, how long to keep.
REMEMBER_WRONG = Script("""
redis.call('SADD', KEYS[1], ARGV[1])
while redis.call('SCARD', KEYS[1]) > tonumber(ARGV[2]) do redis.call('SPOP', KEYS[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
""")

# KEYS policy. ARGV etag that must be there, new etag, document.
PUT_POLICY = Script("""
if (redis.call('HGET', KEYS[1], 'etag') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'etag', ARGV[2], 'policy', ARGV[3])
return 1
""")

# KEYS a hash of sums. ARGV seconds to live, fields and amounts.
ADD = Script("""
for at = 2, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
""")

# KEYS key of an id. ARGV id, entry prefix up to the tag, hits.
ADD_HITS = Script("""
local suffix = redis.call('GET', KEYS[1])
if not suffix or redis.call('HGET', ARGV[2] .. suffix, 'i') ~= ARGV[1] then return 0 end
return redis.call('HINCRBY', ARGV[2] .. suffix, 'h', ARGV[3])
""")

# KEYS a hash of one document. ARGV version that must be there, document, seconds to live.
REPLACE = Script("""
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'evidence', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
""")
