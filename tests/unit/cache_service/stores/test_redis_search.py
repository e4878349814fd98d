"""Searching by the query engine: the commands that are sent, and the replies that are read, without an engine."""

from collections.abc import Sequence
from typing import Any

from cache_service.requests import Keys
from cache_service.stores import StoreDown
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import Command
from cache_service.stores.redis_search import SearchIndex
from fakes_entries import key, unit


class ScriptedClient:
    """Gives the replies that an engine gives, and remembers what was asked."""

    def __init__(self, found: Sequence[Any]) -> None:
        self.found = found
        self.has_index = False
        self.asked: list[tuple[Any, ...]] = []

    async def several(self, commands: Sequence[Command]) -> list[Any]:
        """A search, and the entries that were reported."""
        self.asked += [one.words for one in commands]
        if not self.has_index:
            raise StoreDown("store: Redis refuses: pith:vectors:4: no such index")
        return [self.found, [key("bad").exact.hex().encode()]]

    async def call(self, *words: Any) -> None:
        """Makes the index; another replica has just made it."""
        self.asked.append(words)
        self.has_index = True
        raise StoreDown("store: Redis refuses: Index already exists")


def document(keys: Keys) -> bytes:
    """The name of an entry's hash."""
    return names.entry(keys).encode()


async def test_a_missing_index_is_made_and_the_search_goes_on() -> None:
    """With the partition as a filter that comes first; replies are read with what was reported."""
    fields = [b"i", b"id"]
    other = key("q", b"o" * 32)
    found = [4, document(key("q")), fields, document(key("gone")), None, document(key("bad")), fields]
    client = ScriptedClient([*found, document(other), fields])
    index = SearchIndex(client)  # type: ignore[arg-type]
    rows = await index.search(key("x"), unit(1), now=0.0, most=10, ranked=16)
    assert rows == [[key("q").exact.hex().encode(), 0, fields], [key("bad").exact.hex().encode(), 1, fields]]
    search, made = client.asked[0], client.asked[2]
    assert search[:2] == ("FT.SEARCH", "pith:vectors:4")
    assert search[2] == f"(@p:{{{key('x').partition.hex()}}})=>[KNN 16 @f $vector AS distance]"
    assert made[:6] == ("FT.CREATE", "pith:vectors:4", "ON", "HASH", "PREFIX", 1)
    assert made[6] == names.ENTRY_PREFIX
