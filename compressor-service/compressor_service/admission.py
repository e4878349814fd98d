"""The way in: what cannot be answered in time is passed on at once, and marked as passed on."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from prometheus_client import Counter

from compressor_service.compression import Compressor
from compressor_service.pacing import Pacer
from compressor_service.requests import Request, Result
from compressor_service.urgency import Urgency
from grpc_serving.batcher import Batcher, Timed
from grpc_serving.errors import ServingError

PASSED = Counter(
    "pith_compressor_passed_total",
    "Requests that were passed on whole, by why: queue (too deep for the budget), late (not done in time), left (the caller).",
    ["why"],
)
UNMARKED = Counter(
    "pith_compressor_unmarked_total", "Requests that were passed on without a mark of it, because too many were."
)

# What a whole request costs a thread.
_REQUEST = "request"
# A thread that finishes on time still has to hand its result over.
_GRACE_S = 0.001
# A history that this process does not know by heart is worth a moment beyond the budget: to send it on otherwise than
# before costs the caller his cached prompt. Mostly it takes a fraction of that.
_RECALL_S = 0.01
_MAX_MARKS_WAITING = 1_000
_MARKS_AT_ONCE = 32


@dataclass(frozen=True)
class Job:
    """A request on its way to a thread, with the time by which it must be answered."""

    request: Request
    answer_by: float


@dataclass(frozen=True)
class Answer:
    """A result, how long it waited for a thread, and how long it took in all."""

    result: Result
    queue_ms: float
    total_ms: float


class Admission:
    """Hands requests to threads; create it inside the running loop."""

    def __init__(
        self,
        compressor: Compressor,
        pacer: Pacer,
        *,
        threads: int,
        max_waiting: int,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        self._compressor = compressor
        self._pacer = pacer
        self._threads = threads
        self._batcher: Batcher[Job, Result] = Batcher(
            self._work, max_batch=1, max_waiting=max_waiting, workers=threads, on_death=on_death, name="compressor"
        )
        self._ahead_ms = 0.0
        self._urgency = Urgency()
        self._marking: set[asyncio.Task[None]] = set()
        self._marker: Batcher[Request, None] = Batcher(
            partial(_for_each, compressor.mark_passed),
            max_batch=_MARKS_AT_ONCE,
            max_waiting=_MAX_MARKS_WAITING,
            name="marks",
        )
        self._recaller: Batcher[Request, None] = Batcher(
            partial(_for_each, compressor.recall), max_batch=1, max_waiting=max_waiting, name="recall"
        )

    async def compress(self, request: Request, budget_ms: float) -> Answer:
        """Answer within the budget, with the original texts if need be; Overloaded when the queue is full."""
        arrived = time.monotonic()
        expected_ms = self._pacer.typical_ms(_REQUEST, request.size)
        wait_ms = self._ahead_ms / self._threads
        # Where nobody waits, a tier lower than usual may still fit.
        if budget_ms <= 0 or (wait_ms and wait_ms + expected_ms > budget_ms):
            return await self._pass_on(request, arrived, why="queue")
        self._ahead_ms += expected_ms
        until_s = None if math.isinf(budget_ms) else budget_ms / 1000 + _GRACE_S
        try:
            async with asyncio.timeout(until_s):
                done = await self._run(Job(request, arrived + budget_ms / 1000), until_s)
        except TimeoutError:
            return await self._pass_on(request, arrived, why="late")
        except (asyncio.CancelledError, ServingError):
            # The caller sends the original on.
            self._mark(request, why="left")
            raise
        finally:
            self._ahead_ms -= expected_ms
        return self._answer(done, arrived)

    async def close(self) -> None:
        """Stop the threads; marks that are on their way are written first."""
        await self._batcher.close()
        if self._marking:
            await asyncio.wait(self._marking, timeout=1)
        await self._marker.close()
        await self._recaller.close()

    async def _run(self, job: Job, until_s: float | None) -> Timed[Result]:
        if until_s is None:
            return await self._batcher.submit_timed(job)
        with self._urgency.due(until_s):
            return await self._batcher.submit_timed(job)

    def _answer(self, done: Timed[Result], arrived: float) -> Answer:
        return Answer(done.result, done.queue_ms, (time.monotonic() - arrived) * 1000)

    async def _pass_on(self, request: Request, arrived: float, *, why: str) -> Answer:
        self._mark(request, why=why)
        if not self._compressor.knows_by_heart(request):
            with suppress(TimeoutError, ServingError):
                async with asyncio.timeout(_RECALL_S):
                    await self._recaller.submit(request)
        result = self._compressor.pass_on(request)
        waited_ms = (time.monotonic() - arrived) * 1000
        return Answer(result, waited_ms, waited_ms)

    def _mark(self, request: Request, *, why: str) -> None:
        PASSED.labels(why).inc()
        task = asyncio.get_running_loop().create_task(self._hand_to_marker(request))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _hand_to_marker(self, request: Request) -> None:
        try:
            await self._marker.submit(request)
        except ServingError:
            UNMARKED.inc()

    def _work(self, jobs: Sequence[Job]) -> list[Result]:
        """Run jobs one after the other; what a job waited is gone from its budget."""
        results: list[Result] = []
        for job in jobs:
            remaining_ms = (job.answer_by - time.monotonic()) * 1000
            result = self._compressor.compress(replace(job.request, budget_ms=remaining_ms))
            if not result.degraded_from:
                self._pacer.observe(_REQUEST, job.request.size, result.clock.elapsed_ms)
            results.append(result)
        return results


def _for_each(function: Callable[[Request], None], requests: Sequence[Request]) -> list[None]:
    for request in requests:
        function(request)
    return [None] * len(requests)
