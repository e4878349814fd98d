"""What every store of entries must do over time: invalidate, sweep, bound, list, count."""

import asyncio
from dataclasses import replace

import pytest

from cache_service.stores import (
    EntryStore,
    Listing,
    Target,
    TargetKind,
    Usage,
)
from cache_service.terms import Answer, Mode, Policy, ScopeWidth, Source
from fakes_cache import Clock
from fakes_entries import key, new, unit

TARGETS = [
    (Target(TargetKind.TAG, "red"), {"tagged"}),
    (Target(TargetKind.SOURCE, "doc"), {"old", "new"}),
    (Target(TargetKind.SOURCE, "doc", "v2"), {"old"}),
    (Target(TargetKind.MODEL_GROUP, "gpt-4o-mini"), {"mini"}),
    (Target(TargetKind.TENANT), {"tagged", "old", "new", "mini", "plain"}),
]


@pytest.mark.parametrize(("target", "hit"), TARGETS)
async def test_invalidation_takes_what_it_names_and_nothing_else(
    store: EntryStore, clock: Clock, target: Target, hit: set[str]
) -> None:
    """A dry run counts the same and changes nothing; what is stored later lives."""
    await put_one_of_each(store, clock)
    names = {"tagged", "old", "new", "mini", "plain"}
    dry = await store.invalidate("acme", target, dry_run=True)
    assert dry[0] == len(hit)
    assert await found_names(store, names) == names
    clock.advance(1)
    done = await store.invalidate("acme", target, dry_run=False)
    assert done[0] == len(hit) == len(done[1])
    assert await found_names(store, names) == names - hit
    clock.advance(1)
    await put_one_of_each(store, clock)
    assert await found_names(store, names) == names


async def put_one_of_each(store: EntryStore, clock: Clock) -> None:
    """Entries that differ in what an invalidation can name."""
    await store.put(new(clock, "tagged", tags=("red", "blue")))
    await store.put(new(clock, "old", sources=(Source("doc", "v1"),)))
    await store.put(new(clock, "new", sources=(Source("doc", "v2"),)))
    await store.put(new(clock, "mini", model_group="gpt-4o-mini"))
    await store.put(new(clock, "plain"))


async def found_names(store: EntryStore, names: set[str]) -> set[str]:
    """Which of these entries are still served."""
    return {name for name in names if (await store.exact(key(name))).entry is not None}


async def test_an_answer_asked_for_before_an_invalidation_is_not_stored_after_it(
    store: EntryStore, clock: Clock
) -> None:
    """It may rest on what was invalidated."""
    late = new(clock, tags=("red",))
    clock.advance(1)
    await store.invalidate("acme", Target(TargetKind.TAG, "red"), dry_run=False)
    clock.advance(1)
    assert await store.put(late) is None
    assert (await store.exact(key("q"))).entry is None
    assert await store.put(replace(late, tags=())) is not None


async def test_the_sweep_deletes_what_is_dead_and_only_that(store: EntryStore, clock: Clock) -> None:
    """Expired and invalidated entries go, living ones stay."""
    await store.put(new(clock, "short", ttl_s=1.0))
    await store.put(new(clock, "tagged", tags=("red",)))
    await store.put(new(clock, "alive"))
    clock.advance(2)
    await store.invalidate("acme", Target(TargetKind.TAG, "red"), dry_run=False)
    assert await store.sweep() == 2
    assert await store.sweep() == 0
    assert await found_names(store, {"alive"}) == {"alive"}


async def test_the_number_of_entries_is_bounded(store: EntryStore, clock: Clock) -> None:
    """What would expire soonest makes room, the newest stays."""
    for index in range(130):
        await store.put(new(clock, f"q{index}", ttl_s=1000.0 + index))
    assert await store.count("acme") == 100
    assert await found_names(store, {"q0", "q29", "q30", "q129"}) == {"q30", "q129"}
    await store.put(new(clock, "soon", ttl_s=1.0))
    assert await found_names(store, {"soon"}) == {"soon"}


async def test_a_listing_pages_from_the_newest_and_filters(store: EntryStore, clock: Clock) -> None:
    """Each entry comes once; other tenants' never."""
    for index in range(5):
        await store.put(new(clock, f"q{index}", key_text=f"Question {index}", tags=("odd",) * (index % 2)))
    await store.put(replace(new(clock, "other"), tenant_id="umbrella"))
    first = await store.listing("acme", Listing(limit=3))
    second = await store.listing("acme", Listing(limit=3, before=first.next_before))
    texts = [entry.key_text for entry in (*first.entries, *second.entries)]
    assert texts == [f"Question {index}" for index in (4, 3, 2, 1, 0)]
    assert second.next_before == 0
    odd = await store.listing("acme", Listing(tag="odd"))
    assert [entry.key_text for entry in odd.entries] == ["Question 3", "Question 1"]
    assert len((await store.listing("acme", Listing(contains="question 2"))).entries) == 1
    assert (await store.listing("acme", Listing(model_group="other"))).entries == ()
    assert await store.count("acme") == 5


async def test_a_policy_is_replaced_only_by_who_has_read_it(store: EntryStore) -> None:
    """Two writers with the same etag: one wins."""
    assert await store.policy("acme") is None
    policy = Policy("acme", ScopeWidth.KEY, 60.0, (Mode.EXACT, Mode.OFF), 0.5)
    first = await store.put_policy(policy, expected_etag="")
    assert first is not None
    assert await store.policy("acme") == first
    assert await store.put_policy(policy, expected_etag="") is None
    second = await store.put_policy(replace(policy, ttl_s=90.0), expected_etag=first.etag)
    assert second is not None
    assert second.etag != first.etag
    assert await store.policy("acme") == second


async def test_counts_add_up_over_their_window(store: EntryStore, clock: Clock) -> None:
    """Hits go to their entry, counts to their tenant and minute."""
    stored = await store.put(new(clock, ttl_s=1000.0))
    assert stored is not None
    usage = Usage({stored.entry_id: 2}, {("acme", "misses"): 3.0, ("umbrella", "misses"): 9.0})
    await store.add_usage(usage)
    clock.advance(300)
    await store.add_usage(usage)
    assert await store.usage("acme", window_s=60) == {"misses": 3.0}
    assert await store.usage("acme", window_s=3600) == {"misses": 6.0}
    found = await store.entry("acme", stored.entry_id)
    assert found is not None
    assert found.hits == 4


async def test_many_calls_at_once_all_end_well(store: EntryStore, clock: Clock) -> None:
    """Reads beside writes see each entry whole or not at all."""

    async def both(index: int) -> None:
        await store.put(new(clock, f"q{index % 10}", vector=unit(1, index), answer=Answer("chat", b"x" * index)))
        found = (await store.exact(key(f"q{index % 10}"))).entry
        assert found is not None
        assert len(found.answers) == 1

    await asyncio.gather(*(both(index) for index in range(60)))
    assert await store.count("acme") == 10
