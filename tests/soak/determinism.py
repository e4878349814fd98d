"""The same text comes out the same: alone, among others, in one request with others, elsewhere, after a restart."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from soak.check import Check, Found, Step
from soak.compressing import Compressing, Job, make_job
from soak.processes import ServiceProcess

TEXTS = 32
_RESTART_EVERY = 10


def check(steps: int = 120) -> Check:
    """32 texts a step, each compared in three other circumstances: some two thirds of them in a shared request: 120 steps are over 10,000 checks."""
    return Check(
        "determinism", "identical bytes alone, in batches, by 32 callers, after restart, elsewhere", steps, _open
    )


@asynccontextmanager
async def _open() -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as name:
        folder = Path(name)
        # Each remembers for itself only, so that nothing is compared with its own copy.
        settings = {"MEMO": "lru", "THREADS": "4", "MAX_WAITING": "256"}
        async with (
            ServiceProcess("compressor_service", "PITH_COMPRESSOR_", folder, **settings) as one,
            ServiceProcess("compressor_service", "PITH_COMPRESSOR_", folder, **settings) as other,
        ):

            async def step(number: int) -> Found:
                if number % _RESTART_EVERY == _RESTART_EVERY - 1:
                    await other.restart()
                return await _step(one.address, other.address, number)

            yield step


async def _step(here: str, elsewhere: str, number: int) -> Found:
    jobs = [make_job(f"determinism:{number}:{index}") for index in range(TEXTS)]
    first, second = Compressing(here), Compressing(elsewhere)
    try:
        alone = [await first.text(job, tenant=f"alone-{number}") for job in jobs]
        crowd, replica = await asyncio.gather(
            asyncio.gather(*(first.text(job, tenant=f"crowd-{number}") for job in jobs)),
            asyncio.gather(*(second.text(job, tenant=f"replica-{number}") for job in jobs)),
        )
        together = await _together(first, jobs, tenant=f"together-{number}")
    finally:
        await first.close()
        await second.close()
    ways = {"among 32 callers": crowd, "in one request": together, "by another process": replica}
    violations = [
        f"step {number}, text {index}: other bytes {way}"
        for way, texts in ways.items()
        for index, text in enumerate(texts)
        if text is not None and text != alone[index]
    ]
    compared = sum(text is not None for texts in ways.values() for text in texts)
    changed = sum(text != job.text for text, job in zip(alone, jobs, strict=True))
    return Found(compared, violations, {"changed": changed / TEXTS})


async def _together(client: Compressing, jobs: list[Job], *, tenant: str) -> list[str | None]:
    """All texts of one rate in one request; each has its own question, so the others are no part of it."""
    texts: list[str | None] = [None] * len(jobs)
    for rate in {job.rate for job in jobs}:
        chosen = [index for index, job in enumerate(jobs) if job.rate == rate and job.question]
        if chosen:
            reply = await client.call([jobs[index] for index in chosen], tenant=tenant)
            for index, segment in zip(chosen, reply.segments, strict=True):
                texts[index] = segment.text
    return texts
