"""One call to a service."""

import grpc
import pytest

from litellm_hooks.breaker import Breaker
from litellm_hooks.channel import WatchedFile
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import Failure
from litellm_hooks.line import CallFailed, Line
from pith.cache.v1 import cache_pb2

REQUEST = cache_pb2.LookupRequest()


class Method:
    """A stub's method that answers or raises what it is told."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    async def __call__(self, request, *, timeout, metadata):  # noqa: ASYNC109
        """Answer."""
        self.calls.append((timeout, metadata))
        if isinstance(self.answer, grpc.StatusCode):
            empty = grpc.aio.Metadata()
            raise grpc.aio.AioRpcError(self.answer, empty, empty, details="told to")
        return self.answer


def _line(token=None, failures=2):
    counters = Counters()
    return Line(
        "cache", Breaker(failures=failures, cooldown_s=60), token=WatchedFile(token), counters=counters
    ), counters


async def test_an_answer_is_handed_on_with_its_deadline():
    """Every call carries its own deadline."""
    line, _ = _line()
    method = Method(cache_pb2.LookupResponse(entry_id="e"))
    assert (await line.call(method, REQUEST, timeout_s=0.06)).entry_id == "e"
    assert method.calls == [(0.06, [])]


async def test_token_and_trace_go_along(tmp_path):
    """The bearer token is read anew when its file changes; the trace of the request is passed on."""
    path = tmp_path / "token"
    path.write_text("first")
    line, _ = _line(path)
    method = Method(cache_pb2.LookupResponse())
    await line.call(method, REQUEST, timeout_s=1, traceparent="00-a-b-01")
    path.write_text("second")
    await line.call(method, REQUEST, timeout_s=1)
    assert method.calls[0][1] == [("authorization", "Bearer first"), ("traceparent", "00-a-b-01")]
    assert method.calls[1][1] == [("authorization", "Bearer second")]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, Failure.TIMEOUT),
        (grpc.StatusCode.UNAVAILABLE, Failure.UNAVAILABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Failure.OVERLOADED),
        (grpc.StatusCode.INTERNAL, Failure.BAD_ANSWER),
        (grpc.StatusCode.INVALID_ARGUMENT, Failure.REFUSED),
        (grpc.StatusCode.PERMISSION_DENIED, Failure.REFUSED),
        (grpc.StatusCode.UNIMPLEMENTED, Failure.REFUSED),
    ],
)
async def test_every_status_has_its_meaning(code, failure):
    """A status becomes one word, counted by service."""
    line, counters = _line()
    with pytest.raises(CallFailed, match="told to") as caught:
        await line.call(Method(code), REQUEST, timeout_s=1)
    assert caught.value.failure is failure
    assert caught.value.is_final is (failure is Failure.REFUSED)
    assert counters.snapshot() == {
        f'pith_hooks_call_failures_total{{service="cache",reason="{failure.value}"}}': 1,
    }


async def test_bytes_that_are_no_message_are_a_bad_answer():
    """What cannot be decoded arrives as None from grpcio."""
    line, _ = _line()
    with pytest.raises(CallFailed) as caught:
        await line.call(Method(None), REQUEST, timeout_s=1)
    assert caught.value.failure is Failure.BAD_ANSWER


async def test_a_service_that_keeps_missing_its_deadline_is_left_alone():
    """After so many misses the service is not called; the counter says when that began."""
    line, counters = _line(failures=2)
    method = Method(grpc.StatusCode.DEADLINE_EXCEEDED)
    failures = []
    for _ in range(4):
        with pytest.raises(CallFailed) as caught:
            await line.call(method, REQUEST, timeout_s=1)
        failures.append(caught.value.failure)
    assert failures == [Failure.TIMEOUT, Failure.TIMEOUT, Failure.BREAKER_OPEN, Failure.BREAKER_OPEN]
    assert len(method.calls) == 2
    assert counters.snapshot()['pith_hooks_breaker_opened_total{service="cache"}'] == 1


async def test_a_dead_service_does_not_open_the_breaker():
    """A closed port fails at once: there is nothing to save by not asking."""
    line, _ = _line(failures=1)
    method = Method(grpc.StatusCode.UNAVAILABLE)
    for _ in range(3):
        with pytest.raises(CallFailed):
            await line.call(method, REQUEST, timeout_s=1)
    assert len(method.calls) == 3
