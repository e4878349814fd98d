"""Two services that share a data folder send a conversation on alike, over real gRPC, hurried and restarted."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import grpc

from compressor_service.__main__ import build
from compressor_service.conversation import Segment
from compressor_service.economics import CachePrices
from compressor_service.settings import CompressorSettings
from conversations import make_conversation
from fakes_compressor import COUNTER
from grpc_serving.server import RunningServer, start
from pith.compressor.v1 import compressor_pb2 as pb
from pith.compressor.v1 import compressor_pb2_grpc
from replays import HURRIED_MS, Sent, replay

MODEL, PRICES = "claude-sonnet-4-5", CachePrices(0.1, 1.25, 1024)
TURNS = 16
TIMEOUT_S = 20.0


class Services:
    """Two services on one folder, used in turn by a thread beside the event loop that runs them."""

    def __init__(self, folder: Path) -> None:
        self._settings = CompressorSettings(
            address="127.0.0.1:0", metrics_port=0, data_dir=folder, word_engine="none", memo_timeout_ms=5_000
        )
        self._loop = asyncio.get_running_loop()
        self._random = random.Random(5)
        self._running: list[RunningServer] = []
        self.degraded = 0

    async def open(self) -> None:
        """Start both."""
        self._running = [await start(self._settings, build) for _ in range(2)]

    async def close(self) -> None:
        """Stop both."""
        for server in self._running:
            await server.stop()

    def forward(self, number: int, segments: Sequence[Segment]) -> Sent:
        """Send a request to one of them, every third time after a restart, every other time in a hurry."""
        place = number % 2
        if number % 3 == 2:
            asyncio.run_coroutine_threadsafe(self._restart(place), self._loop).result(TIMEOUT_S)
        budget_ms = self._random.uniform(*HURRIED_MS) if number % 4 > 1 else 10_000
        request = pb.CompressRequest(
            tenant_id="t", target_model=MODEL, budget_ms=budget_ms, segments=[_to_pb(segment) for segment in segments]
        )
        with grpc.insecure_channel(f"127.0.0.1:{self._running[place].port}") as channel:
            reply = compressor_pb2_grpc.CompressorServiceStub(channel).Compress(request, timeout=TIMEOUT_S)
        self.degraded += bool(reply.degraded_from)
        return Sent([segment.text for segment in reply.segments])

    async def _restart(self, place: int) -> None:
        await self._running[place].stop()
        self._running[place] = await start(self._settings, build)


def _to_pb(segment: Segment) -> pb.Segment:
    call = pb.ToolCall(name=segment.call_name, arguments=segment.call_arguments)
    return pb.Segment(
        id=segment.id,
        role=pb.Role.Name(segment.role.value),
        text=segment.text,
        locked=segment.locked,
        tool_call=call if segment.call_name else None,
    )


async def test_old_messages_go_out_alike_whichever_service_answers(tmp_path: Path) -> None:
    """Services that were restarted, or have no time, repeat what the other one sent."""
    services = Services(tmp_path)
    await services.open()
    try:
        done = await asyncio.to_thread(
            replay, make_conversation(3, TURNS), services.forward, prices=PRICES, count=COUNTER.count
        )
    finally:
        await services.close()
    assert done.violations == []
    assert done.cost < done.whole_cost
    assert services.degraded > 0
