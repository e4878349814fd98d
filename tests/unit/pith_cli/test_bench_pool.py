"""Tests of clients that take turns."""

# ruff: noqa: N802  (gRPC fixes the names)

import grpc
import pytest

from fakes_cli import FakeCompressor, serving
from pith_cli.bench.pool import connect
from pith_cli.clients import Text, prepare_call


class PeerCounting(FakeCompressor):
    """Notes who calls."""

    def __init__(self) -> None:
        super().__init__()
        self.peers: list[str] = []

    async def Compress(self, request: object, context: grpc.aio.ServicerContext) -> object:
        """Compress."""
        self.peers.append(context.peer())
        return await super().Compress(request, context)


@pytest.mark.parametrize(("workers", "connections"), [(1, 1), (2, 64)])
async def test_workers_get_many_connections_a_single_one_gets_one(workers: int, connections: int) -> None:
    """The kernel gives a connection to one worker for good; calls go round."""
    fake = PeerCounting()
    async with serving(compressor=fake) as address, connect(address, workers=workers) as pool:
        for number in range(128):
            await pool.send(prepare_call([Text("user", str(number))]))
        await pool.echo()
    assert len(set(fake.peers)) == connections
    assert fake.peers[:64] == fake.peers[64:]
