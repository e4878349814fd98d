"""How the interceptor wraps a handler."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from grpc_serving.interceptor import CallInterceptor
from grpc_serving.security import Guard


@dataclass(frozen=True)
class Details:
    """What gRPC tells an interceptor about a call."""

    method: str = "/test.v1.EchoService/Echo"


class Context:
    """The little of a call's context that the interceptor looks at."""

    def time_remaining(self) -> None:
        """No deadline."""

    def code(self) -> None:
        """No code yet."""

    def invocation_metadata(self) -> tuple[()]:
        """No metadata."""
        return ()

    def auth_context(self) -> dict[str, list[bytes]]:
        """No certificate."""
        return {}

    async def abort_with_status(self, status: grpc.Status) -> None:
        """Ends the call like gRPC does."""
        assert status.code is grpc.StatusCode.UNAUTHENTICATED
        raise grpc.aio.AbortError


class LateContext(Context):
    """The context of a call whose deadline has passed."""

    def time_remaining(self) -> float:
        """Nothing is left."""
        return 0.0

    async def abort(self, code: grpc.StatusCode, _details: str) -> None:
        """Ends the call like gRPC does."""
        assert code is grpc.StatusCode.DEADLINE_EXCEEDED
        raise grpc.aio.AbortError


async def one(_request: object, _context: object) -> StringValue:
    """Answers once."""
    return StringValue()


async def many(_request: object, _context: object) -> AsyncIterator[StringValue]:
    """Answers twice."""
    yield StringValue()
    yield StringValue()


async def wrapped(handler: grpc.RpcMethodHandler | None) -> grpc.RpcMethodHandler | None:
    """What the interceptor makes of a handler."""

    async def found(_details: Details) -> grpc.RpcMethodHandler | None:
        return handler

    interceptor = CallInterceptor({}, Guard(tokens=None, mutual_tls=False))
    return await interceptor.intercept_service(found, Details())


@pytest.mark.parametrize(
    ("make", "behaviour", "kind"),
    [
        (grpc.unary_unary_rpc_method_handler, one, "unary_unary"),
        (grpc.unary_stream_rpc_method_handler, many, "unary_stream"),
        (grpc.stream_unary_rpc_method_handler, one, "stream_unary"),
        (grpc.stream_stream_rpc_method_handler, many, "stream_stream"),
    ],
)
async def test_a_handler_keeps_its_kind(make: object, behaviour: object, kind: str) -> None:
    """Each of the four kinds of calls stays what it is, with its serializer."""
    handler = await wrapped(make(behaviour, StringValue.FromString, StringValue.SerializeToString))
    assert [
        name for name in ("unary_unary", "unary_stream", "stream_unary", "stream_stream") if getattr(handler, name)
    ] == [kind]
    assert handler.response_serializer is StringValue.SerializeToString


async def test_a_raw_handler_stays_raw() -> None:
    """A handler without a deserializer gets the bytes as they came."""
    handler = await wrapped(grpc.unary_unary_rpc_method_handler(one))
    assert handler.request_deserializer is None


async def test_reading_a_request_never_raises() -> None:
    """The deserializer reads what is right and leaves the refusal of what is not to the handler."""
    handler = await wrapped(grpc.unary_unary_rpc_method_handler(one, StringValue.FromString))
    assert handler.request_deserializer(StringValue(value="a").SerializeToString()).value == "a"
    assert not isinstance(handler.request_deserializer(b"\x0a\x02\xff\xfe"), StringValue)


@pytest.mark.parametrize(
    ("method", "open_to_all"),
    [
        ("/grpc.health.v1.Health/Check", True),
        ("/test.v1.EchoService/Forgotten", False),
        ("/grpc.health.v1.Healthy/Check", False),
    ],
)
async def test_a_method_without_a_role_is_not_open(method: str, *, open_to_all: bool) -> None:
    """Apart from health and reflection, what nobody gave a role is for operators."""

    async def found(_details: Details) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(one)

    interceptor = CallInterceptor({}, Guard(tokens=None, mutual_tls=True))
    handler = await interceptor.intercept_service(found, Details(method))
    if open_to_all:
        assert await handler.unary_unary(b"", Context()) == StringValue()
    else:
        with pytest.raises(grpc.aio.AbortError):
            await handler.unary_unary(b"", Context())


async def test_work_whose_deadline_has_passed_is_dropped() -> None:
    """A call that nobody waits for any more never reaches the servicer."""
    reached = []

    async def behaviour(request: object, _context: object) -> StringValue:
        reached.append(request)
        return StringValue()

    handler = await wrapped(grpc.unary_unary_rpc_method_handler(behaviour))
    await handler.unary_unary(b"in time", Context())
    with pytest.raises(grpc.aio.AbortError):
        await handler.unary_unary(b"late", LateContext())
    assert reached == [b"in time"]


async def test_no_handler_stays_no_handler() -> None:
    """An unknown method is left to gRPC."""
    assert await wrapped(None) is None
