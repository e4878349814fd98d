"""What operators see."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.inspection import Explanation, Stats
from cache_service.lookups import RequestRef
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Target, TargetKind
from cache_service.terms import Api, Bypass, Outcome, Saved, Scope, Veto
from fakes_cache import Cache, chat_json, open_cache
from grpc_serving.errors import NotFound

QUESTION = "How do I cancel my running order"
NEAR = f"{QUESTION} please"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[Cache]:
    """An empty cache."""
    opened = await open_cache(tmp_path)
    yield opened
    await opened.close()


async def explained(cache: Cache, one: bytes, other: bytes) -> Explanation:
    """How two bodies compare."""
    refs = (RequestRef(Scope("acme"), Api.CHAT, "gpt-4o", body) for body in (one, other))
    return await cache.inspection.explain(*refs, Stopwatch())


async def test_explain_decides_as_a_lookup_would(cache: Cache) -> None:
    """The same, near, denied, far, and with another system prompt."""
    base = chat_json(QUESTION)
    same = await explained(cache, base, chat_json(QUESTION, stream=True))
    assert (same.same_exact_key, same.outcome, same.error_bound) == (True, Outcome.HIT, 0.0)
    near = await explained(cache, base, chat_json(NEAR))
    assert (near.same_exact_key, near.same_partition, near.outcome) == (False, True, Outcome.HIT)
    denied = await explained(cache, base, chat_json(f"{QUESTION} never"))
    assert denied.outcome is Outcome.MISS
    assert [guard.veto for guard in denied.guards if guard.veto] == [Veto.NEGATION]
    assert (await explained(cache, base, chat_json("Where is the sea"))).outcome is Outcome.MISS
    apart = await explained(cache, base, chat_json(NEAR, system="Be long."))
    assert (apart.same_partition, apart.outcome) == (False, Outcome.MISS)


async def test_explain_says_why_a_request_is_closed_to_the_semantic_tier(cache: Cache) -> None:
    """As the first of the checks; a bypass comes with its reason."""
    closed = await explained(cache, chat_json(QUESTION), chat_json(f"{QUESTION} today"))
    assert (closed.guards[0].name, closed.guards[0].veto, closed.guards[0].detail) == (
        "eligibility",
        Veto.INELIGIBLE,
        "time_bound",
    )
    bypassed = await explained(cache, chat_json(QUESTION), chat_json(QUESTION, n=2))
    assert (bypassed.outcome, bypassed.bypass) == (Outcome.BYPASS, Bypass.SEVERAL_ANSWERS)


async def test_stats_count_what_happened_to_the_tenant(cache: Cache) -> None:
    """Hits by tier, misses, stores, savings; another tenant's are not in it."""
    await cache.learn(QUESTION, saved=Saved(10, 2, 0.5))
    for question in (QUESTION, NEAR, "Where is the sea"):
        await cache.ask(question)
    await cache.ask("", body=chat_json(QUESTION, n=2))
    await cache.ask(QUESTION, tenant_id="umbrella")
    stats = await cache.inspection.stats("acme", window_s=60)
    assert (stats.hits_exact, stats.hits_semantic, stats.misses, stats.bypasses, stats.stored) == (1, 1, 2, 1, 1)
    assert (stats.lookups, stats.hit_rate, stats.entries, stats.saved) == (5, 0.5, 1, Saved(20, 4, 1.0))
    assert (await cache.inspection.stats("nobody", window_s=60)).hit_rate == 0.0


async def test_an_unknown_entry_is_not_found(cache: Cache) -> None:
    """So is another tenant's."""
    stored = await cache.learn(QUESTION)
    assert stored.entry is not None
    assert await cache.inspection.entry("acme", stored.entry.entry_id) == stored.entry
    for tenant_id, entry_id in (("umbrella", stored.entry.entry_id), ("acme", "none")):
        with pytest.raises(NotFound, match="entry_id"):
            await cache.inspection.entry(tenant_id, entry_id)


async def test_explain_tells_bound_budget_and_reason(cache: Cache) -> None:
    """In one sentence, with every check."""
    near = await explained(cache, chat_json(QUESTION), chat_json(NEAR))
    assert (near.veto, near.budget) == (None, 0.03)
    assert 0 < near.error_bound <= near.budget
    assert {check.name for check in near.guards} >= {
        "eligibility",
        "similarity",
        "collision",
        "negation",
        "error_bound",
    }
    assert near.reason.startswith("The semantic tier serves it")
    denied = await explained(cache, chat_json(QUESTION), chat_json(f"{QUESTION} never"))
    assert denied.veto is Veto.NEGATION
    assert denied.reason.startswith("Nothing is served: the check negation objects")
    far = await explained(cache, chat_json(QUESTION), chat_json("Where is the sea"))
    assert far.veto is Veto.SIMILARITY


async def test_what_the_evidence_allows_is_told(cache: Cache) -> None:
    """The threshold, its bound, the curve, and what it would take to open further."""
    allowed = await cache.inspection.allowed("acme", 0.03)
    assert allowed.threshold == pytest.approx(0.8)
    assert allowed.error_bound <= 0.03
    assert (allowed.own_observations, allowed.next_threshold) == (0.0, 0.79)
    assert allowed.missing is not None
    assert allowed.missing > 0
    assert [point.similarity for point in allowed.curve[:2]] == [1.0, 0.99]
    bounds = [point.error_bound for point in allowed.curve]
    assert bounds == sorted(bounds)
    closed = await cache.inspection.allowed("acme", 0.0001)
    assert (closed.threshold, closed.error_bound, closed.hit_share) == (None, 1.0, 0.0)


async def test_a_neighbourhood_is_taken_out_of_service(cache: Cache) -> None:
    """What is near its text goes, the rest stays."""
    await cache.learn(QUESTION)
    await cache.learn("Where can I buy a blue bicycle")
    target = Target(TargetKind.NEIGHBOURHOOD, NEAR, min_similarity=0.8)
    matched, samples = await cache.inspection.invalidate("acme", target, dry_run=True)
    assert (matched, samples[0].key_text) == (1, QUESTION)
    assert (await cache.ask(QUESTION)).outcome is Outcome.HIT
    await cache.inspection.invalidate("acme", target, dry_run=False)
    assert (await cache.ask(QUESTION)).outcome is Outcome.MISS
    assert (await cache.ask("Where can I buy a blue bicycle")).outcome is Outcome.HIT


async def test_checked_hits_say_how_many_are_wrong() -> None:
    """Of the semantic ones; what was reported is the least."""
    stats = Stats(50, 50, 10, 0, 0, 0, 0, 1, Saved(), checked=20, checked_wrong=2)
    rate, low, high = stats.wrong_per_hit
    assert rate == pytest.approx(0.05)
    assert 0 < low < rate < high < 0.5
    assert Stats(50, 50, 10, 0, 0, 0, 30, 1, Saved(), checked=20).wrong_per_hit[0] == pytest.approx(0.3)
