"""A channel to one gRPC server, with what every client asks of it."""

from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
TIMEOUT_S = 10.0


class Channel:
    """A channel to one server, closed at the end of a `with` block."""

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S, tls_ca: bytes | None = None) -> None:
        limits = [
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            # A connection of its own: that is what the workers of a server share out among them.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        self.address = address
        self._timeout_s = timeout_s
        if tls_ca is None:
            self._channel = grpc.aio.insecure_channel(address, options=limits)
        else:
            credentials = grpc.ssl_channel_credentials(tls_ca)
            self._channel = grpc.aio.secure_channel(address, credentials, options=limits)
        self._health = health_pb2_grpc.HealthStub(self._channel)

    async def health(self, service: str = "") -> str:
        """Return the server's health: SERVING, NOT_SERVING, or what went wrong."""
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            reply = await self._health.Check(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
        name: str = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
        return name

    async def echo(self, _: object = None) -> None:
        """Make the emptiest call there is; the yardstick of every bench."""
        await self._health.Check(health_pb2.HealthCheckRequest(), timeout=self._timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()
