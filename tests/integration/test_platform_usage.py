"""Usage events by gRPC, totals by HTTP."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from fakes_platform import break_store, running_platform
from pith.usage.v1 import usage_pb2, usage_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(tmp_path_factory):
    """One platform-api for all tests of this module; each uses tenants of its own."""
    async with running_platform(tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stub(platform):
    """A client of the usage service."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{platform.running.usage_port}") as channel:
        yield usage_pb2_grpc.UsageServiceStub(channel)


def event(event_id, tenant_id, **fields):
    """Return a good event, changed where told."""
    at = Timestamp()
    at.FromDatetime(fields.pop("at", DAY))
    values = {
        "request_id": "r",
        "key_id": "k1234567",
        "model": "gpt-4o",
        "api": "chat",
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "cost_usd": 0.5,
        "outcome": usage_pb2.OUTCOME_PROVIDER,
        "at": at,
    }
    return usage_pb2.UsageEvent(event_id=event_id, tenant_id=tenant_id, **{**values, **fields})


async def record(stub, *events):
    """Record events and return the answer."""
    return await stub.Record(usage_pb2.RecordRequest(events=events), timeout=5)


async def refused(stub, *events):
    """Record events that are refused and return the violations."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await record(stub, *events)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    bad_request = error_details_pb2.BadRequest()
    assert rpc_status.from_call(error.value).details[0].Unpack(bad_request)
    return {violation.field: violation.description for violation in bad_request.field_violations}


async def usage(platform, query, key=None):
    """Ask for totals of this year's November."""
    status, answer = await platform.call("GET", f"/v1/usage?from=2026-11-01&to=2026-12-01&{query}", key=key)
    assert status == 200, answer
    return answer


async def test_what_is_recorded_is_added_up(platform, stub):
    """Events by gRPC show in the totals, by outcome and by group."""
    answer = await record(
        stub,
        event("a1", "sums"),
        event("a2", "sums", outcome=usage_pb2.OUTCOME_HIT_EXACT, cost_usd=0, saved_cache_usd=0.5),
        event("a3", "sums", outcome=usage_pb2.OUTCOME_HIT_SEMANTIC, cost_usd=0, saved_cache_usd=0.25, model="claude"),
        event("a4", "sums", outcome=usage_pb2.OUTCOME_ERROR, at=DAY - timedelta(days=1), saved_compression_usd=1),
        event("a5", "sums", outcome=usage_pb2.OUTCOME_CANCELLED),
    )
    assert (answer.recorded, answer.duplicates) == (5, 0)
    assert answer.timings.total_ms > 0
    assert set(answer.timings.stage_ms) == {"check", "write"}
    seen = await usage(platform, "tenant_id=sums&group_by=model")
    assert seen["total"] == {
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 10,
        "cost_usd": 1.5,
        "saved_cache_usd": 0.75,
        "saved_compression_usd": 1.0,
        "by_outcome": {"provider": 1, "hit_exact": 1, "hit_semantic": 1, "error": 1, "cancelled": 1},
    }
    assert [(group["group"], group["requests"]) for group in seen["groups"]] == [("gpt-4o", 4), ("claude", 1)]
    assert (seen["from"], seen["to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    days = await usage(platform, "tenant_id=sums&group_by=day")
    assert [(group["group"], group["requests"]) for group in days["groups"]] == [("2026-11-23", 1), ("2026-11-24", 4)]


async def test_an_event_counts_once(platform, stub):
    """A reporter that repeats itself changes nothing."""
    assert (await record(stub, event("b1", "twice"), event("b1", "twice"))).duplicates == 1
    again = await record(stub, event("b1", "twice"), event("b2", "twice"))
    assert (again.recorded, again.duplicates) == (1, 1)
    assert (await usage(platform, "tenant_id=twice"))["total"]["requests"] == 2


async def test_one_bad_event_refuses_the_batch(platform, stub):
    """The first bad event is named, and none of its batch is written."""
    violations = await refused(stub, event("c1", "batch"), event("c2", "batch"), event("c3", ""))
    assert list(violations) == ["events[2].tenant_id"]
    assert (await usage(platform, "tenant_id=batch"))["total"]["requests"] == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"outcome": usage_pb2.OUTCOME_UNSPECIFIED}, "outcome"),
        ({"outcome": 99}, "outcome"),
        ({"cost_usd": float("nan")}, "cost_usd"),
        ({"prompt_tokens": 2**60}, "prompt_tokens"),
        ({"model": "m" * 257}, "model"),
        ({"at": datetime(1960, 1, 1, tzinfo=UTC)}, "at"),
    ],
)
async def test_a_bad_event_is_refused_by_field(stub, fields, field):
    """Each bound has its name in the refusal."""
    assert list(await refused(stub, event("d1", "bounds", **fields))) == [f"events[0].{field}"]


async def test_an_event_without_a_time_is_refused(stub):
    """A missing time is not taken for 1970."""
    bare = event("d2", "bounds")
    bare.ClearField("at")
    assert list(await refused(stub, bare)) == ["events[0].at"]


async def test_batches_are_bounded(platform, stub):
    """A thousand events are taken, one more is not."""
    batch = [event(f"e{number}", "bulk") for number in range(1001)]
    assert "1000" in (await refused(stub, *batch))["events"]
    assert (await record(stub, *batch[:1000])).recorded == 1000
    assert (await record(stub)).recorded == 0


async def test_a_tenants_key_sees_its_own_usage_only(platform, stub):
    """Tenants read what concerns them and nothing else."""
    await record(stub, event("f1", "one"), event("f2", "two"))
    key = (await platform.new_key("one"))["key"]
    mine = await usage(platform, "group_by=tenant", key=key)
    assert (mine["total"]["requests"], [group["group"] for group in mine["groups"]]) == (1, ["one"])
    status, answer = await platform.call("GET", "/v1/usage?tenant_id=two", key=key)
    assert (status, answer["error"]["code"]) == (403, "foreign_tenant")
    async with platform.http.get(platform.management + "/v1/usage") as response:
        assert response.status == 401


async def test_what_was_just_recorded_counts_by_default(platform, stub):
    """Without a range the last thirty days count, the present moment included."""
    await record(stub, event("g1", "now", at=datetime.now(UTC)))
    _, answer = await platform.call("GET", "/v1/usage?tenant_id=now")
    assert answer["total"]["requests"] == 1
    assert answer["groups"] == []


async def test_a_store_that_fails_is_unavailable(tmp_path):
    """A reporter is told to come back, and learns nothing of the store's insides."""
    async with running_platform(tmp_path) as platform:
        await break_store(tmp_path)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{platform.running.usage_port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await record(usage_pb2_grpc.UsageServiceStub(channel), event("h1", "lost"))
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "usage_events" not in error.value.details()


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("group_by=week", "group_by"),
        ("from=yesterday", "from"),
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("since=2026-11-01", "since"),
    ],
)
async def test_a_bad_question_is_refused_by_field(platform, query, param):
    """The field's name is the one that the caller wrote."""
    status, answer = await platform.call("GET", f"/v1/usage?{query}")
    assert (status, answer["error"]["param"]) == (400, param)
