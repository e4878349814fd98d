"""A tiny real gRPC service, its settings, and certificates, for the tests of grpc_serving."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from multiprocessing.synchronize import Event

import grpc
from google.protobuf.wrappers_pb2 import BytesValue, StringValue
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from grpc_serving.errors import InvalidArgument, Overloaded
from grpc_serving.observe import request_log
from grpc_serving.security import Role, require_tenant
from grpc_serving.server import Health, Service
from grpc_serving.settings import ServingSettings

NAME = "test.v1.EchoService"


class EchoSettings(ServingSettings):
    """Settings of the echo service."""

    model_config = SettingsConfigDict(env_prefix="PITH_ECHO_", frozen=True)

    address: str = Field("127.0.0.1:0", description="where gRPC listens")
    greeting: str = Field("hello", description="what Echo puts before the text")


class Echo:
    """Answers with what it got; the text can tell it to misbehave."""

    def __init__(self) -> None:
        self.hanging = 0
        self.dropped = 0
        self.closed = False
        self.release = asyncio.Event()

    async def echo(self, request: StringValue, context: grpc.aio.ServicerContext) -> StringValue:
        """Echoes, or fails in the way that the text names."""
        request_log(request_id="r-1", tenant_id="t-1")
        match request.value:
            case "invalid":
                raise InvalidArgument("segments[0].text", "must not be empty")
            case "overloaded":
                raise Overloaded("model has 8 items waiting", retry_after_s=0.25)
            case "bug":
                raise RuntimeError("the secret text of a prompt")
            case "unfinished":
                raise NotImplementedError("the secret text of a prompt")
            case "abort":
                await context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")
            case "set_code":
                context.set_code(grpc.StatusCode.ALREADY_EXISTS)
            case "lost":
                other = asyncio.get_running_loop().create_future()
                other.cancel()
                await other
            case "brief":
                await asyncio.sleep(0.01)
            case "hang":
                await self._hang()
        return StringValue(value=request.value)

    def generated(self, _request: StringValue, context: grpc.aio.ServicerContext) -> StringValue:
        """What protoc generates for a method that nobody has written yet."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details("Method not implemented!")
        raise NotImplementedError("Method not implemented!")

    async def tenant(self, request: StringValue, _context: grpc.aio.ServicerContext) -> StringValue:
        """Echoes when the caller may act for the tenant that the text names."""
        require_tenant(request.value)
        return request

    async def count(self, request: StringValue, _context: grpc.aio.ServicerContext) -> AsyncIterator[StringValue]:
        """Streams the letters of the text; an X is an error."""
        for letter in request.value:
            if letter == "X":
                raise InvalidArgument("value", "has an X")
            yield StringValue(value=letter)

    async def close(self) -> None:
        """Remembers that it was closed."""
        self.closed = True

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the methods to a server."""
        read, write = StringValue.FromString, StringValue.SerializeToString
        handlers = {
            "Echo": grpc.unary_unary_rpc_method_handler(self.echo, read, write),
            "Tenant": grpc.unary_unary_rpc_method_handler(self.tenant, read, write),
            "Manage": grpc.unary_unary_rpc_method_handler(self.echo, read, write),
            "Later": grpc.unary_unary_rpc_method_handler(self.generated, read, write),
            "Count": grpc.unary_stream_rpc_method_handler(self.count, read, write),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))

    async def _hang(self) -> None:
        self.hanging += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        finally:
            self.hanging -= 1


ROLES = {"Echo": Role.HOOK, "Tenant": Role.HOOK, "Count": Role.HOOK, "Manage": Role.OPERATOR, "Later": Role.HOOK}


def building(echo: Echo) -> Callable[[ServingSettings, Health], Awaitable[Sequence[Service]]]:
    """A build function that serves this very echo."""

    async def build(_settings: ServingSettings, _health: Health) -> Sequence[Service]:
        return [Service(NAME, echo.register, ROLES, echo.close)]

    return build


async def build_echo(_settings: ServingSettings, _health: Health) -> Sequence[Service]:
    """A build function that spawned workers can import."""
    echo = Echo()
    return [Service(NAME, echo.register, ROLES, echo.close)]


async def call(
    channel: grpc.aio.Channel, method: str, value: str | bytes, *, token: str | None = None, timeout_s: float = 5
) -> StringValue:
    """One unary call; bytes go out as the raw message."""
    raw = value if isinstance(value, bytes) else StringValue(value=value).SerializeToString()
    metadata = None if token is None else (("authorization", f"Bearer {token}"),)
    reply = await channel.unary_unary(f"/{NAME}/{method}")(raw, metadata=metadata, timeout=timeout_s)
    return StringValue.FromString(reply)


async def eventually(condition: Callable[[], bool], *, within_s: float = 5) -> None:
    """Waits until a condition holds."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def sleep_through_signals(ready: Event) -> None:
    """A worker that cares for no SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.set()
    time.sleep(60)


def string_message(raw: bytes) -> bytes:
    """A StringValue message whose string holds these bytes, UTF-8 or not."""
    return BytesValue(value=raw).SerializeToString()


async def status(channel: grpc.aio.Channel, service: str = "") -> int:
    """The health of one service."""
    reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return reply.status
