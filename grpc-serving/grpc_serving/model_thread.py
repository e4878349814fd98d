"""One thread in which a blocking model works for the event loop, and that never keeps the process alive."""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class ModelThread(Generic[T]):
    """Runs functions that do not raise, one after another.

    The threads of `concurrent.futures` are joined when Python ends, so one hung model would outlive every SIGTERM.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, function: Callable[[], T]) -> T:
        """What the function returns; when the caller is cancelled the thread finishes all the same."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            result = function()
            with suppress(RuntimeError):  # the loop has closed, so nobody waits
                loop.call_soon_threadsafe(_settle, answer, result)

        self._jobs.put(job)
        return await answer

    def close(self) -> None:
        """Ends the thread after the job it has."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _settle(answer: asyncio.Future[T], result: T) -> None:
    if not answer.done():
        answer.set_result(result)
