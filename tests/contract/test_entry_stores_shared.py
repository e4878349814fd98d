"""What several replicas on one store, with keys or without, must see of each other."""

import asyncio
from dataclasses import replace

import pytest

from cache_service.calibration import encode, no_evidence, observed
from cache_service.stores import EntryStore, Listing, Reported, Target, TargetKind
from cache_service.stores.payloads import Payloads
from cache_service.terms import Mode, Policy, ScopeWidth, Source
from fakes_cache import Clock
from fakes_entries import OTHER_PARTITION, key, new, unit
from fakes_stores import Opener

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
REREAD_S = 0.5


async def served(store: EntryStore, name: str) -> bool:
    """Whether the exact tier serves the entry of this name."""
    return (await store.exact(key(name))).entry is not None


async def test_a_report_says_what_it_did(store: EntryStore, clock: Clock) -> None:
    """The pair is remembered, the entry removed, or there is none."""
    stored = await store.put(new(clock, vector=unit(1)))
    assert stored is not None
    assert await store.report_wrong("acme", stored.entry_id, key("x")) == Reported(False, True)
    assert await store.report_wrong("acme", stored.entry_id, key("x", OTHER_PARTITION)) == Reported(False, False)
    assert await store.report_wrong("umbrella", stored.entry_id, key("x")) is None
    assert await store.report_wrong("acme", stored.entry_id, key("q")) == Reported(True, False)
    assert await store.report_wrong("acme", stored.entry_id, key("q")) is None


async def test_a_wrong_pair_is_remembered_for_good(opener: Opener, clock: Clock) -> None:
    """Also when the entry has expired, its request is answered anew, and the store was opened again."""
    store = await opener(clock)
    stored = await store.put(new(clock, vector=unit(1)))
    assert stored is not None
    await store.report_wrong("acme", stored.entry_id, key("x"))
    clock.advance(61)
    while await store.sweep():
        pass
    later = await opener(clock)
    await later.put(new(clock, vector=unit(1)))
    (for_x,) = await later.nearest(key("x"), unit(1), count=4, among=None)
    (for_y,) = await later.nearest(key("y"), unit(1), count=4, among=None)
    assert (for_x.reported, for_y.reported) == (True, False)


async def test_evidence_of_two_replicas_adds_up(opener: Opener, clock: Clock) -> None:
    """Nothing is lost when both add at the same time; namespaces and embedders are apart."""
    one, other = await opener(clock), await opener(clock)
    assert await one.evidence("acme", "e1") is None
    adding = [
        store.add_evidence("acme", "e1", observed(0.9, wrong=wrong))
        for _ in range(10)
        for store, wrong in ((one, False), (other, True))
    ]
    await asyncio.gather(*adding)
    await one.add_evidence("acme", "e2", observed(0.8, wrong=False))
    total = await other.evidence("acme", "e1")
    assert total is not None
    expected = no_evidence()
    for _ in range(10):
        expected = expected + observed(0.9, wrong=False) + observed(0.9, wrong=True)
    assert encode(total) == encode(expected)
    assert await other.evidence("pool:acme", "e1") is None


async def test_a_policy_comes_back_whole(opener: Opener, clock: Clock) -> None:
    """With every field, in another replica."""
    policy = Policy(
        "pool:kb", ScopeWidth.POOL, 60.0, (Mode.EXACT, Mode.SHADOW), 0.5, "", 0.01, "kb", ("a", "b"), ("c",), 30.0, 0.05
    )
    put = await (await opener(clock)).put_policy(policy, expected_etag="")
    assert put is not None
    assert put == replace(policy, etag=put.etag)
    assert await (await opener(clock)).policy("pool:kb") == put


async def test_an_invalidation_reaches_every_replica(opener: Opener, clock: Clock) -> None:
    """Within half a second, for the exact and for the semantic tier, and for answers asked for before."""
    one, other = await opener(clock), await opener(clock)
    await one.put(new(clock, tags=("red",), vector=unit(1)))
    late = new(clock, "late", tags=("red",))
    assert await served(other, "q")
    clock.advance(1)
    assert await one.invalidate("acme", Target(TargetKind.TAG, "red"), dry_run=False)
    await asyncio.sleep(REREAD_S)
    assert not await served(other, "q")
    assert await other.nearest(key("x"), unit(1), count=4, among=None) == ()
    assert await other.put(late) is None
    clock.advance(1)
    assert await other.put(replace(late, asked_at=clock.now)) is not None


async def test_a_neighbourhood_is_what_lies_near(store: EntryStore, clock: Clock) -> None:
    """Entries without a vector, of another tenant, or stored later are not of it."""
    await store.put(new(clock, "near", vector=unit(1, 0.1)))
    await store.put(new(clock, "far", vector=unit(0, 1)))
    await store.put(new(clock, "bare"))
    await store.put(replace(new(clock, "foreign", vector=unit(1)), tenant_id="umbrella"))
    target = Target(TargetKind.NEIGHBOURHOOD, vector=unit(1), min_similarity=0.9)
    assert (await store.invalidate("acme", target, dry_run=True))[0] == 1
    late = new(clock, "late", vector=unit(1))
    clock.advance(1)
    count, samples = await store.invalidate("acme", target, dry_run=False)
    assert (count, [entry.keys for entry in samples]) == (1, [key("near")])
    assert [name for name in ("near", "far", "bare", "foreign") if await served(store, name)] == [
        "far",
        "bare",
        "foreign",
    ]
    assert await store.put(late) is None
    assert await store.sweep() == 1
    clock.advance(1)
    await store.put(new(clock, "near", vector=unit(1, 0.1)))
    assert await served(store, "near")


async def test_everything_is_of_every_tenant(store: EntryStore, clock: Clock) -> None:
    """Also what is not the caller's."""
    await store.put(new(clock))
    await store.put(replace(new(clock, "foreign"), tenant_id="umbrella"))
    clock.advance(1)
    assert (await store.invalidate("acme", Target(TargetKind.ALL), dry_run=True))[0] == 2
    assert (await store.invalidate("acme", Target(TargetKind.ALL), dry_run=False))[0] == 2
    assert not await served(store, "q")
    assert not await served(store, "foreign")
    assert await store.count("umbrella") == 0
    assert await store.sweep() == 2


async def test_an_invalidation_outlives_a_restart_and_its_sweep(opener: Opener, clock: Clock) -> None:
    """An answer asked for before is rejected also when the entries are already deleted."""
    store = await opener(clock)
    await store.put(new(clock, sources=(Source("doc", "v1"),)))
    late = new(clock, "late", sources=(Source("doc", "v1"),))
    clock.advance(1)
    await store.invalidate("acme", Target(TargetKind.SOURCE, "doc", "v2"), dry_run=False)
    while await store.sweep():
        pass
    again = await opener(clock)
    assert not await served(again, "q")
    assert await again.put(late) is None
    assert await again.put(replace(late, sources=(Source("doc", "v2"),))) is not None


@pytest.mark.parametrize("skew_s", [-2.0, 2.0])
async def test_what_has_expired_is_served_by_no_replica(opener: Opener, clock: Clock, skew_s: float) -> None:
    """Also by one whose machine's clock is two seconds off."""
    skewed = Clock()
    skewed.now = clock.now + skew_s
    one, other = await opener(clock), await opener(skewed)
    stored = await one.put(new(clock, vector=unit(1), ttl_s=10.0))
    assert stored is not None
    await served(other, "q")
    for machine in (clock, skewed):
        machine.advance(10.0)
    assert not await served(one, "q")
    assert not await served(other, "q")
    assert await other.nearest(key("x"), unit(1), count=4, among=None) == ()
    assert await other.entry("acme", stored.entry_id) is None


async def test_a_clock_that_is_set_back_brings_nothing_back(opener: Opener, clock: Clock) -> None:
    """Neither in the same process nor in the next one."""
    store = await opener(clock)
    await store.put(new(clock, ttl_s=10.0))
    clock.advance(10)
    await store.put(new(clock, "other"))
    assert not await served(store, "q")
    clock.advance(-5)
    assert not await served(await opener(clock), "q")


async def test_sealed_entries_are_served_with_their_keys(opener: Opener, clock: Clock) -> None:
    """Keys are rotated by setting the new one first; without the old one its entries are misses, not errors."""
    old = await opener(clock, payloads=Payloads([KEY]))
    stored = await old.put(new(clock, vector=unit(1)))
    assert stored is not None
    rotated = await opener(clock, payloads=Payloads([OTHER_KEY, KEY]))
    assert (await rotated.exact(key("q"))).entry == stored
    assert len(await rotated.nearest(key("x"), unit(1), count=4, among=None)) == 1
    await rotated.put(new(clock, "newer", vector=unit(1)))
    without = await opener(clock, payloads=Payloads([OTHER_KEY]))
    assert [await served(without, name) for name in ("q", "newer")] == [False, True]
    assert [near.entry.keys for near in await without.nearest(key("x"), unit(1), count=4, among=None)] == [key("newer")]
    assert [entry.keys for entry in (await without.listing("acme", Listing())).entries] == [key("newer")]
    assert await without.put(new(clock)) is not None
    assert await served(without, "q")


@pytest.mark.parametrize("payloads", [(Payloads(), Payloads([KEY])), (Payloads([KEY]), Payloads())])
async def test_sealed_and_plain_do_not_mix(opener: Opener, clock: Clock, payloads: tuple[Payloads, Payloads]) -> None:
    """What was stored before keys were set, or while they were, is missing, and can be stored again."""
    before, after = payloads
    await (await opener(clock, payloads=before)).put(new(clock, vector=unit(1)))
    store = await opener(clock, payloads=after)
    found = await store.exact(key("q"))
    assert found.entry is None
    assert await store.nearest(key("x"), unit(1), count=4, among=found.candidates) == ()
    assert await store.put(new(clock, vector=unit(1))) is not None
    assert await served(store, "q")


async def test_pages_cover_everything_once(store: EntryStore, clock: Clock) -> None:
    """However few of them a filter leaves."""
    for index in range(90):
        await store.put(new(clock, f"q{index}", key_text=f"Question {index}"))
    found, before = [], 0
    while True:
        page = await store.listing("acme", Listing(limit=7, before=before, contains="question 1"))
        found += [entry.key_text for entry in page.entries]
        before = page.next_before
        if not before:
            break
    assert sorted(found) == sorted(f"Question {index}" for index in range(90) if str(index).startswith("1"))
