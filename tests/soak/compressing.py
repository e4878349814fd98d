"""Requests for the compressor that the long checks send: real RPCs, with text nobody sent before."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from pith.compressor.v1 import compressor_pb2 as pb
from pith.compressor.v1 import compressor_pb2_grpc
from pith_cli.bench.corpus import document

TIMEOUT_S = 60.0
# Room enough on a busy machine: what is compared must not have been degraded.
BUDGET_MS = 50_000.0
_MODES = ("question", "blind", "short")


@dataclass(frozen=True)
class Job:
    """One text, its question (empty: none) and the asked rate."""

    text: str
    question: str
    rate: float


def make_job(seed: str) -> Job:
    """Make a text of 60 to 900 tokens that is unlike every other one: with a question, without, or short and dense."""
    rng = random.Random(seed)
    mode = rng.choice(_MODES)
    made = document(rng.randint(60, 180) if mode == "short" else rng.randint(250, 900), rng)
    odd = (
        f"Case {seed.replace(':', '-')} cost {rng.randint(100, 99_999)} euros, unless {rng.choice('ABCDEF')}. Q. paid."
    )
    return Job(f"{made.text} {odd}", "" if mode == "blind" else made.question, rng.choice((0.3, 0.4, 0.5, 0.7)))


class Compressing:
    """Sends jobs to one server, as a tenant of one's choice: no tenant is answered from another's memory."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._stub = compressor_pb2_grpc.CompressorServiceStub(self._channel)

    async def call(self, jobs: Sequence[Job], *, tenant: str, budget_ms: float = BUDGET_MS) -> pb.CompressResponse:
        """Compress the texts of some jobs in one request, at the rate of the first."""
        segments = [
            pb.Segment(id=str(number), role=pb.ROLE_USER, text=job.text, query=job.question)
            for number, job in enumerate(jobs)
        ]
        policy = pb.Policy(rate=jobs[0].rate, min_tokens=0)
        request = pb.CompressRequest(
            tenant_id=tenant, target_model="gpt-4o", segments=segments, policy=policy, budget_ms=budget_ms
        )
        return await self._stub.Compress(request, timeout=TIMEOUT_S, wait_for_ready=True)

    async def text(self, job: Job, *, tenant: str) -> str:
        """Compress one job and return the text that came back."""
        return (await self.call([job], tenant=tenant)).segments[0].text

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()
