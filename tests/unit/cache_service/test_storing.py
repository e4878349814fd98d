"""Keeping answers, and verdicts on them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import Target, TargetKind
from cache_service.terms import HitKind, Mode, Outcome, Policy, Rejection, Scope
from fakes_cache import Cache, Clock, chat_answer, open_cache
from grpc_serving.errors import InvalidArgument, NotFound

QUESTION = "How do I cancel my running order"
NEAR = f"{QUESTION} please"
SCOPE = Scope("acme")


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture
async def cache(tmp_path: Path, clock: Clock) -> AsyncIterator[Cache]:
    """An empty cache."""
    opened = await open_cache(tmp_path, clock)
    yield opened
    await opened.close()


async def test_the_life_of_an_entry_is_stores_or_the_policys(cache: Cache, clock: Clock) -> None:
    """Zero means the policy's."""
    first = await cache.learn(QUESTION)
    second = await cache.learn("Another question of mine", ttl_s=5.0)
    assert first.entry is not None
    assert second.entry is not None
    assert (first.entry.expires_at, second.entry.expires_at) == (clock.now + 3600, clock.now + 5)


async def test_a_life_beyond_the_limit_is_refused_and_nothing_is_stored(cache: Cache) -> None:
    """The error names both numbers."""
    with pytest.raises(InvalidArgument, match="ttl_s: is 1001; at most 1000"):
        await cache.learn(QUESTION, ttl_s=1001.0)
    assert await cache.store.count("acme") == 0


async def test_a_rejected_answer_is_not_stored_and_frees_who_waits(cache: Cache) -> None:
    """They fetch it themselves."""
    asked = await cache.ask(QUESTION)
    result = await cache.keep(asked, answer=chat_answer(finish_reason="length"))
    assert (result.entry, result.rejection) == (None, Rejection.FINISH_REASON)
    assert await cache.store.count("acme") == 0
    assert not await cache.storing.release(asked.token, SCOPE)


@pytest.mark.parametrize("tenant_id", ["umbrella", ""])
async def test_a_token_of_another_scope_stores_nothing(cache: Cache, tenant_id: str) -> None:
    """In neither tenant."""
    asked = await cache.ask(QUESTION)
    with pytest.raises(InvalidArgument, match="lookup_token"):
        await cache.keep(asked, tenant_id=tenant_id)
    assert (await cache.store.count("acme"), await cache.store.count("umbrella")) == (0, 0)


async def test_an_expired_token_stores_nothing(cache: Cache, clock: Clock) -> None:
    """Also when the answer took a quarter of an hour."""
    asked = await cache.ask(QUESTION)
    clock.advance(901)
    with pytest.raises(InvalidArgument, match="expired"):
        await cache.keep(asked)
    assert await cache.store.count("acme") == 0


async def test_an_answer_that_was_invalidated_on_its_way_is_rejected(cache: Cache, clock: Clock) -> None:
    """Its lookup came before the invalidation."""
    asked = await cache.ask(QUESTION)
    clock.advance(1)
    await cache.store.invalidate("acme", Target(TargetKind.TENANT), dry_run=False)
    clock.advance(1)
    assert (await cache.keep(asked)).rejection is Rejection.INVALIDATED


async def test_a_namespace_that_is_off_stores_nothing(cache: Cache) -> None:
    """Also for tokens from before."""
    asked = await cache.ask(QUESTION)
    await cache.policies.put(Policy("acme", modes=(Mode.OFF,)), max_ttl_s=10_000)
    assert (await cache.keep(asked)).rejection is Rejection.POLICY


async def test_an_answer_that_cannot_be_embedded_serves_the_exact_tier(cache: Cache) -> None:
    """The model may be overloaded; the answer is not lost."""
    asked = await cache.ask(QUESTION)
    cache.embedder.fails_with = RuntimeError("broken")
    assert (await cache.keep(asked)).entry is not None
    assert (await cache.ask(QUESTION)).hit_kind is HitKind.EXACT


async def test_a_broken_token_releases_nobody(cache: Cache) -> None:
    """And is no error."""
    assert not await cache.storing.release(b"x", SCOPE)


async def test_a_verdict_right_changes_nothing_but_the_counts(cache: Cache) -> None:
    """It is counted for the tenant."""
    stored = await cache.learn(QUESTION)
    assert stored.entry is not None
    await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=False, asked=None)
    assert (await cache.ask(QUESTION)).outcome is Outcome.HIT
    await cache.tally.flush()
    assert (await cache.store.usage("acme", window_s=60))["right"] == 1


async def test_a_verdict_wrong_without_a_request_takes_the_entry_out(cache: Cache) -> None:
    """For every request."""
    stored = await cache.learn(QUESTION)
    assert stored.entry is not None
    await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=None)
    for question in (QUESTION, NEAR):
        assert (await cache.ask(question)).outcome is Outcome.MISS


async def test_a_verdict_on_another_tenants_entry_is_not_heard(cache: Cache) -> None:
    """Its id does not exist there."""
    stored = await cache.learn(QUESTION)
    assert stored.entry is not None
    with pytest.raises(NotFound, match="entry_id"):
        await cache.storing.report(Scope("umbrella"), stored.entry.entry_id, wrong=True, asked=None)
    assert (await cache.ask(QUESTION)).outcome is Outcome.HIT
