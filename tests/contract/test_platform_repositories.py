"""What every database must do for tenants, keys and usage; SQLite is the one so far."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import alembic.autogenerate
import alembic.command
import pytest
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from fakes_platform import usage_event
from platform_api.domain.keys import KeyPolicy, VirtualKey
from platform_api.domain.tenants import Tenant, TenantStatus
from platform_api.domain.usage import MAX_EVENTS, MAX_GROUPS, MAX_TOKENS, GroupBy, Outcome
from platform_api.storage.database import migrate, migration_config, open_database, reason_of, sqlite_url
from platform_api.storage.keys import KeyRefusedError, KeyRepository
from platform_api.storage.tables import metadata
from platform_api.storage.tenants import TenantExistsError, TenantRepository
from platform_api.storage.usage import UsageRange, UsageRepository

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL_TIME = UsageRange(NOW - timedelta(days=365), NOW + timedelta(days=365))


@pytest.fixture(params=["sqlite"])
def url(request, tmp_path):
    """The URL of an empty database of each kind."""
    return {"sqlite": sqlite_url(tmp_path)}[request.param]


@pytest.fixture
async def engine(url):
    """An engine on a migrated database."""
    engine = await open_database(url)
    yield engine
    await engine.dispose()


def tenant(tenant_id="acme", **fields):
    """Return a tenant, changed where told."""
    return replace(Tenant(tenant_id, "Acme", TenantStatus.ACTIVE, NOW), **fields)


def key(key_id="k1234567", **fields):
    """Return a key with everything set, changed where told."""
    limits = {"models": ("gpt-4o", "a b"), "rpm": 5, "tpm": 6, "policy": KeyPolicy(cache=False)}
    dates = {"expires_at": NOW + timedelta(days=1), "revoked_at": None}
    return replace(VirtualKey(key_id, "acme", "büro", b"\x00\xff" * 16, NOW, **limits, **dates), **fields)


async def test_migrations_make_the_tables_of_the_code(engine):
    """What the migrations build is what the code declares, so no change can be forgotten."""

    def difference(connection):
        return alembic.autogenerate.compare_metadata(MigrationContext.configure(connection), metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def test_migrations_can_be_taken_back(engine, url):
    """Down to nothing and up again."""
    await asyncio.to_thread(alembic.command.downgrade, migration_config(url), "base")
    async with engine.connect() as connection:
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert left == ["alembic_version"]
    await asyncio.to_thread(migrate, url)
    assert await TenantRepository(engine).page(after="", limit=1) == []


async def test_a_second_start_keeps_what_is_there(engine, url):
    """Opening a database that is up to date changes nothing."""
    await TenantRepository(engine).add(tenant())
    again = await open_database(url)
    assert await TenantRepository(again).get("acme") == tenant()
    await again.dispose()


async def test_tenants_are_kept_as_they_are(engine):
    """What is added is read back, time zone and all."""
    tenants = TenantRepository(engine)
    made = tenant(created_at=datetime(2026, 11, 24, 13, 0, 0, 123456, tzinfo=UTC))
    await tenants.add(made)
    assert await tenants.get("acme") == made
    assert await tenants.get("other") is None
    with pytest.raises(TenantExistsError):
        await tenants.add(made)


async def test_tenants_are_listed_by_id(engine):
    """Pages follow the id."""
    tenants = TenantRepository(engine)
    for name in ("c", "a", "b"):
        await tenants.add(tenant(name))
    assert [t.id for t in await tenants.page(after="", limit=2)] == ["a", "b"]
    assert [t.id for t in await tenants.page(after="b", limit=2)] == ["c"]


async def test_tenants_change_in_what_is_given(engine):
    """A change of one field leaves the other."""
    tenants = TenantRepository(engine)
    await tenants.add(tenant())
    assert await tenants.change("acme", name="New", status=None)
    assert await tenants.change("acme", name=None, status=TenantStatus.SUSPENDED)
    assert await tenants.get("acme") == tenant(name="New", status=TenantStatus.SUSPENDED)
    assert not await tenants.change("other", name="x", status=None)


async def test_a_deleted_tenant_is_gone_with_its_keys_and_its_id(engine):
    """Its keys are revoked, other tenants' keys are not, its id stays taken."""
    tenants, keys = TenantRepository(engine), KeyRepository(engine)
    await tenants.add(tenant())
    await tenants.add(tenant("beta"))
    await keys.add(key())
    await keys.add(key("k7654321", tenant_id="beta"))
    assert await tenants.delete("acme", NOW)
    assert not await tenants.delete("acme", NOW)
    assert await tenants.get("acme") is None
    assert not await tenants.change("acme", name="x", status=None)
    assert (await keys.get("k1234567")).revoked_at == NOW
    assert (await keys.get("k7654321")).revoked_at is None
    assert [k.id for k in await keys.page(tenant_id=None, after="", limit=9)] == ["k7654321"]
    with pytest.raises(TenantExistsError):
        await tenants.add(tenant())


async def test_keys_are_kept_as_they_are(engine):
    """Limits, policy, digest and dates are read back; a bare key is bare again."""
    await TenantRepository(engine).add(tenant())
    keys = KeyRepository(engine)
    bare = key("k0000000", models=(), rpm=None, tpm=None, policy=KeyPolicy(), expires_at=None, name="")
    for made in (key(), bare):
        await keys.add(made)
        assert await keys.get(made.id) == made
    assert await keys.get("k9999999") is None


async def test_a_key_needs_a_tenant_and_an_id_of_its_own(engine):
    """The database itself refuses a key of nobody and a second key of one id."""
    keys = KeyRepository(engine)
    with pytest.raises(KeyRefusedError):
        await keys.add(key())
    await TenantRepository(engine).add(tenant())
    await keys.add(key())
    with pytest.raises(KeyRefusedError):
        await keys.add(key())


async def test_a_key_carries_its_tenants_status(engine):
    """One read tells all that letting a key in needs."""
    tenants, keys = TenantRepository(engine), KeyRepository(engine)
    await tenants.add(tenant())
    await keys.add(key())
    await tenants.change("acme", name=None, status=TenantStatus.SUSPENDED)
    assert (await keys.get("k1234567")).tenant_status is TenantStatus.SUSPENDED


async def test_keys_are_revoked_once_and_by_their_tenant(engine):
    """The first revocation counts; another tenant cannot revoke."""
    await TenantRepository(engine).add(tenant())
    keys = KeyRepository(engine)
    await keys.add(key())
    assert not await keys.revoke("beta", "k1234567", NOW)
    assert await keys.revoke("acme", "k1234567", NOW)
    assert await keys.revoke("acme", "k1234567", NOW + timedelta(days=1))
    assert (await keys.get("k1234567")).revoked_at == NOW
    assert not await keys.revoke("acme", "k9999999", NOW)


async def test_events_count_once(engine):
    """Known ids are passed over, within one batch and between batches."""
    usage = UsageRepository(engine)
    events = [usage_event(event_id=f"e{number}") for number in (1, 2, 2)]
    assert await usage.record(events) == 2
    assert await usage.record([*events, usage_event(event_id="e3")]) == 1
    assert await usage.record([]) == 0
    assert (await usage.total(ALL_TIME)).requests == 3


async def test_the_same_batch_at_the_same_time_counts_once(engine):
    """Two reporters of one batch do not double it, and neither fails."""
    usage = UsageRepository(engine)
    batch = [usage_event(event_id=f"e{number}") for number in range(200)]
    written = await asyncio.gather(*(usage.record(batch) for _ in range(4)))
    assert sum(written) == 200
    assert (await usage.total(ALL_TIME)).requests == 200


async def test_the_largest_batch_is_written(engine):
    """A batch of the most events, with the largest numbers, is added up exactly."""
    usage = UsageRepository(engine)
    batch = [usage_event(event_id=f"e{number}", prompt_tokens=MAX_TOKENS // MAX_EVENTS) for number in range(MAX_EVENTS)]
    assert await usage.record(batch) == MAX_EVENTS
    assert (await usage.total(ALL_TIME)).prompt_tokens == MAX_TOKENS // MAX_EVENTS * MAX_EVENTS


async def test_totals_of_nothing_are_zero(engine):
    """An empty range adds up to zeros, not to nothing."""
    total = await UsageRepository(engine).total(ALL_TIME)
    assert (total.requests, total.prompt_tokens, total.cost_usd) == (0, 0, 0)
    assert total.by_outcome == dict.fromkeys(map(str, Outcome), 0)
    assert await UsageRepository(engine).totals(ALL_TIME, GroupBy.DAY) == []


async def test_totals_are_split_as_asked(engine):
    """Each grouping has one sum a group, the dearest first and days in order."""
    usage = UsageRepository(engine)
    await usage.record(
        [
            usage_event(event_id="1", cost_usd=1, at=NOW - timedelta(days=1)),
            usage_event(event_id="2", cost_usd=2, model="claude", outcome=Outcome.ERROR),
            usage_event(event_id="3", cost_usd=8, tenant_id="beta", key_id="k7", saved_cache_usd=3),
            usage_event(event_id="4", cost_usd=0, outcome=Outcome.HIT_EXACT, completion_tokens=7),
        ]
    )

    async def groups(by, within=ALL_TIME):
        return {total.group: (total.requests, total.cost_usd) for total in await usage.totals(within, by)}

    assert await groups(GroupBy.TENANT) == {"beta": (1, 8), "acme": (3, 3)}
    assert await groups(GroupBy.MODEL) == {"gpt-4o": (3, 9), "claude": (1, 2)}
    assert await groups(GroupBy.KEY) == {"k7": (1, 8), "k1234567": (3, 3)}
    assert list((await groups(GroupBy.DAY)).items()) == [("2026-11-23", (1, 1)), ("2026-11-24", (3, 10))]
    assert list(await groups(GroupBy.TENANT)) == ["beta", "acme"]
    acme = replace(ALL_TIME, tenant_id="acme")
    assert await groups(GroupBy.TENANT, acme) == {"acme": (3, 3)}
    total = await usage.total(acme)
    assert total.by_outcome == {"provider": 1, "hit_exact": 1, "hit_semantic": 0, "error": 1, "cancelled": 0}
    assert (total.completion_tokens, total.saved_cache_usd, total.saved_compression_usd) == (47, 0.75, 0.375)


async def test_a_range_has_its_start_and_not_its_end(engine):
    """Neighbouring ranges count every event once."""
    usage = UsageRepository(engine)
    await usage.record([usage_event(at=NOW)])
    assert (await usage.total(UsageRange(NOW, NOW + timedelta(seconds=1)))).requests == 1
    assert (await usage.total(UsageRange(NOW - timedelta(seconds=1), NOW))).requests == 0


async def test_groups_are_bounded(engine):
    """More groups than the limit come back as one more than the limit, so that it can be said."""
    usage = UsageRepository(engine)
    for first in (0, 1000):
        await usage.record([usage_event(event_id=f"e{n}", key_id=f"k{n}") for n in range(first, first + 600)])
    assert len(await usage.totals(ALL_TIME, GroupBy.KEY)) == MAX_GROUPS + 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(Outcome), st.integers(0, 10**6), st.floats(0, 100)), max_size=20))
async def test_groups_add_up_to_the_total(tmp_path_factory, drawn):
    """However events are split, the groups' sums are the whole."""
    engine = await open_database(sqlite_url(tmp_path_factory.mktemp("usage")))
    usage = UsageRepository(engine)
    events = [
        usage_event(event_id=f"e{n}", outcome=outcome, prompt_tokens=tokens, cost_usd=cost, model=f"m{n % 3}")
        for n, (outcome, tokens, cost) in enumerate(drawn)
    ]
    await usage.record(events)
    total, groups = await usage.total(ALL_TIME), await usage.totals(ALL_TIME, GroupBy.MODEL)
    assert total.requests == len(events) == sum(group.requests for group in groups)
    assert total.prompt_tokens == sum(event.prompt_tokens for event in events)
    assert sum(group.cost_usd for group in groups) == pytest.approx(total.cost_usd)
    assert sum(total.by_outcome.values()) == len(events)
    await engine.dispose()


async def test_an_error_says_what_failed_and_not_with_what(engine):
    """The reason for a log line holds neither statement nor values."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    with pytest.raises(SQLAlchemyError) as error:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT :secret FROM nowhere"), {"secret": "s3cret"})
    assert "nowhere" in reason_of(error.value)
    assert "s3cret" not in str(error.value) + reason_of(error.value)
    assert reason_of(SQLAlchemyError("plain")) == "plain"
