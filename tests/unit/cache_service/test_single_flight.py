"""Lookups that wait for an answer that is on its way."""

import asyncio
import time

import numpy as np

from cache_service.requests import Keys
from cache_service.single_flight import Ask, LocalFlights, Standing
from cache_service.stores import Vector
from fakes_cache import Clock

PARTITION = b"p"
ASK = Ask(Keys(PARTITION, b"e"))
LEADS, STORED, ELSEWHERE = Standing.LEADS, Standing.STORED, Standing.ELSEWHERE


def flights(clock: Clock | None = None, **limits: float) -> LocalFlights:
    """Flights on a clock that stands still."""
    return LocalFlights(**{"max_flights": 10, "max_waiters": 10, "clock": clock or Clock(), **limits})


def worded(text: str, vector: Vector, *, alike: bool = True, partition: bytes = PARTITION) -> Ask:
    """A request with a text of its own, which may or may not share an answer."""
    return Ask(Keys(partition, text.encode()), text, vector, lambda _text, _vector: alike)


async def begun(flying: LocalFlights, ask: Ask, *, wait_s: float = 5) -> asyncio.Task:
    """A lookup that has begun to wait."""
    task = asyncio.create_task(flying.join(ask, wait_s=wait_s))
    await asyncio.sleep(0)
    return task


async def test_the_first_leads_and_the_others_get_its_answer() -> None:
    """All who wait are freed at once, and only the leader has an id."""
    flying = flights()
    leader = await flying.join(ASK, wait_s=5)
    assert leader.standing is LEADS
    assert leader.flight_id
    waiting = [await begun(flying, ASK) for _ in range(3)]
    assert await flying.land(ASK.keys, "", stored=True)
    assert [(joined.standing, joined.flight_id) for joined in await asyncio.gather(*waiting)] == [(STORED, "")] * 3


async def test_after_a_failure_one_of_those_who_wait_leads_and_the_others_wait_for_it() -> None:
    """Nobody waits for an answer that will not come, and not all fetch it at once."""
    flying = flights()
    leader = await flying.join(ASK, wait_s=5)
    first, second = await begun(flying, ASK), await begun(flying, ASK)
    assert await flying.land(ASK.keys, leader.flight_id, stored=False)
    next_leader = await first
    assert next_leader.standing is LEADS
    assert not second.done()
    assert await flying.land(ASK.keys, next_leader.flight_id, stored=True)
    assert (await second).standing is STORED


async def test_only_the_leader_can_give_up() -> None:
    """The failure of a call that did not lead frees nobody."""
    flying = flights()
    leader = await flying.join(ASK, wait_s=0)
    waiting = await begun(flying, ASK)
    assert not await flying.land(ASK.keys, "another", stored=False)
    assert not await flying.land(ASK.keys, "", stored=False)
    assert not waiting.done()
    assert await flying.land(ASK.keys, leader.flight_id, stored=True)
    assert (await waiting).standing is STORED


async def test_whoever_waits_in_vain_is_told_that_it_is_elsewhere() -> None:
    """The wait is bounded, and the flight goes on."""
    flying = LocalFlights(max_flights=10, max_waiters=10)
    leader = await flying.join(ASK, wait_s=5)
    began = time.monotonic()
    assert (await flying.join(ASK, wait_s=0.02)).standing is ELSEWHERE
    assert time.monotonic() - began < 2
    assert await flying.renew(ASK.keys, leader.flight_id) is not None


async def test_without_a_wait_nobody_waits() -> None:
    """A lookup may ask not to."""
    flying = flights()
    await flying.join(ASK, wait_s=0)
    assert (await flying.join(ASK, wait_s=0)).standing is ELSEWHERE


async def test_a_lease_ends_when_nobody_renews_it() -> None:
    """A leader that died holds nobody up."""
    clock = Clock()
    flying = flights(clock, lease_s=5)
    leader = await flying.join(ASK, wait_s=0)
    clock.advance(4)
    assert await flying.renew(ASK.keys, leader.flight_id) == 5
    clock.advance(4)
    assert (await flying.join(ASK, wait_s=0)).standing is ELSEWHERE
    clock.advance(1)
    assert await flying.renew(ASK.keys, leader.flight_id) is None
    assert (await flying.join(ASK, wait_s=0)).standing is LEADS


async def test_those_who_wait_outlive_a_dead_leader() -> None:
    """When its lease ends one of them leads, well before its own wait is over."""
    flying = LocalFlights(max_flights=10, max_waiters=10, lease_s=0.05)
    await flying.join(ASK, wait_s=0)
    async with asyncio.timeout(5):
        assert (await flying.join(ASK, wait_s=60)).standing is LEADS


async def test_an_answer_to_other_words_is_waited_for() -> None:
    """What the semantic tier would serve may be waited for; what it would not, not."""
    flying, vector = flights(), np.ones(2, np.float32)
    await flying.join(worded("a", vector), wait_s=0)
    assert (await flying.join(worded("b", vector), wait_s=0)).standing is ELSEWHERE
    assert (await flying.join(worded("c", vector, alike=False), wait_s=0)).standing is LEADS
    assert (await flying.join(worded("d", vector, partition=b"q"), wait_s=0)).standing is LEADS
    assert (await flying.join(Ask(Keys(PARTITION, b"x"), "x"), wait_s=0)).standing is LEADS


async def test_a_follower_in_other_words_gets_the_answer() -> None:
    """It is freed by the store of the answer that it waits for."""
    flying, vector = flights(), np.ones(2, np.float32)
    first = worded("a", vector)
    await flying.join(first, wait_s=0)
    waiting = await begun(flying, worded("b", vector))
    assert await flying.land(first.keys, "", stored=True)
    assert (await waiting).standing is STORED


async def test_there_are_never_more_flights_than_allowed() -> None:
    """The oldest is forgotten, and who waited for it leads."""
    flying = flights(max_flights=2)
    await flying.join(ASK, wait_s=0)
    waiting = await begun(flying, ASK)
    for name in (b"1", b"2"):
        await flying.join(Ask(Keys(PARTITION, name)), wait_s=0)
    assert (await waiting).standing is LEADS


async def test_only_so_many_wait() -> None:
    """Beyond the bound a lookup does not wait at all."""
    flying = flights(max_waiters=1)
    await flying.join(ASK, wait_s=0)
    waiting = await begun(flying, ASK)
    assert (await flying.join(ASK, wait_s=5)).standing is ELSEWHERE
    await flying.land(ASK.keys, "", stored=True)
    assert (await waiting).standing is STORED


async def test_a_caller_that_leaves_makes_room() -> None:
    """A cancelled wait is no longer counted."""
    flying = flights(max_waiters=1)
    await flying.join(ASK, wait_s=0)
    waiting = await begun(flying, ASK)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not await flying.land(ASK.keys, "", stored=True)


async def test_closing_frees_all() -> None:
    """Whoever waits goes on by itself."""
    flying = flights()
    await flying.join(ASK, wait_s=0)
    waiting = await begun(flying, ASK)
    await flying.close()
    assert (await waiting).standing is LEADS
