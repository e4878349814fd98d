"""Several clients of one server that take turns."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle

from pith_cli.clients import Compressed, CompressorClient, PreparedCall

# Workers of a server share out connections, not calls: with many of them each worker gets about its share.
_CONNECTIONS_PER_WORKER = 32
# Callers of a slow engine wait for each other.
_TIMEOUT_S = 120.0


class Pool:
    """Clients that take turns, each with a connection of its own."""

    def __init__(self, clients: Sequence[CompressorClient]) -> None:
        self._turns = cycle(clients)

    async def send(self, call: PreparedCall) -> Compressed:
        """Let the next client send what was prepared."""
        return await next(self._turns).send(call)

    async def echo(self, _: object = None) -> None:
        """Let the next client make an empty call."""
        await next(self._turns).echo()


@asynccontextmanager
async def connect(address: str, *, workers: int = 1) -> AsyncIterator[Pool]:
    """Connect to a server: once to a single worker, many times where several share the port."""
    async with AsyncExitStack() as stack:
        count = 1 if workers == 1 else workers * _CONNECTIONS_PER_WORKER
        clients = [
            await stack.enter_async_context(CompressorClient(address, timeout_s=_TIMEOUT_S)) for _ in range(count)
        ]
        for client in clients:
            await client.echo()
        yield Pool(clients)
