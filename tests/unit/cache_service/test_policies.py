"""The policy of each namespace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.policies import Policies
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from cache_service.terms import Policy, ScopeWidth
from fakes_cache import Clock, tamper
from grpc_serving.errors import FailedPrecondition, InvalidArgument, Unavailable

DEFAULTS = Policy("", ttl_s=100.0)
MAX_TTL_S = 1000.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = await SqliteStore.open(StoreOptions(tmp_path))
    yield opened
    await opened.close()


async def test_a_namespace_without_a_policy_has_the_defaults(store: SqliteStore) -> None:
    """Under its own name and with an empty etag."""
    assert await Policies(store, DEFAULTS).get("acme") == Policy("acme", ttl_s=100.0)


async def test_another_replicas_change_is_seen_within_half_a_second(store: SqliteStore) -> None:
    """Until then the last one read is in force."""
    clock = Clock()
    here, there = Policies(store, DEFAULTS, clock=clock), Policies(store, DEFAULTS)
    await here.get("acme")
    await there.put(Policy("acme", ScopeWidth.KEY), max_ttl_s=MAX_TTL_S * 10)
    assert (await here.get("acme")).scope_width is ScopeWidth.TENANT
    clock.advance(0.5)
    assert (await here.get("acme")).scope_width is ScopeWidth.KEY


async def test_ones_own_change_is_seen_at_once(store: SqliteStore) -> None:
    """Whoever sets a policy reads it back."""
    policies = Policies(store, DEFAULTS)
    new = await policies.put(Policy("acme", ttl_s=50.0), max_ttl_s=MAX_TTL_S)
    assert await policies.get("acme") == new


async def test_a_change_on_an_old_reading_is_refused(store: SqliteStore) -> None:
    """The etag says which reading it rests on."""
    policies = Policies(store, DEFAULTS)
    await policies.put(Policy("acme", ttl_s=50.0), max_ttl_s=MAX_TTL_S)
    with pytest.raises(FailedPrecondition, match="etag"):
        await policies.put(Policy("acme", ttl_s=60.0), max_ttl_s=MAX_TTL_S)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy("acme", ttl_s=0.0), "policy.ttl_s"),
        (Policy("acme", ttl_s=1001.0), "policy.ttl_s"),
        (Policy("acme", ttl_s=1.0, max_temperature=2.1), "policy.max_temperature"),
        (Policy("acme", ttl_s=1.0, max_wrong_hit_rate=1.1), "policy.max_wrong_hit_rate"),
        (Policy("acme", ttl_s=1.0, stale_after_s=-1.0), "policy.stale_after_s"),
        (Policy("acme", ttl_s=1.0, shadow_rate=1.1), "policy.shadow_rate"),
    ],
)
async def test_a_policy_out_of_bounds_is_refused(store: SqliteStore, policy: Policy, field: str) -> None:
    """The error names field and limit."""
    with pytest.raises(InvalidArgument) as refused:
        await Policies(store, DEFAULTS).put(policy, max_ttl_s=MAX_TTL_S)
    assert refused.value.field == field


async def test_the_last_known_policy_holds_while_the_store_is_down(store: SqliteStore, tmp_path: Path) -> None:
    """One that was never known does not: it might be narrower than the defaults."""
    clock = Clock()
    policies = Policies(store, DEFAULTS, clock=clock)
    known = await policies.put(Policy("acme", ScopeWidth.USER, 50.0), max_ttl_s=MAX_TTL_S)
    tamper(tmp_path, "DROP TABLE policies")
    clock.advance(1)
    assert await policies.get("acme") == known
    with pytest.raises(Unavailable):
        await policies.get("umbrella")
