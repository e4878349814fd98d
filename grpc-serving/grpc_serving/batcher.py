"""Gathers concurrent calls into batches for a model: a batch is whatever waits at the moment a worker is free."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

from grpc_serving.errors import Overloaded, ServingError, Unavailable
from grpc_serving.model_thread import ModelThread

T = TypeVar("T")
R = TypeVar("R")

WAITING = Gauge("batcher_waiting", "Items that wait for a free model worker.", ["name"])
BATCH_SIZE = Histogram("batcher_batch_size", "Items per model call.", ["name"], buckets=(1, 2, 4, 8, 16, 32, 64, 128))
MODEL_SECONDS = Histogram(
    "batcher_model_seconds",
    "Time of one model call.",
    ["name"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
ITEMS = Counter("batcher_items", "Items by what became of them.", ["name", "outcome"])

log = structlog.get_logger("grpc_serving.batcher")


@dataclass(frozen=True)
class Timed(Generic[R]):
    """A result with the time it waited for a worker and the time its batch took in the model."""

    result: R
    queue_ms: float
    model_ms: float


@dataclass(eq=False)
class _Ticket(Generic[T, R]):
    item: T
    answer: asyncio.Future[Timed[R]]
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class _Failed:
    error: Exception


@dataclass(frozen=True)
class _Died:
    cause: str


class ModelDiedError(RuntimeError):
    """A model call ended in a way that leaves its worker unusable, such as SystemExit."""


class Batcher(Generic[T, R]):
    """Runs a blocking model in threads of its own on batches of waiting items; create it inside the running loop."""

    def __init__(
        self,
        model: Callable[[Sequence[T]], Sequence[R]],
        *,
        max_batch: int,
        max_waiting: int,
        workers: int = 1,
        on_death: Callable[[], None] | None = None,
        name: str = "model",
    ) -> None:
        if min(max_batch, max_waiting, workers) < 1:
            raise ValueError("max_batch, max_waiting and workers must be at least 1")
        self._model = model
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._on_death = on_death
        self._name = name
        self._queue: OrderedDict[asyncio.Future[Timed[R]], _Ticket[T, R]] = OrderedDict()
        self._filled = asyncio.Event()
        self._closed_because: str | None = None
        self._seconds_per_item = 0.0
        self._owners = [asyncio.create_task(self._own(index), name=f"{name}-owner-{index}") for index in range(workers)]
        for owner in self._owners:
            owner.add_done_callback(self._owner_ended)

    @property
    def waiting(self) -> int:
        """How many items wait for a free worker."""
        return len(self._queue)

    async def submit(self, item: T) -> R:
        """The model's result for one item; Overloaded when the queue is full, Unavailable after the end."""
        return (await self.submit_timed(item)).result

    async def submit_timed(self, item: T) -> Timed[R]:
        """Like `submit`, with the time spent waiting and in the model."""
        self._refuse_or_admit()
        ticket: _Ticket[T, R] = _Ticket(item, asyncio.get_running_loop().create_future())
        self._queue[ticket.answer] = ticket
        self._queue_changed()
        try:
            return await ticket.answer
        except asyncio.CancelledError:
            if self._queue.pop(ticket.answer, None) is not None:
                self._count("cancelled")
                self._queue_changed()
            raise

    async def close(self) -> None:
        """Stops the workers and fails whoever still waits with Unavailable."""
        self._shut("is shut down")
        for owner in self._owners:
            owner.cancel()
        await asyncio.gather(*self._owners, return_exceptions=True)

    def _refuse_or_admit(self) -> None:
        if self._closed_because is not None:
            raise Unavailable(f"{self._name} {self._closed_because}")
        if len(self._queue) >= self._max_waiting:
            self._count("refused")
            retry_after_s = max(0.01, self._seconds_per_item * len(self._queue))
            raise Overloaded(f"{self._name} has {self._max_waiting} items waiting", retry_after_s=retry_after_s)

    async def _own(self, index: int) -> None:
        thread: ModelThread[Sequence[R] | _Failed | _Died] = ModelThread(f"{self._name}-model-{index}")
        try:
            while True:
                await self._filled.wait()
                batch = self._take()
                if batch:
                    await self._run(batch, thread)
        finally:
            thread.close()

    def _take(self) -> list[_Ticket[T, R]]:
        batch: list[_Ticket[T, R]] = []
        while self._queue and len(batch) < self._max_batch:
            answer, ticket = self._queue.popitem(last=False)
            if answer.done():  # its caller was cancelled in this very turn of the loop
                self._count("cancelled")
            else:
                batch.append(ticket)
        self._queue_changed()
        return batch

    async def _run(self, batch: list[_Ticket[T, R]], thread: "ModelThread[Sequence[R] | _Failed | _Died]") -> None:
        started = time.monotonic()
        items = [ticket.item for ticket in batch]
        try:
            outcome = await thread.run(lambda: self._call_model(items))
            if isinstance(outcome, _Died):
                raise ModelDiedError(f"{self._name} died: {outcome.cause}")
            self._deliver(batch, outcome, started=started)
        finally:
            _fail(batch, f"{self._name} stopped while it worked on this item")

    def _call_model(self, items: list[T]) -> "Sequence[R] | _Failed | _Died":
        """Runs in a model thread; a failure is a value here, so that nothing ends the thread."""
        try:
            results = self._model(items)
            if len(results) != len(items):
                return _Failed(RuntimeError(f"{self._name} gave {len(results)} results for {len(items)} items"))
        except Exception as error:
            if not isinstance(error, ServingError):
                log.exception("model call failed", batcher=self._name, items=len(items))
            return _Failed(RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)
        except BaseException as error:  # noqa: BLE001  # nothing may end a model thread unseen, not even sys.exit
            return _Died(repr(error))
        return results

    def _deliver(self, batch: list[_Ticket[T, R]], outcome: "Sequence[R] | _Failed", *, started: float) -> None:
        took = time.monotonic() - started
        self._seconds_per_item += 0.2 * (took / len(batch) - self._seconds_per_item)
        BATCH_SIZE.labels(self._name).observe(len(batch))
        MODEL_SECONDS.labels(self._name).observe(took)
        if isinstance(outcome, _Failed):
            self._count("failed", len(batch))
            for ticket in batch:
                if not ticket.answer.done():
                    ticket.answer.set_exception(outcome.error)
            return
        self._count("done", len(batch))
        for ticket, result in zip(batch, outcome, strict=True):
            if not ticket.answer.done():
                queued = started - ticket.since
                ticket.answer.set_result(Timed(result, queue_ms=queued * 1000, model_ms=took * 1000))

    def _owner_ended(self, owner: asyncio.Task[None]) -> None:
        error = None if owner.cancelled() else owner.exception()
        if self._closed_because is not None:
            return
        log.error("batcher died", batcher=self._name, reason=str(error or "its task was cancelled"))
        self._shut("has died")
        if self._on_death is not None:
            self._on_death()

    def _shut(self, because: str) -> None:
        self._closed_because = self._closed_because or because
        _fail(self._queue.values(), f"{self._name} {because}")
        self._queue.clear()
        self._queue_changed()

    def _queue_changed(self) -> None:
        WAITING.labels(self._name).set(len(self._queue))
        if self._queue:
            self._filled.set()
        else:
            self._filled.clear()

    def _count(self, outcome: str, items: int = 1) -> None:
        ITEMS.labels(self._name, outcome).inc(items)


def _fail(tickets: Iterable[_Ticket[T, R]], description: str) -> None:
    for ticket in tickets:
        if not ticket.answer.done():
            ticket.answer.set_exception(Unavailable(description))
