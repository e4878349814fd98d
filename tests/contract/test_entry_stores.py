"""What every store of entries must do; the embedded one runs here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cache_service.requests import Keys
from cache_service.stores import (
    SMALL_PARTITION,
    EntryStore,
    Listing,
    NewEntry,
    StoreOptions,
    Target,
    TargetKind,
    Usage,
    Vector,
)
from cache_service.stores.sqlite import SqliteStore
from cache_service.terms import Answer, Mode, Policy, Saved, ScopeWidth, Source
from fakes_cache import Clock

PARTITION, OTHER_PARTITION = b"p" * 32, b"o" * 32


def unit(*values: float) -> Vector:
    """A unit vector of four dimensions."""
    vector = np.zeros(4, np.float32)
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def key(name: str, partition: bytes = PARTITION) -> Keys:
    """The keys of a request by name."""
    return Keys(partition, name.encode().ljust(32, b"."))


NEW = NewEntry("acme", "gpt-4o", "chat", key("q"), "the question", Answer("chat", b"body"), 0.0, 60.0)


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[EntryStore]:
    """Each store in turn, empty."""
    assert request.param == "sqlite"
    opened = await SqliteStore.open(StoreOptions(tmp_path, max_entries=100), clock=clock)
    yield opened
    await opened.close()


def new(clock: Clock, name: str = "q", **changes: object) -> NewEntry:
    """An entry that was asked for just now."""
    return replace(NEW, keys=key(name), asked_at=clock.now, **changes)  # type: ignore[arg-type]


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
