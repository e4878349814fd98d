"""What every store of entries must do: keep, find and forget."""

from dataclasses import replace

import pytest

from cache_service.requests import Keys
from cache_service.stores import (
    SMALL_PARTITION,
    EntryStore,
    Target,
    TargetKind,
)
from cache_service.terms import Answer, Saved, Source
from fakes_cache import Clock
from fakes_entries import OTHER_PARTITION, key, new, unit


async def test_what_is_put_is_found_whole(store: EntryStore, clock: Clock) -> None:
    """Every field comes back, with an id and absolute times."""
    wanted = new(clock, saved=Saved(7, 3, 0.25), tags=("a", "b"), sources=(Source("doc", "v1"),), vector=unit(1))
    clock.advance(1)
    stored = await store.put(wanted)
    assert stored is not None
    found = (await store.exact(key("q"))).entry
    assert found == stored
    assert (found.tenant_id, found.model_group, found.api, found.keys) == ("acme", "gpt-4o", "chat", key("q"))
    assert (found.key_text, found.saved, found.tags) == ("the question", Saved(7, 3, 0.25), ("a", "b"))
    assert (found.sources, found.answers) == ((Source("doc", "v1"),), (Answer("chat", b"body"),))
    assert (found.stored_at, found.expires_at) == (clock.now, clock.now + 60)


@pytest.mark.parametrize("other", [key("x"), key("q", OTHER_PARTITION)])
async def test_other_keys_find_nothing(store: EntryStore, clock: Clock, other: Keys) -> None:
    """Neither another exact key nor another partition."""
    await store.put(new(clock))
    assert (await store.exact(other)).entry is None


async def test_an_entry_expires_at_its_absolute_time(store: EntryStore, clock: Clock) -> None:
    """Hits on the way do not extend its life."""
    stored = await store.put(new(clock, vector=unit(1)))
    assert stored is not None
    clock.advance(59)
    assert (await store.exact(key("q"))).entry is not None
    clock.advance(1)
    found = await store.exact(key("q"))
    assert (found.entry, found.live) == (None, 0)
    assert await store.nearest(key("x"), unit(1), count=4, among=None) == ()
    assert await store.entry("acme", stored.entry_id) is None
    assert await store.count("acme") == 0


async def test_a_second_format_joins_the_entry(store: EntryStore, clock: Clock) -> None:
    """It keeps the id and the time at which the entry expires."""
    first = await store.put(new(clock))
    clock.advance(5)
    second = await store.put(new(clock, answer=Answer("messages", b"other")))
    assert first is not None
    assert second is not None
    assert (second.entry_id, second.expires_at) == (first.entry_id, first.expires_at)
    assert {answer.format for answer in second.answers} == {"chat", "messages"}


async def test_a_fresh_answer_in_the_same_format_replaces_the_entry(store: EntryStore, clock: Clock) -> None:
    """It is a new entry with its own life."""
    first = await store.put(new(clock))
    clock.advance(50)
    second = await store.put(new(clock, answer=Answer("chat", b"newer")))
    assert first is not None
    assert second is not None
    assert second.entry_id != first.entry_id
    clock.advance(30)
    found = (await store.exact(key("q"))).entry
    assert found is not None
    assert found.answers == (Answer("chat", b"newer"),)
    assert await store.count("acme") == 1


async def test_a_small_partition_comes_with_its_vectors(store: EntryStore, clock: Clock) -> None:
    """Only live entries of the partition that have a vector count."""
    for index in range(3):
        await store.put(new(clock, f"q{index}", vector=unit(1, index)))
    await store.put(new(clock, "exact-only"))
    await store.put(replace(new(clock, vector=unit(1)), keys=key("far", OTHER_PARTITION)))
    found = await store.exact(key("x"))
    assert (found.entry, found.live) == (None, 3)
    assert found.candidates is not None
    assert found.candidates.matrix.shape == (3, 4)


@pytest.mark.parametrize("size", [1, SMALL_PARTITION, SMALL_PARTITION + 1, 90])
async def test_the_nearest_are_found_in_order_in_any_size(store: EntryStore, clock: Clock, size: int) -> None:
    """Small partitions are compared at once, large ones through an index, with the same result."""
    for index in range(size):
        await store.put(new(clock, f"q{index}", vector=unit(1, index / size)))
    found = await store.exact(key("x"))
    assert found.live == min(size, SMALL_PARTITION + 1)
    assert (found.candidates is None) == (size > SMALL_PARTITION)
    near = await store.nearest(key("x"), unit(1), count=4, among=found.candidates)
    assert [item.entry.keys for item in near] == [key(f"q{index}") for index in range(min(4, size))]
    assert near[0].similarity == pytest.approx(1.0)
    assert all(item.entry.answers and not item.reported for item in near)


async def test_the_index_of_a_large_partition_follows_every_change(store: EntryStore, clock: Clock) -> None:
    """What is put, replaced, invalidated or expired shows in the very next search."""
    for index in range(SMALL_PARTITION + 5):
        await store.put(new(clock, f"q{index}", vector=unit(0, 1, index / 100)))
    assert await nearest_names(store) == ["q0", "q1", "q2", "q3"]
    stored = await store.put(new(clock, "late", vector=unit(1), ttl_s=10.0))
    assert stored is not None
    assert (await nearest_names(store))[0] == "late"
    await store.put(new(clock, "late", vector=unit(1, 0.1), ttl_s=10.0))
    assert (await nearest_names(store)).count("late") == 1
    clock.advance(10)
    assert "late" not in await nearest_names(store)
    await store.invalidate("acme", Target(TargetKind.MODEL_GROUP, "gpt-4o"), dry_run=False)
    assert await nearest_names(store) == []


async def nearest_names(store: EntryStore) -> list[str]:
    """The names of the entries nearest to a fixed vector."""
    near = await store.nearest(key("x"), unit(1, 0.5), count=4, among=None)
    return [item.entry.keys.exact.rstrip(b".").decode() for item in near]


async def test_a_search_never_leaves_its_partition(store: EntryStore, clock: Clock) -> None:
    """An identical vector of another partition is not seen."""
    await store.put(replace(new(clock, vector=unit(1)), keys=key("far", OTHER_PARTITION)))
    assert await store.nearest(key("x"), unit(1), count=4, among=None) == ()


async def test_a_wrong_answer_is_marked_for_the_request_it_was_wrong_for(store: EntryStore, clock: Clock) -> None:
    """Another request may still be served from the same entry."""
    stored = await store.put(new(clock, vector=unit(1)))
    assert stored is not None
    assert await store.report_wrong("acme", stored.entry_id, key("x"))
    (for_x,) = await store.nearest(key("x"), unit(1), count=4, among=None)
    (for_y,) = await store.nearest(key("y"), unit(1), count=4, among=None)
    assert (for_x.reported, for_y.reported) == (True, False)


async def test_an_answer_wrong_for_its_own_request_is_gone(store: EntryStore, clock: Clock) -> None:
    """It cannot be right for anybody."""
    stored = await store.put(new(clock, vector=unit(1)))
    assert stored is not None
    assert await store.report_wrong("acme", stored.entry_id, key("q"))
    assert (await store.exact(key("q"))).entry is None
    assert await store.nearest(key("x"), unit(1), count=4, among=None) == ()


async def test_ids_of_another_tenant_do_not_exist(store: EntryStore, clock: Clock) -> None:
    """Neither to read, nor to report, nor to invalidate."""
    stored = await store.put(new(clock))
    assert stored is not None
    assert await store.entry("umbrella", stored.entry_id) is None
    assert not await store.report_wrong("umbrella", stored.entry_id, key("q"))
    target = Target(TargetKind.ENTRY, stored.entry_id)
    assert await store.invalidate("umbrella", target, dry_run=False) == (0, ())
    await store.invalidate("umbrella", Target(TargetKind.TENANT), dry_run=False)
    assert await store.count("umbrella") == 0
    assert (await store.exact(key("q"))).entry is not None
