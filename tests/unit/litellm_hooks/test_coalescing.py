"""Waiting for an answer that is on its way, and keeping the leases of our own calls."""

import asyncio

import pytest

from fakes_cache import Clock
from litellm_hooks.coalescing import RENEW_EVERY_S, Coalescing
from litellm_hooks.config import HookSettings
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import CacheDecision, Failure
from litellm_hooks.exchange import Lookup, LookupQuestion
from litellm_hooks.line import CallFailed
from litellm_hooks.stash import Caller

CALLER = Caller("acme", "k1")
QUESTION = LookupQuestion(CALLER, "chat", "gpt-4o", b"{}", stream=False)
ELSEWHERE = Lookup(CacheDecision.MISS, lookup_token=b"mine", in_flight=True)
ALONE = Lookup(CacheDecision.MISS, lookup_token=b"mine")
HIT = Lookup(CacheDecision.HIT_EXACT, answers=(("chat", b"{}"),))


def coalescing(cache, **settings) -> Coalescing:
    """Coalescing that is on, unless a test says otherwise."""
    return Coalescing(cache, Counters(), HookSettings(**{"coalesce_wait_ms": 500.0, **settings}))


async def test_an_answer_on_its_way_is_waited_for(cache):
    """The second lookup waits, with a deadline that grows by the wait, and is not counted by the breaker."""
    cache.wait_says = HIT
    waiting = coalescing(cache)
    assert await waiting.wait(QUESTION, ELSEWHERE) is HIT
    question, timeout_s = cache.waited[0]
    assert (question.coalesce_wait_ms, timeout_s) == (500.0, 0.56)
    assert waiting.counters.snapshot()['pith_hooks_coalesce_total{outcome="hit"}'] == 1


@pytest.mark.parametrize(("wait_ms", "found"), [(500.0, ALONE), (500.0, HIT), (0.0, ELSEWHERE)])
async def test_nothing_else_is_waited_for(cache, wait_ms, found):
    """Neither a hit, nor an answer that nobody fetches, nor anything while coalescing is off."""
    assert await coalescing(cache, coalesce_wait_ms=wait_ms).wait(QUESTION, found) is found
    assert cache.waited == []


async def test_a_wait_that_fails_leaves_the_first_lookup(cache):
    """The miss stays a miss, with its token."""
    cache.wait_says = CallFailed(Failure.TIMEOUT)
    waiting = coalescing(cache)
    assert await waiting.wait(QUESTION, ELSEWHERE) is ELSEWHERE
    assert waiting.counters.snapshot()['pith_hooks_coalesce_total{outcome="timeout"}'] == 1


async def test_only_so_many_wait(cache):
    """Beyond the bound a request goes to the provider at once; whoever is done makes room."""
    gate = asyncio.Event()

    async def slowly():
        await gate.wait()
        return HIT

    cache.wait_says = slowly
    waiting = coalescing(cache, coalesce_max_waiting=1)
    first = asyncio.create_task(waiting.wait(QUESTION, ELSEWHERE))
    await asyncio.sleep(0)
    assert await waiting.wait(QUESTION, ELSEWHERE) is ELSEWHERE
    gate.set()
    assert await first is HIT
    assert await waiting.wait(QUESTION, ELSEWHERE) is HIT


class Turns:
    """A sleep that lets a test act, then moves the clock."""

    def __init__(self, clock: Clock, *acts) -> None:
        self.clock, self.acts = clock, list(acts)

    async def __call__(self, seconds: float) -> None:
        """Move on by one round."""
        assert seconds == RENEW_EVERY_S
        self.clock.advance(seconds)
        self.acts.pop(0)()


async def test_leases_are_renewed_until_the_call_ends(cache):
    """Every round renews what still runs; the loop ends with the last call."""
    clock = Clock()
    leases = coalescing(cache)
    leases.clock, leases.sleep = clock, Turns(clock, lambda: None, lambda: leases.end(b"a"), lambda: leases.end(b"b"))
    assert leases.lead(CALLER, b"a")
    assert not leases.lead(CALLER, b"b")
    await leases.keep_leases()
    assert cache.renewed == [b"a", b"b", b"b"]
    assert leases.lead(CALLER, b"c")


async def test_a_lease_that_is_lost_is_let_go(cache):
    """Nobody waits for it any more."""
    cache.renew_says = False
    clock = Clock()
    leases = coalescing(cache)
    leases.clock, leases.sleep = clock, Turns(clock, lambda: None)
    leases.lead(CALLER, b"a")
    await leases.keep_leases()
    assert cache.renewed == [b"a"]


async def test_a_service_that_fails_is_asked_again(cache):
    """One lost renewal is not the end of a lease."""
    cache.renew_says = CallFailed(Failure.UNAVAILABLE)
    clock = Clock()
    leases = coalescing(cache)
    leases.clock, leases.sleep = clock, Turns(clock, lambda: None, lambda: leases.end(b"a"))
    leases.lead(CALLER, b"a")
    await leases.keep_leases()
    assert cache.renewed == [b"a"]


async def test_a_call_without_an_end_is_given_up(cache):
    """A request whose end was never seen is not renewed for ever."""
    clock = Clock()
    leases = coalescing(cache, stash_max_age_s=2.0)
    leases.clock, leases.sleep = clock, Turns(clock, lambda: None, lambda: None)
    leases.lead(CALLER, b"a")
    await leases.keep_leases()
    assert cache.renewed == [b"a"]


def test_leads_are_bounded(cache):
    """More calls than allowed are not waited for."""
    leases = coalescing(cache, coalesce_max_leads=1)
    assert leases.lead(CALLER, b"a")
    assert not leases.lead(CALLER, b"b")
    leases.end(b"a")
    leases.end(b"b")
    assert leases.lead(CALLER, b"b")


def test_off_nothing_leads(cache):
    """Without a wait nobody waits, so nothing is renewed."""
    assert not coalescing(cache, coalesce_wait_ms=0.0).lead(CALLER, b"a")
    assert coalescing(cache, coalesce_wait_ms=0.0).touch_ms == 0
