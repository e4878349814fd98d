"""Lookups of several replicas that wait for the same answer, on a real Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from cache_service.flights_redis import RedisFlights
from cache_service.requests import Keys
from cache_service.single_flight import Ask, LocalFlights, Standing
from cache_service.stores import StoreOptions
from cache_service.stores.payloads import Payloads
from cache_service.stores.redis_client import connect
from redis_server import RedisProcess

pytest_plugins = ["fixtures_redis"]

LEADS, STORED, ELSEWHERE = Standing.LEADS, Standing.STORED, Standing.ELSEWHERE
KEY = b"k" * 32


def ask(name: str = "e", partition: bytes | None = None) -> Ask:
    """A request of a partition that no other test uses."""
    return Ask(Keys(partition or secrets.token_bytes(32), name.encode().ljust(32, b".")))


def worded(text: str, partition: bytes, *, alike: bool = True) -> Ask:
    """A request in its own words, which may or may not share another's answer."""
    keys = Keys(partition, text.encode().ljust(32, b"."))
    return Ask(keys, text, np.ones(3, np.float32), lambda other, vector: alike and bool(other) and vector.size == 3)


Replica = Callable[..., "asyncio.Future[RedisFlights]"]


@pytest.fixture
async def replica(redis_url: str, tmp_path: Path) -> AsyncIterator[Replica]:
    """Makes replicas of one service."""
    async with AsyncExitStack() as stack:

        async def make(url: str = redis_url, *, lease_s: float = 5.0, max_waiters: int = 10) -> RedisFlights:
            client = await connect(StoreOptions(tmp_path, redis_url=url, redis_timeout_s=1.0))
            stack.push_async_callback(client.close)
            local = LocalFlights(max_flights=10, max_waiters=max_waiters)
            return RedisFlights(client, local, payloads=Payloads([KEY]), max_waiters=max_waiters, lease_s=lease_s)

        yield make


async def test_another_replica_waits_for_the_answer(replica: Replica) -> None:
    """One leads, the other is freed by its store."""
    one, other = await replica(), await replica()
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    assert leader.standing is LEADS
    waiting = asyncio.create_task(other.join(wanted, wait_s=20))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    assert await one.land(wanted.keys, leader.flight_id, stored=True)
    assert (await waiting).standing is STORED
    assert (await other.join(wanted, wait_s=0.01)).standing is LEADS


async def test_after_a_failure_a_follower_leads(replica: Replica) -> None:
    """Only the leader's own id can give up, and then the next one leads."""
    one, other = await replica(), await replica()
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    waiting = asyncio.create_task(other.join(wanted, wait_s=20))
    await asyncio.sleep(0.1)
    assert not await one.land(wanted.keys, "rwrong", stored=False)
    assert await one.land(wanted.keys, leader.flight_id, stored=False)
    assert (await waiting).standing is LEADS


async def test_a_dead_leader_holds_nobody_up(replica: Replica) -> None:
    """Its lease ends, and a follower leads."""
    one, other = await replica(lease_s=0.2), await replica(lease_s=0.2)
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    assert (await other.join(wanted, wait_s=20)).standing is LEADS
    assert await one.renew(wanted.keys, leader.flight_id) is None


async def test_a_renewed_lease_goes_on(replica: Replica) -> None:
    """While its call runs nobody else leads."""
    one, other = await replica(lease_s=0.5), await replica(lease_s=0.5)
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    for _ in range(4):
        await asyncio.sleep(0.2)
        assert await one.renew(wanted.keys, leader.flight_id) == 0.5
    assert (await other.join(wanted, wait_s=0.01)).standing is ELSEWHERE


async def test_the_answer_to_other_words_is_waited_for(replica: Replica) -> None:
    """What the semantic tier would serve may be waited for, also on another replica; what it would not, not."""
    one, other = await replica(), await replica()
    partition = secrets.token_bytes(32)
    first = worded("a", partition)
    leader = await one.join(first, wait_s=1)
    assert (await other.join(worded("c", partition, alike=False), wait_s=0.01)).standing is LEADS
    waiting = asyncio.create_task(other.join(worded("b", partition), wait_s=20))
    await asyncio.sleep(0.1)
    await one.land(first.keys, leader.flight_id, stored=True)
    # "c" is in flight as well, and its answer would also do.
    await other.land(worded("c", partition).keys, "", stored=True)
    assert (await asyncio.wait_for(waiting, 25)).standing in {STORED, LEADS}


async def test_what_a_request_asks_is_sealed(replica: Replica, redis_url: str, tmp_path: Path) -> None:
    """No word of it is in Redis."""
    one = await replica()
    partition = secrets.token_bytes(32)
    await one.join(worded("a very secret question", partition), wait_s=1)
    client = await connect(StoreOptions(tmp_path, redis_url=redis_url))
    names = [f"pith:flights:{{{partition[:8].hex()}}}:{partition.hex()}"]
    kept = await client.call("HGETALL", names[0])
    await client.close()
    assert kept
    assert not any(b"secret" in word for word in kept)


async def test_without_a_wait_nothing_is_shared(replica: Replica) -> None:
    """The default costs no round trip; a lookup that must know asks for it."""
    one, other = await replica(), await replica()
    wanted = ask()
    assert (await one.join(wanted, wait_s=0)).standing is LEADS
    assert (await other.join(wanted, wait_s=0)).standing is LEADS
    assert (await one.join(wanted, wait_s=0, shared=True)).standing is LEADS
    assert (await other.join(wanted, wait_s=0, shared=True)).standing is ELSEWHERE


async def test_only_so_many_wait(replica: Replica) -> None:
    """Beyond the bound a lookup goes on at once."""
    one = await replica(max_waiters=1)
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    waiting = asyncio.create_task(one.join(wanted, wait_s=20))
    await asyncio.sleep(0.1)
    assert (await one.join(wanted, wait_s=20)).standing is ELSEWHERE
    await one.land(wanted.keys, leader.flight_id, stored=True)
    assert (await waiting).standing is STORED


async def test_without_redis_every_process_leads_for_itself(replica: Replica, redis_process: RedisProcess) -> None:
    """Leases are a saving, not a need."""
    one = await replica(redis_process.url)
    wanted = ask()
    leader = await one.join(wanted, wait_s=1)
    redis_process.stop()
    assert not await one.land(wanted.keys, leader.flight_id, stored=True)
    assert await one.renew(wanted.keys, leader.flight_id) is None
    local = await one.join(ask("x"), wait_s=0.1)
    assert local.standing is LEADS
    assert await one.renew(ask("x").keys, local.flight_id) is None
    await one.close()
