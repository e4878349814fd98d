"""The semantic tier of one lookup."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.lookups import Lookup, RequestRef
from cache_service.semantic_tier import Search
from cache_service.stopwatch import Stopwatch
from cache_service.terms import Api, Outcome, Policy, Scope, Veto
from fakes_cache import Cache, chat_json, open_cache

STORED = "How do I cancel my running order"
NEAR = f"{STORED} please"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[Cache]:
    """An empty cache."""
    opened = await open_cache(tmp_path)
    yield opened
    await opened.close()


async def search(cache: Cache, question: str, **changes: float) -> Search:
    """A lookup that has been read."""
    ref = RequestRef(Scope("acme"), Api.CHAT, "gpt-4o", chat_json(question))
    found = await cache.lookups._questions.read(ref, Stopwatch())
    return Search(Lookup(ref, **changes), found, Stopwatch())  # type: ignore[arg-type]


async def test_a_request_only_tightens_the_budget(cache: Cache) -> None:
    """The policy's is the most."""
    assert (await search(cache, STORED)).budget == 0.03
    assert (await search(cache, STORED, max_wrong_hit_rate=0.01)).budget == 0.01
    assert (await search(cache, STORED, max_wrong_hit_rate=0.5)).budget == 0.03


async def test_evidence_belongs_to_the_tenant_or_to_its_pool(cache: Cache) -> None:
    """Whatever the width."""
    assert (await search(cache, STORED)).namespace == "acme"


async def test_an_answer_on_its_way_may_serve_what_its_entry_would_serve(cache: Cache) -> None:
    """Near enough, no guard objects, and within the budget; without a vector never."""
    tier, mine = cache.lookups._tier, await search(cache, NEAR)
    other = await search(cache, STORED)
    vector = await tier.embed(other)
    assert vector is not None
    assert not tier.same(mine, STORED, vector)
    await tier.embed(mine)
    await tier.rule(mine)
    assert tier.same(mine, STORED, vector)
    assert not tier.same(mine, "How do I not cancel my running order", vector)
    assert not tier.same(mine, STORED, -vector)
    strict = await search(cache, NEAR, max_wrong_hit_rate=0.0)
    await tier.embed(strict)
    await tier.rule(strict)
    assert not tier.same(strict, STORED, vector)


async def test_every_candidate_counts_as_traffic(cache: Cache) -> None:
    """Served or not."""
    await cache.learn(STORED)
    for _ in range(3):
        assert (await cache.ask(NEAR)).outcome is Outcome.HIT
    own = await cache.calibrations.own("acme")
    assert own is not None
    assert (own.seen.sum(), own.observations) == (3.0, 0.0)


async def test_a_collision_is_logged_without_its_text(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    """An operator should look at it."""
    caplog.set_level(logging.WARNING)
    await cache.learn(STORED)
    assert (await cache.ask(f"{STORED} \u200b")).near_misses[0].veto is Veto.COLLISION
    assert "running" not in caplog.text


async def test_a_policy_of_another_language_takes_half_of_the_budget(cache: Cache) -> None:
    """The bound of a near entry is between the half and the whole."""
    spanish = "¿Cómo puedo cancelar el pedido de mi cuenta en la tienda"
    await cache.learn(spanish)
    hit = await cache.ask(f"{spanish} hoy?")
    assert hit.outcome is Outcome.HIT
    await cache.policies.put(Policy("acme", ttl_s=600.0, max_wrong_hit_rate=hit.error_bound * 1.5), max_ttl_s=1000)
    assert (await cache.ask(f"{spanish} hoy")).near_misses[0].veto is Veto.ERROR_BOUND
