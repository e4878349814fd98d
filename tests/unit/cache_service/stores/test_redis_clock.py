"""The server's clock as a process tells it."""

from pathlib import Path

from cache_service.stores import StoreOptions
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import connect
from cache_service.stores.redis_clock import ServerClock, server_time
from fakes_redis_stores import empty_server


async def test_it_follows_the_server_and_never_goes_back(tmp_path: Path) -> None:
    """Whatever the machine's own clock says; nor is it before a time that others have written."""
    client = await connect(StoreOptions(tmp_path, redis_url=empty_server()))
    told, local = [1000.0], [5.0]

    async def server() -> float:
        return told[0]

    try:
        clock = ServerClock(client, local=lambda: local[0], server=server)
        assert clock.is_due
        await clock.measure()
        assert not clock.is_due
        assert clock.now() == 1000.0
        local[0] += 2.5
        assert clock.now() == 1002.5
        told[0] = 900.0
        await clock.measure()
        assert clock.now() == 1002.5
        await client.call("SET", names.CLOCK, "1500.25")
        await clock.measure()
        assert clock.now() == 1500.25
    finally:
        await client.close()


async def test_the_server_tells_its_time(tmp_path: Path) -> None:
    """In seconds since 1970, and it passes."""
    client = await connect(StoreOptions(tmp_path, redis_url=empty_server()))
    try:
        first = await server_time(client)
        assert first > 1.7e9
        assert await server_time(client) > first
    finally:
        await client.close()
