"""Lookups that wait for the same answer."""

import asyncio

from cache_service.requests import Keys
from cache_service.single_flight import SingleFlight
from fakes_cache import Clock

KEYS = Keys(b"p", b"e")


def flights(clock: Clock | None = None, *, max_flights: int = 10, max_waiters: int = 10) -> SingleFlight:
    """Flights on a clock that stands still."""
    return SingleFlight(max_flights=max_flights, max_waiters=max_waiters, clock=clock or Clock())


async def test_the_first_fetches_and_the_others_get_its_answer() -> None:
    """All who wait are freed at once."""
    flying = flights()
    assert not await flying.join(KEYS, wait_s=5)
    waiting = [asyncio.create_task(flying.join(KEYS, wait_s=5)) for _ in range(3)]
    await asyncio.sleep(0)
    assert flying.land(KEYS, stored=True)
    assert await asyncio.gather(*waiting) == [True] * 3


async def test_a_failed_call_frees_all_and_one_of_them_is_waited_for_next() -> None:
    """Nobody waits for an answer that will not come."""
    flying = flights()
    await flying.join(KEYS, wait_s=5)
    waiting = asyncio.create_task(flying.join(KEYS, wait_s=5))
    await asyncio.sleep(0)
    assert flying.land(KEYS, stored=False)
    assert await waiting is False
    third = asyncio.create_task(flying.join(KEYS, wait_s=5))
    await asyncio.sleep(0)
    assert flying.land(KEYS, stored=True)
    assert await third


async def test_whoever_waits_in_vain_fetches_it_itself() -> None:
    """The wait is bounded."""
    flying = flights()
    await flying.join(KEYS, wait_s=5)
    async with asyncio.timeout(1):
        assert not await flying.join(KEYS, wait_s=0.02)
    assert not flying.land(KEYS, stored=True)


async def test_without_a_wait_nobody_waits() -> None:
    """A lookup may ask not to."""
    flying = flights()
    await flying.join(KEYS, wait_s=0)
    assert not await flying.join(KEYS, wait_s=0)
    assert not flying.land(KEYS, stored=True)


async def test_other_keys_are_other_flights() -> None:
    """Only the same request is waited for."""
    flying = flights()
    await flying.join(KEYS, wait_s=5)
    assert not await flying.join(Keys(b"p", b"other"), wait_s=5)


async def test_a_flight_that_never_lands_is_forgotten() -> None:
    """A caller that died does not hold up those who come later."""
    clock = Clock()
    flying = flights(clock)
    await flying.join(KEYS, wait_s=5)
    clock.advance(121)
    async with asyncio.timeout(1):
        assert not await flying.join(KEYS, wait_s=5)


async def test_flights_and_waiters_are_bounded() -> None:
    """Beyond the bounds a lookup goes on alone."""
    flying = flights(max_flights=2, max_waiters=1)
    for name in (b"1", b"2", b"3"):
        await flying.join(Keys(b"p", name), wait_s=5)
    assert not flying.land(Keys(b"p", b"1"), stored=True)
    waiting = asyncio.create_task(flying.join(Keys(b"p", b"3"), wait_s=5))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        assert not await flying.join(Keys(b"p", b"2"), wait_s=5)
    assert flying.land(Keys(b"p", b"3"), stored=True)
    assert await waiting


async def test_a_cancelled_waiter_leaves_its_place() -> None:
    """Others may wait then."""
    flying = flights(max_waiters=1)
    await flying.join(KEYS, wait_s=5)
    gone = asyncio.create_task(flying.join(KEYS, wait_s=5))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    waiting = asyncio.create_task(flying.join(KEYS, wait_s=5))
    await asyncio.sleep(0)
    flying.land(KEYS, stored=True)
    assert await waiting
