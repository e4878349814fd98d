"""Policies, evidence and counts in Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.calibration import encode, no_evidence
from cache_service.stores import StoreOptions, Usage
from cache_service.stores.redis_client import RedisClient, connect
from cache_service.stores.redis_ledger import COUNTS_KEPT_S, Ledger
from cache_service.terms import Policy
from fakes_redis_stores import empty_server

NOW = 1_800_000_000.0


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RedisClient]:
    """A client of an empty server."""
    made = await connect(StoreOptions(tmp_path, redis_url=empty_server(), redis_timeout_s=5.0))
    yield made
    await made.close()


async def test_counts_of_many_hours_add_up(client: RedisClient) -> None:
    """By whole minutes, of one tenant, and they expire by themselves."""
    ledger = Ledger(client)
    for hours in (0, 1, 5, 100):
        usage = Usage({}, {("acme", "misses"): 1.5, ("umbrella", "misses"): 7.0})
        await ledger.add_usage(usage, now=NOW - 3600 * hours)
    assert await ledger.usage("acme", now=NOW, window_s=60) == {"misses": 1.5}
    assert await ledger.usage("acme", now=NOW, window_s=2 * 3600) == {"misses": 3.0}
    assert await ledger.usage("acme", now=NOW, window_s=1e9) == {"misses": 6.0}
    keys = await client.call("KEYS", "pith:counts:*")
    assert all([0 < await client.call("TTL", key) <= COUNTS_KEPT_S for key in keys])


async def test_hits_of_an_entry_that_is_gone_make_nothing(client: RedisClient) -> None:
    """A hash without its other fields would never expire."""
    await Ledger(client).add_usage(Usage({"0" * 32: 3, "no id": 1}, {}), now=NOW)
    assert await client.call("DBSIZE") == 0


async def test_evidence_of_another_release_is_begun_anew(client: RedisClient) -> None:
    """It cannot be read, and does not stop what is learnt now."""
    ledger = Ledger(client)
    await ledger.add_evidence("acme", "e", no_evidence())
    (key,) = await client.call("KEYS", "pith:evidence:*")
    await client.call("HSET", key, "evidence", b"of old")
    assert await ledger.evidence("acme", "e") is None
    await ledger.add_evidence("acme", "e", no_evidence())
    found = await ledger.evidence("acme", "e")
    assert found is not None
    assert encode(found) == encode(no_evidence())


async def test_of_two_writers_of_a_policy_one_wins(client: RedisClient) -> None:
    """Also when both write at the same time."""
    ledger = Ledger(client)
    done = await asyncio.gather(*(ledger.put_policy(Policy("acme"), expected_etag="") for _ in range(10)))
    (winner,) = [policy for policy in done if policy is not None]
    assert await ledger.policy("acme") == winner
