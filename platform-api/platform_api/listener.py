"""One HTTP listener in the running loop: uvicorn without its own process handling."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from grpc_serving.environment import SettingsError
from grpc_serving.settings import split_address

# Longer than common client pools keep connections, so that the client leaves first.
_KEEP_ALIVE_S = 75
_BACKLOG = 2048


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when connections are accepted."""
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which has three listeners to stop."""
        yield


class HttpListener:
    """Serves an ASGI app on an address until it is stopped."""

    def __init__(self, app: ASGIApp, *, address: str, grace_s: float) -> None:
        self._address = address
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=max(1, round(grace_s)),
        )
        config.load()
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Bind the address and accept connections from now on."""
        bound = _bind(self._address)
        self.port = bound.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]))
        await self._server.accepting.wait()

    async def stop(self) -> None:
        """Refuse new connections and let running requests end within the grace time."""
        if self._task is not None:
            self._server.should_exit = True
            await self._task


def _bind(address: str) -> socket.socket:
    host, port = split_address(address)
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.create_server(place[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError([f"address {address}: {error.strerror or error}"]) from error
    bound.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    return bound
