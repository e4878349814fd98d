"""What is learnt from verdicts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.learning import Asked
from cache_service.terms import Mode, Policy, Scope, ScopeWidth
from fakes_cache import Cache, chat_answer, open_cache

STORED = "How do I cancel my running order"
NEAR = f"{STORED} please"
SCOPE = Scope("acme")


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[Cache]:
    """An empty cache."""
    opened = await open_cache(tmp_path)
    yield opened
    await opened.close()


async def asked(cache: Cache, question: str) -> Asked:
    """A request as a verdict names it."""
    return cache.storing.asked_by_token((await cache.ask(question, mode=Mode.SHADOW)).token, SCOPE)


async def counts(cache: Cache) -> tuple[float, float]:
    """How many were checked in the tenant, and how many of these were wrong."""
    own = await cache.calibrations.own("acme")
    assert own is not None
    return own.observations, float(own.wrong.sum())


async def test_a_verdict_on_a_near_hit_counts_once(cache: Cache) -> None:
    """However often it is given."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    pair = await asked(cache, NEAR)
    first, again = [await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=False, asked=pair) for _ in range(2)]
    assert (first.counted, again.counted) == (True, False)
    assert await counts(cache) == (1.0, 0.0)


async def test_a_wrong_one_removes_the_pair_and_says_so(cache: Cache) -> None:
    """It is evidence too; the entry stays for others."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    pair = await asked(cache, NEAR)
    done = await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=pair)
    assert (done.entry_removed, done.pair_remembered, done.counted) == (False, True, True)
    again = await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=pair)
    assert (again.pair_remembered, again.counted) == (True, False)
    assert await counts(cache) == (1.0, 1.0)


async def test_a_wrong_one_for_its_own_request_removes_the_entry(cache: Cache) -> None:
    """An exact hit says nothing about similarities."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    pair = await asked(cache, STORED)
    done = await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=pair)
    assert (done.entry_removed, done.counted) == (True, False)
    assert await counts(cache) == (0.0, 0.0)


async def test_a_verdict_on_a_pair_that_no_lookup_would_find_does_not_count(cache: Cache) -> None:
    """Far texts are no evidence."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    for name in "abcd":
        await cache.keep(await cache.ask(f"Where is the blue bicycle of {name}", no_cache=True))
    pair = await asked(cache, "Where is the blue bicycle of mine")
    done = await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=pair)
    assert not done.counted


async def test_an_answer_that_cannot_be_compared_teaches_nothing(cache: Cache) -> None:
    """Neither right nor wrong."""
    await cache.learn(STORED, answer=chat_answer("orders page"))
    long = "Open the orders page, choose the order that you want to cancel, press Cancel order, and confirm it there."
    stored = await cache.keep(await cache.ask(NEAR, mode=Mode.SHADOW), answer=chat_answer(long))
    assert (stored.compared, stored.differed) == (0, 0)
    assert await counts(cache) == (0.0, 0.0)


async def test_two_answers_in_two_formats_count_once(cache: Cache) -> None:
    """A bridged route stores both."""
    await cache.learn(STORED)
    missed = await cache.ask(NEAR, mode=Mode.SHADOW)
    await cache.keep(missed)
    await cache.keep(missed)
    assert await counts(cache) == (1.0, 0.0)


async def test_a_member_of_a_pool_teaches_it_nothing(cache: Cache) -> None:
    """Only its curators do."""
    governing = Policy("pool:faq", pool_members=("member",), pool_curators=("acme",))
    for policy in (governing, *(Policy(name, ScopeWidth.POOL, pool="faq") for name in ("member", "acme"))):
        await cache.policies.put(policy, max_ttl_s=10_000)
    await cache.learn(STORED)
    by_member = await cache.ask(NEAR, tenant_id="member", mode=Mode.SHADOW)
    rejected = await cache.keep(by_member, tenant_id="member", answer=chat_answer("Rome."))
    assert (rejected.entry, rejected.compared) == (None, 0)
    own = await cache.calibrations.own("pool:faq")
    assert own is not None
    assert own.observations == 0
    await cache.keep(await cache.ask(NEAR, mode=Mode.SHADOW))
    own = await cache.calibrations.own("pool:faq")
    assert own is not None
    assert own.observations == 1
