"""Finds neighbours by the query engine (FT.SEARCH) of Redis, Redis Cloud or Valkey Search, over the same entries.

Beside an entry's own fields its hash has the partition, by which a search is narrowed before it looks for neighbours,
and the plain vector. One index covers all tenants: managed services allow few.
"""

from collections.abc import Sequence
from typing import Any

from cache_service.requests import Keys
from cache_service.stores import NewEntry, StoreDown, StoreOptions, StoreUnusable, Vector
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import RedisClient, Script, Word, command
from cache_service.stores.redis_scripts import PUT_HEAD
from cache_service.stores.redis_store import RedisStore

# The query engine of its own accord looks at 10, which misses 4 % of what is near among 100,000.
SEARCH_EFFORT = 64
_EXISTS = "already exists"
_MISSING = ("no such index", "unknown index", "not found")

# ARGV[8] partition, ARGV[9] raw vector.
_PUT = Script(PUT_HEAD + "redis.call('HSET', KEYS[1], 'p', ARGV[8], 'f', ARGV[9])\nreturn old or ''\n")


class SearchIndex:
    """The index of a RedisStore in the query engine, made when the first vector of its length comes."""

    put_script = _PUT

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    def put_keys(self, keys: Keys) -> Sequence[Word]:
        """A put touches the entry alone; the server indexes it."""
        del keys
        return ()

    def put_arguments(self, new: NewEntry) -> Sequence[Word]:
        """What the index looks at."""
        raw = b"" if new.vector is None else new.vector.astype("<f4").tobytes()
        return new.keys.partition.hex(), raw, "", ""

    async def search(self, keys: Keys, vector: Vector, *, now: float, most: int, ranked: int) -> list[Any]:
        """The nearest entries as `FETCH` replies them; one that expired while it was found has no fields."""
        del now
        asked = command(*_query(keys, vector, ranked))
        wrong = command("SMEMBERS", names.wrong_for(keys))
        try:
            reply, reported = await self._client.several([asked, wrong])
        except StoreDown as error:
            if not any(words in str(error).lower() for words in _MISSING):
                raise
            await self._make(len(vector))
            reply, reported = await self._client.several([asked, wrong])
        return _found(keys, reply, reported)[:most]

    async def _make(self, dimensions: int) -> None:
        """Makes the index; another replica may have been quicker."""
        try:
            await self._client.call(
                "FT.CREATE", _name(dimensions), "ON", "HASH", "PREFIX", 1, names.ENTRY_PREFIX,
                "SCHEMA", "p", "TAG", "f", "VECTOR", "HNSW", 8, "TYPE", "FLOAT32", "DIM", dimensions,
                "DISTANCE_METRIC", "COSINE", "EF_RUNTIME", SEARCH_EFFORT,
            )  # fmt: skip
        except StoreDown as error:
            if _EXISTS not in str(error).lower():
                raise

    async def close(self) -> None:
        """Nothing is kept here."""


def _name(dimensions: int) -> str:
    return f"pith:vectors:{dimensions}"


def _query(keys: Keys, vector: Vector, ranked: int) -> list[Word]:
    narrowed = f"(@p:{{{keys.partition.hex()}}})=>[KNN {ranked} @f $vector AS distance]"
    return [
        "FT.SEARCH", _name(len(vector)), narrowed, "PARAMS", 2, "vector", vector.astype("<f4").tobytes(),
        "SORTBY", "distance", "LIMIT", 0, ranked, "DIALECT", 2,
    ]  # fmt: skip


def _found(keys: Keys, reply: Sequence[Any], reported: Sequence[bytes]) -> list[Any]:
    """The documents of a reply of this partition, each with its exact key."""
    prefix = names.entry_prefix(keys.partition).encode()
    rows = zip(reply[1::2], reply[2::2], strict=True)
    return [
        [key[len(prefix) :], int(key[len(prefix) :] in reported), fields]
        for key, fields in rows
        if fields and key.startswith(prefix)
    ]


class RedisSearchStore(RedisStore):
    """The store on a Redis or Valkey with the query engine."""

    @classmethod
    async def make_index(cls, client: RedisClient, options: StoreOptions) -> SearchIndex:
        """The index; StoreUnusable where the server has no query engine."""
        del options
        try:
            await client.call("FT._LIST")
        except StoreDown as error:
            raise StoreUnusable("redis_url: the server has no query engine (FT.SEARCH); see redis_vectorset") from error
        return SearchIndex(client)
