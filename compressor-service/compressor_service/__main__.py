"""Runs the compressor service: `python -m compressor_service`, set by PITH_COMPRESSOR_* variables."""

import os
import sys
from collections.abc import Sequence
from functools import partial

# One request is one thread's work; a pool of BLAS threads would only fight it for the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from compressor_service.compression import Compressor, Result
from compressor_service.fingerprint import engine_fingerprint
from compressor_service.memos import open_memo
from compressor_service.pacing import Pacer
from compressor_service.policy import Defaults, Profile
from compressor_service.servicer import ROLES, SERVICE, CompressorServicer, Job, work
from compressor_service.settings import CompressorSettings
from compressor_service.tokens import TokenCounter
from compressor_service.validation import Limits
from compressor_service.warm_up import warm_up
from grpc_serving.batcher import Batcher
from grpc_serving.server import Health, Service, main
from pith.compressor.v1 import compressor_pb2_grpc


async def build(settings: CompressorSettings, health: Health) -> Sequence[Service]:
    """The services of one worker process."""
    counter, pacer = TokenCounter(), Pacer()
    compressor = Compressor(
        counter,
        open_memo(max_entries=settings.memo_max_entries, max_bytes=settings.memo_max_bytes),
        pacer=pacer,
        defaults=Defaults(
            Profile[settings.default_profile.upper()], Profile[settings.furthest_profile.upper()], settings.min_tokens
        ),
        fingerprint=engine_fingerprint(counter.fingerprint),
    )
    warm_up(compressor)
    batcher: Batcher[Job, Result] = Batcher(
        partial(work, compressor),
        max_batch=1,
        max_waiting=settings.max_waiting,
        workers=settings.threads,
        on_death=partial(health.set_serving, "compressor", ok=False),
        name="compressor",
    )
    limits = Limits(settings.max_segments, settings.max_text_bytes)
    servicer = CompressorServicer(
        compressor, pacer, batcher=batcher, limits=limits, default_budget_ms=settings.default_budget_ms
    )
    register = partial(compressor_pb2_grpc.add_CompressorServiceServicer_to_server, servicer)
    return [Service(SERVICE, register, ROLES, batcher.close)]


if __name__ == "__main__":
    sys.exit(main(CompressorSettings, build))
