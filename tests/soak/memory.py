"""A service that has filled its caches grows no further."""

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import grpc

from fakes_cache import CacheClient
from pith.cache.v1 import cache_pb2
from soak.check import Check, Found, Sample, Step
from soak.compressing import Compressing, make_job
from soak.processes import ServiceProcess

REQUESTS_A_STEP = 100
_CALLERS = 4
_GROWTH_BAR = 0.02
# Small bounds are full soon; that a full cache stays full is the same code at any size.
_COMPRESSOR = {
    "MEMO_MAX_ENTRIES": "2000",
    "MEMO_MAX_BYTES": str(8 * 1024 * 1024),
    "MEMO_FILE_MAX_BYTES": str(16 * 1024 * 1024),
    "THREADS": "2",
}
_CACHE = {"MAX_ENTRIES": "3000", "MAX_REMEMBERED": "1000"}


def compressor(steps: int = 1_250, *, fill: int = 250) -> Check:
    """100 requests a step, of new words each; the first `fill` steps fill the caches with very many and are not judged."""
    says = f"RSS stays within 2 % over {(steps - fill) * REQUESTS_A_STEP:,} requests"
    judge = partial(judge_growth, fill=fill)
    return Check(
        "memory_compressor",
        says,
        steps,
        partial(_open_compressor, fill),
        judge,
        one_life=True,
        params=_bounds(_COMPRESSOR),
    )


def cache(steps: int = 1_200, *, fill: int = 200) -> Check:
    """The same for the cache service: misses, stores and hits."""
    says = f"RSS stays within 2 % over {(steps - fill) * REQUESTS_A_STEP:,} requests"
    return Check(
        "memory_cache",
        says,
        steps,
        _open_cache,
        partial(judge_growth, fill=fill),
        one_life=True,
        params=_bounds(_CACHE),
    )


def judge_growth(samples: Sequence[Sample], *, fill: int) -> tuple[Sample, list[str]]:
    """Compare the median of the last tenth with that of the first, after the filling."""
    sizes = [sample["rss_mb"] for sample in samples if sample["step"] > fill]
    tenth = max(1, len(sizes) // 10)
    first, last = statistics.median(sizes[:tenth]), statistics.median(sizes[-tenth:])
    growth = last / first - 1
    figures = {"rss_first_mb": round(first, 1), "rss_last_mb": round(last, 1), "growth": round(growth, 4)}
    return figures, [f"RSS grew by {growth:.1%}, bar {_GROWTH_BAR:.0%}"] if growth >= _GROWTH_BAR else []


@asynccontextmanager
async def _open_compressor(fill: int) -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as folder:
        async with ServiceProcess(
            "compressor_service", "PITH_COMPRESSOR_", Path(folder), DATA_DIR=folder, **_COMPRESSOR
        ) as service:
            client = Compressing(service.address)
            try:

                async def one(number: int) -> bool:
                    job = make_job(f"memory:{number}")
                    # Words that no other text has: caches of words must be bounded too, and full before we look.
                    odd = " ".join(f"zq{number}x{word}" for word in range(40 if number < fill * REQUESTS_A_STEP else 3))
                    job = replace(job, text=f"{job.text} It met {odd} there.")
                    reply = await client.call([job], tenant=f"tenant-{number % 50}", budget_ms=5_000.0)
                    return len(reply.segments) == 1

                yield partial(_step, one, service)
            finally:
                await client.close()


@asynccontextmanager
async def _open_cache() -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as folder:
        settings = {"DATA_DIR": folder, **_CACHE}
        async with (
            ServiceProcess("cache_service", "PITH_CACHE_", Path(folder), **settings) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            client = CacheClient(channel)

            async def one(number: int) -> bool:
                tenant = f"tenant-{number % 7}"
                question = f"How do I change the address of order zq{number}x in town {number % 977}?"
                missed = await client.ask(question, tenant_id=tenant)
                stored = await client.keep(missed.lookup_token, tenant_id=tenant)
                hit = await client.ask(question, tenant_id=tenant)
                return stored.outcome == cache_pb2.STORE_OUTCOME_STORED and hit.outcome == cache_pb2.OUTCOME_HIT

            yield partial(_step, one, service)


async def _step(one: Callable[[int], Awaitable[bool]], service: ServiceProcess, number: int) -> Found:
    numbers = iter(range(number * REQUESTS_A_STEP, (number + 1) * REQUESTS_A_STEP))
    wrong: list[str] = []

    async def caller() -> None:
        wrong.extend(
            [f"request {request}: not answered as it must be" for request in numbers if not await one(request)]
        )

    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    return Found(REQUESTS_A_STEP, wrong, {"rss_mb": service.rss_mb()})


def _bounds(settings: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in settings.items()}
