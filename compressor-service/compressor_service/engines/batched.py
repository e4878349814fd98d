"""A word scorer that gathers the calls of many threads into batches for the scorer behind it."""

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines import Passage, WordScorer
from grpc_serving.batcher import Batcher
from grpc_serving.errors import Unavailable

Scores = NDArray[np.float32]


class BatchedScorer:
    """Scores through a Batcher; `score` is for worker threads, and blocks them until their batch is done."""

    def __init__(
        self,
        scorer: WordScorer,
        *,
        loop: asyncio.AbstractEventLoop,
        batcher: Batcher[Passage, Scores],
        timeout_s: float,
    ) -> None:
        self.name = scorer.name
        self.fingerprint = scorer.fingerprint
        self._loop = loop
        self._batcher = batcher
        self._timeout_s = timeout_s

    @classmethod
    async def start(
        cls, scorer: WordScorer, *, max_batch: int = 16, max_waiting: int = 64, timeout_s: float = 30.0
    ) -> "BatchedScorer":
        """Make one whose batches are run from the running loop, by a model thread of their own."""
        batcher: Batcher[Passage, Scores] = Batcher(
            scorer.score, max_batch=max_batch, max_waiting=max_waiting, name=scorer.name
        )
        return cls(scorer, loop=asyncio.get_running_loop(), batcher=batcher, timeout_s=timeout_s)

    @property
    def waiting(self) -> int:
        """How many passages wait for the model."""
        return self._batcher.waiting

    def score(self, passages: Sequence[Passage]) -> list[Scores]:
        """Return one score a word; Overloaded when too many passages wait, Unavailable after the end or the deadline."""
        if _runs_here(self._loop):
            raise RuntimeError("score blocks, so it must not be called from the loop that runs its batches")
        if self._loop.is_closed():
            raise Unavailable(f"{self.name} is shut down")
        answer = asyncio.run_coroutine_threadsafe(self._submit(passages), self._loop)
        try:
            return answer.result(self._timeout_s)
        except TimeoutError:
            answer.cancel()
            raise Unavailable(f"{self.name} gave no scores within {self._timeout_s:g} s") from None

    async def close(self) -> None:
        """End the model thread; whoever still waits gets Unavailable."""
        await self._batcher.close()

    async def _submit(self, passages: Sequence[Passage]) -> list[Scores]:
        waiting = [asyncio.ensure_future(self._batcher.submit(passage)) for passage in passages]
        try:
            return await asyncio.gather(*waiting)
        finally:  # one refused is the whole call refused: the others would be scored for nobody
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
