"""Who may read a pool, and whose answers go into it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.policies import Policies
from cache_service.pools import Pools, Standing, pool_namespace, standing
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from cache_service.terms import Policy

NAMES = st.text(max_size=4)


@given(NAMES, st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=4))
def test_a_tenant_is_what_the_lists_say(tenant: str, members: list[str], curators: list[str]) -> None:
    """A curator reads as well; who is in neither list is a stranger."""
    found = standing(tenant, Policy("pool:p", pool_members=tuple(members), pool_curators=tuple(curators)))
    assert (found is Standing.STRANGER) == (tenant not in {*members, *curators})
    assert (found is Standing.CURATOR) == (tenant in curators)


@pytest.fixture
async def policies(tmp_path: Path) -> AsyncIterator[Policies]:
    """The policies of a store that knows one pool; read afresh each time."""
    store = await SqliteStore.open(StoreOptions(tmp_path))
    ticks = iter(range(10_000))
    policies = Policies(store, Policy(""), clock=lambda: float(next(ticks)))
    await policies.put(Policy("pool:faq", pool_members=("m",), pool_curators=("c",)), max_ttl_s=10_000)
    yield policies
    await store.close()


async def test_a_pool_is_open_to_its_tenants_only(policies: Policies) -> None:
    """Members read, curators also store, strangers neither; nor is a pool that nobody has set open to anyone."""
    pools = Pools(policies)
    rights = {
        tenant: (await pools.may_read(tenant, "faq"), await pools.may_store(tenant, "faq"))
        for tenant in ("m", "c", "stranger", "pool:faq", "")
    }
    shut = (False, False)
    assert rights == {"m": (True, False), "c": (True, True), "stranger": shut, "pool:faq": shut, "": shut}
    assert not await pools.may_read("m", "other")
    assert not await pools.may_store("c", "")


async def test_who_leaves_a_pool_is_out(policies: Policies) -> None:
    """With the next policy."""
    pools = Pools(policies)
    now = await policies.get(pool_namespace("faq"))
    await policies.put(Policy("pool:faq", pool_curators=("c",), etag=now.etag), max_ttl_s=10_000)
    assert not await pools.may_read("m", "faq")
