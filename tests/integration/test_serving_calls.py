"""Calls through a real server: statuses, details, counting, logging, limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from fakes_serving import NAME, Echo, EchoSettings, building, call, eventually, string_message
from grpc_serving.server import RunningServer, start


@dataclass
class Running:
    """A started server with a channel to it."""

    echo: Echo
    server: RunningServer
    channel: grpc.aio.Channel


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[Running]:
    """Serves the echo service for the length of a block."""
    echo = Echo()
    server = await start(EchoSettings(grace_s=1, **settings), building(echo))
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Running(echo, server, channel)
    finally:
        await server.stop()


def handled(method: str, code: str) -> float:
    """How many calls of a method ended with a code so far."""
    labels = {"grpc_type": "unary", "grpc_service": NAME, "grpc_method": method, "grpc_code": code}
    return REGISTRY.get_sample_value("grpc_server_handled_total", labels) or 0.0


async def refused(
    channel: grpc.aio.Channel, method: str, value: str | bytes, **options: object
) -> grpc.aio.AioRpcError:
    """The error of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, method, value, **options)
    return caught.value


async def test_answer_arrives_and_is_counted_timed_and_logged_once() -> None:
    """A good call gets its answer, one count, one duration and one line with what the servicer bound."""
    before = handled("Echo", "OK")
    with capture_logs() as lines:
        async with serving() as running:
            lines.clear()
            assert (await call(running.channel, "Echo", "private words")).value == "private words"
            await asyncio.sleep(0)
    assert handled("Echo", "OK") == before + 1
    seconds = {"grpc_type": "unary", "grpc_service": NAME, "grpc_method": "Echo"}
    assert REGISTRY.get_sample_value("grpc_server_handling_seconds_count", seconds) >= 1
    calls = [line for line in lines if line["event"] == "call"]
    assert len(calls) == 1
    assert calls[0]["method"] == f"{NAME}/Echo"
    assert calls[0]["code"] == "OK"
    assert calls[0]["ms"] >= 0
    assert "private words" not in str(lines)


async def test_invalid_argument_names_the_field_in_text_and_details() -> None:
    """InvalidArgument becomes INVALID_ARGUMENT with google.rpc.BadRequest."""
    async with serving() as running:
        error = await refused(running.channel, "Echo", "invalid")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "segments[0].text: must not be empty" in error.details()
    bad = error_details_pb2.BadRequest()
    assert rpc_status.from_call(error).details[0].Unpack(bad)
    assert (bad.field_violations[0].field, bad.field_violations[0].description) == (
        "segments[0].text",
        "must not be empty",
    )


async def test_overload_says_when_to_come_back() -> None:
    """Overloaded becomes RESOURCE_EXHAUSTED with google.rpc.RetryInfo."""
    async with serving() as running:
        error = await refused(running.channel, "Echo", "overloaded")
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    retry = error_details_pb2.RetryInfo()
    assert rpc_status.from_call(error).details[0].Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == 250


@pytest.mark.parametrize(("text", "raised"), [("bug", RuntimeError), ("unfinished", NotImplementedError)])
async def test_a_bug_is_internal_and_leaks_nothing(text: str, raised: type[Exception]) -> None:
    """An unexpected exception ends as INTERNAL without its text, which only the log has, with the traceback."""
    with capture_logs() as lines:
        async with serving() as running:
            error = await refused(running.channel, "Echo", text)
            assert (await call(running.channel, "Echo", "still alive")).value == "still alive"
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in error.details()
    logged = next(line for line in lines if line.get("code") == "INTERNAL")
    assert logged["log_level"] == "error"
    assert isinstance(logged["exc_info"], raised)


async def test_a_method_that_nobody_wrote_yet_is_unimplemented() -> None:
    """The generated body of a method ends as UNIMPLEMENTED, which is counted and no bug."""
    before = handled("Later", "UNIMPLEMENTED")
    with capture_logs() as lines:
        async with serving() as running:
            error = await refused(running.channel, "Later", "x")
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert handled("Later", "UNIMPLEMENTED") == before + 1
    assert {line["log_level"] for line in lines} == {"info"}


async def test_an_abort_of_the_servicer_passes_through() -> None:
    """context.abort keeps its code and text and is counted under that code."""
    before = handled("Echo", "NOT_FOUND")
    async with serving() as running:
        error = await refused(running.channel, "Echo", "abort")
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "no such thing")
    assert handled("Echo", "NOT_FOUND") == before + 1


async def test_a_code_set_without_raising_is_counted() -> None:
    """A servicer that sets a code and returns is counted under that code."""
    before = handled("Echo", "ALREADY_EXISTS")
    async with serving() as running:
        await refused(running.channel, "Echo", "set_code")
    assert handled("Echo", "ALREADY_EXISTS") == before + 1


@pytest.mark.parametrize(
    "raw",
    [string_message(b"\xff\xfe"), string_message(b"caf\xe9"), b"\x0a\x05ab", b"\xff"],
    ids=["utf8", "latin1", "cut", "tag"],
)
async def test_what_is_not_protobuf_is_an_invalid_argument(raw: bytes) -> None:
    """Broken UTF-8 in a string, a message cut off and a broken tag end as INVALID_ARGUMENT that says so."""
    async with serving() as running:
        error = await refused(running.channel, "Echo", raw)
        assert (await call(running.channel, "Echo", "alive")).value == "alive"
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "not valid protobuf" in error.details()
    assert "UTF-8" in error.details()


async def test_a_message_of_20_mb_is_refused_by_grpc_and_the_service_lives() -> None:
    """Over 16 MB gRPC itself answers RESOURCE_EXHAUSTED; under it a message passes both ways."""
    async with serving() as running:
        error = await refused(running.channel, "Echo", "x" * 20_000_000)
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        address = f"127.0.0.1:{running.server.port}"
        async with grpc.aio.insecure_channel(address, [("grpc.max_receive_message_length", 16 << 20)]) as wide:
            assert len((await call(wide, "Echo", "x" * 15_000_000, timeout_s=20)).value) == 15_000_000


async def test_a_cancelled_call_stops_its_work_and_is_counted() -> None:
    """When the caller leaves, the servicer is cancelled and the call counts as CANCELLED."""
    before = handled("Echo", "CANCELLED")
    async with serving() as running:
        running_call = asyncio.create_task(call(running.channel, "Echo", "hang"))
        await eventually(lambda: running.echo.hanging == 1)
        running_call.cancel()
        await eventually(lambda: running.echo.dropped == 1)
        await eventually(lambda: handled("Echo", "CANCELLED") == before + 1)


async def test_a_cancellation_from_within_does_not_leave_the_caller_waiting() -> None:
    """Awaiting something that others cancelled is a bug of ours and ends the call at once as INTERNAL."""
    async with serving() as running:
        error = await refused(running.channel, "Echo", "lost")
    assert error.code() is grpc.StatusCode.INTERNAL


async def test_a_passed_deadline_stops_the_work_and_is_counted() -> None:
    """When the caller's deadline passes, the servicer is cancelled and the call counts as DEADLINE_EXCEEDED."""
    before = handled("Echo", "DEADLINE_EXCEEDED")
    async with serving() as running:
        error = await refused(running.channel, "Echo", "hang", timeout_s=0.1)
        await eventually(lambda: running.echo.dropped == 1)
        await eventually(lambda: handled("Echo", "DEADLINE_EXCEEDED") == before + 1)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_calls_beyond_the_limit_are_refused_at_once() -> None:
    """With as many calls in progress as allowed, the next is RESOURCE_EXHAUSTED, and health still answers."""
    async with serving(max_concurrent_calls=2) as running:
        hanging = [asyncio.create_task(call(running.channel, "Echo", "hang")) for _ in range(2)]
        await eventually(lambda: running.echo.hanging == 2)
        error = await refused(running.channel, "Echo", "third")
        health = await health_pb2_grpc.HealthStub(running.channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        running.echo.release.set()
        await asyncio.gather(*hanging)
        assert (await call(running.channel, "Echo", "again")).value == "again"
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_an_unknown_method_stays_unimplemented() -> None:
    """A method nobody registered is UNIMPLEMENTED and does not add a label of the caller's choice."""
    async with serving() as running:
        error = await refused(running.channel, "Nonsense", "x")
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert handled("Nonsense", "UNIMPLEMENTED") == 0


async def test_a_stream_is_observed_like_a_unary_call() -> None:
    """A streaming answer arrives whole, and an error in its middle becomes its status."""
    async with serving() as running:
        count = running.channel.unary_stream(f"/{NAME}/Count", StringValue.SerializeToString, StringValue.FromString)
        assert [letter.value async for letter in count(StringValue(value="abc"), timeout=5)] == ["a", "b", "c"]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            [letter async for letter in count(StringValue(value="aX"), timeout=5)]
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
