"""Answers grpc.health.v1 from named components: serving means that every one of them is well."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc

log = structlog.get_logger("grpc_serving.health")

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """The health of one server.

    The servicer that comes with grpcio forgets every other watcher of a service when one leaves, and keeps watch calls
    open during a drain, which then lasts for the whole grace time. This one does neither.
    """

    def __init__(self) -> None:
        self._components: dict[str, bool] = {}
        self._names: frozenset[str] = frozenset({""})
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = False
        self._stopping = False

    def set_serving(self, component: str, ok: bool) -> None:  # noqa: FBT001
        """Says whether one component is well; may be called from any thread."""
        if self._components.get(component, True) != ok:
            log.warning("health changed", component=component, ok=ok)
        self._components[component] = ok
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._announce)

    @property
    def is_serving(self) -> bool:
        """Whether the server is between its start and its stop with every component well."""
        return self._started and not self._stopping and not self.failing

    @property
    def failing(self) -> list[str]:
        """The components that are not well."""
        return [name for name, ok in self._components.copy().items() if not ok]

    def start(self, names: Iterable[str]) -> None:
        """Serves the overall health and that of the named services from now on; called inside the running loop."""
        self._loop = asyncio.get_running_loop()
        self._names = frozenset({"", *names})
        self._started = True
        self._announce()

    def stop(self) -> None:
        """Says NOT_SERVING for good and ends the watch calls once they have said so too."""
        self._stopping = True
        self._announce()

    async def Check(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """The health of one service; NOT_FOUND for a name that is not served here."""
        if request.service not in self._names:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return health_pb2.HealthCheckResponse(status=self._status(request.service))

    async def Watch(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, _context: grpc.aio.ServicerContext
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The health of one service now, then each time it changes, until the server stops."""
        said = None
        while True:
            changed, status = self._changed, self._status(request.service)
            if status != said:
                yield health_pb2.HealthCheckResponse(status=status)
                said = status
            elif self._stopping:
                return
            else:
                await changed.wait()

    def _status(self, name: str) -> int:
        if name not in self._names:
            return int(SERVICE_UNKNOWN)
        return int(SERVING if self.is_serving else NOT_SERVING)

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
