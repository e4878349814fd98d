"""Tests of waiting for a store."""

import asyncio
import time

from fakes_cli import FakeCache, FakeCompressor, serving
from pith_cli.clients import CacheClient
from pith_cli.up.store_watch import StoreWatch


async def test_waits_until_the_entry_is_there() -> None:
    """A store that lands late is still seen."""
    cache = FakeCache()
    async with serving(cache=cache) as address, CacheClient(address) as client:
        watch = StoreWatch(client, timeout_s=5.0)
        before = await watch.entries("acme")

        async def store_late() -> None:
            await asyncio.sleep(0.1)
            cache.stored["acme"] = {b"x"}

        storing = asyncio.create_task(store_late())
        assert await watch.wait_for_more("acme", before)
        await storing
        assert before == 0


async def test_gives_up_in_time() -> None:
    """An answer that is never stored holds nothing up."""
    async with serving(cache=FakeCache()) as address, CacheClient(address) as client:
        started = time.monotonic()
        assert not await StoreWatch(client, timeout_s=0.1).wait_for_more("acme", 0)
        assert time.monotonic() - started < 2


async def test_waits_blindly_where_entries_are_not_counted() -> None:
    """A service that cannot count gets a fixed time."""
    async with serving(compressor=FakeCompressor()) as address, CacheClient(address) as client:
        watch = StoreWatch(client)
        assert await watch.entries("acme") is None
        assert await watch.wait_for_more("acme", None)
