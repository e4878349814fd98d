"""Puts the compressor service together from its settings; here, because spawned workers cannot import `__main__`."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from compressor_service.admission import Admission
from compressor_service.compression import Compressor
from compressor_service.economics import parse_prices
from compressor_service.loading import load_engines, open_policies, open_shared_memo
from compressor_service.pacing import Pacer
from compressor_service.servicer import ROLES, SERVICE, CompressorServicer
from compressor_service.settings import CompressorSettings
from compressor_service.tokens import TokenCounter
from compressor_service.validation import Limits
from compressor_service.warm_up import warm_up
from grpc_serving.server import Health, Service
from pith.compressor.v1 import compressor_pb2_grpc

# The event loop must get the interpreter from a busy thread well before a caller's budget is over.
_SWITCH_INTERVAL_S = 0.003


async def build(settings: CompressorSettings, health: Health) -> Sequence[Service]:
    """The services of one worker process."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    async with AsyncExitStack() as closing:
        counter, pacer = TokenCounter(), Pacer()
        engines = await load_engines(settings, counter.fingerprint, closing)
        policies = open_policies(settings, engines.names, closing)
        memo, keyring = open_shared_memo(settings, closing)
        compressor = Compressor(
            counter,
            memo,
            pacer=pacer,
            policies=policies,
            engines=engines,
            keyring=keyring,
            prices=parse_prices(settings.cache_prices),
        )
        await asyncio.to_thread(warm_up, compressor)
        admission = Admission(
            compressor,
            pacer,
            threads=settings.threads,
            max_waiting=settings.max_waiting,
            on_death=partial(health.set_serving, "compressor", ok=False),
        )
        closing.push_async_callback(admission.close)
        servicer = CompressorServicer(
            compressor,
            pacer,
            admission=admission,
            limits=Limits(settings.max_segments, settings.max_text_bytes),
            default_budget_ms=settings.default_budget_ms,
        )
        register = partial(compressor_pb2_grpc.add_CompressorServiceServicer_to_server, servicer)
        return [Service(SERVICE, register, ROLES, closing.pop_all().aclose)]
