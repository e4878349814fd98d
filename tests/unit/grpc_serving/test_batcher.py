"""The batcher: what forms a batch, what is refused, dropped and failed."""

import asyncio
import sys
import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from fakes_serving import eventually
from grpc_serving.batcher import Batcher
from grpc_serving.errors import InvalidArgument, Overloaded, Unavailable


class Gate:
    """A model that doubles numbers, records its batches and waits for permission when it is told to."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        self._open = threading.Event()
        if is_open:
            self._open.set()

    def open(self) -> None:
        """Lets all waiting and later model calls go on."""
        self._open.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        """The model."""
        self.batches.append(list(items))
        self.threads.add(threading.current_thread().name)
        self._open.wait(10)
        return [2 * item for item in items]


def submit_all(batcher: Batcher[int, int], items: Sequence[int]) -> list[asyncio.Task[int]]:
    """One waiting caller per item."""
    return [asyncio.create_task(batcher.submit(item)) for item in items]


async def test_a_single_item_goes_to_the_model_at_once() -> None:
    """Nobody waits for a batch to fill: no timer delays a lonely caller."""
    model = Gate()
    batcher = Batcher(model, max_batch=32, max_waiting=100)
    await batcher.submit(1)
    started = time.perf_counter()
    for item in range(20):
        assert await batcher.submit(item) == 2 * item
    assert (time.perf_counter() - started) / 20 < 0.02
    assert all(len(batch) == 1 for batch in model.batches)
    await batcher.close()


async def test_a_batch_is_what_waits_when_the_model_becomes_free() -> None:
    """While one call runs the others gather and go together, in order, up to max_batch."""
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=4, max_waiting=100)
    first = submit_all(batcher, [0])
    await eventually(lambda: len(model.batches) == 1)
    others = submit_all(batcher, range(1, 7))
    await eventually(lambda: batcher.waiting == 6)
    model.open()
    assert await asyncio.gather(*first, *others) == [0, 2, 4, 6, 8, 10, 12]
    assert model.batches == [[0], [1, 2, 3, 4], [5, 6]]
    await batcher.close()


async def test_the_model_runs_in_threads_of_its_own() -> None:
    """The event loop goes on while the model works, in as many threads as there are workers."""
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=1, max_waiting=10, workers=2, name="double")
    calls = submit_all(batcher, [1, 2])
    await eventually(lambda: len(model.batches) == 2)
    model.open()
    assert await asyncio.gather(*calls) == [2, 4]
    assert model.threads == {"double-model-0", "double-model-1"}
    await batcher.close()


async def test_a_full_queue_refuses_at_once() -> None:
    """Beyond max_waiting the caller is told Overloaded with a time to come back, and the queue stays as it is."""
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=1, max_waiting=2)
    calls = submit_all(batcher, [1])
    await eventually(lambda: len(model.batches) == 1)
    calls += submit_all(batcher, [2, 3])
    await eventually(lambda: batcher.waiting == 2)
    with pytest.raises(Overloaded) as caught:
        await batcher.submit(4)
    assert caught.value.retry_after_s > 0
    model.open()
    assert await asyncio.gather(*calls) == [2, 4, 6]
    await batcher.close()


async def test_cancelled_callers_are_dropped_before_the_model_runs() -> None:
    """The model never sees the item of a caller that left, the first of a batch included, and its place is free."""
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=8, max_waiting=3)
    running = submit_all(batcher, [0])
    await eventually(lambda: len(model.batches) == 1)
    calls = submit_all(batcher, [1, 2, 3])
    await eventually(lambda: batcher.waiting == 3)
    calls[0].cancel()
    calls[1].cancel()
    await eventually(lambda: batcher.waiting == 1)
    model.open()
    await asyncio.gather(*running, *calls, return_exceptions=True)
    assert model.batches == [[0], [3]]
    await batcher.close()


async def test_a_caller_cancelled_in_the_same_turn_is_dropped() -> None:
    """A caller whose task is cancelled before the loop turns does not reach the model either."""
    model = Gate()
    batcher = Batcher(model, max_batch=8, max_waiting=8)
    calls = submit_all(batcher, [1, 2])
    await asyncio.sleep(0)
    calls[0].cancel()
    assert await calls[1] == 4
    assert model.batches == [[2]]
    await batcher.close()


@pytest.mark.parametrize("error", [ValueError("bad"), InvalidArgument("text", "bad"), StopIteration()])
async def test_a_model_error_reaches_every_waiter_of_its_batch_only(error: Exception) -> None:
    """All callers of a failed batch get the error, the next batch works again."""
    model = Gate(is_open=False)

    def failing(items: Sequence[int]) -> list[int]:
        results = model(items)
        if 13 in items:
            raise error
        return results

    batcher = Batcher(failing, max_batch=2, max_waiting=10)
    calls = submit_all(batcher, [0])
    await eventually(lambda: len(model.batches) == 1)
    calls += submit_all(batcher, [13, 1, 2])
    model.open()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert outcomes[0] == 0
    assert outcomes[3] == 4
    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    assert [type(outcome) for outcome in outcomes[1:3]] == [expected, expected]
    await batcher.close()


async def test_a_wrong_number_of_results_is_an_error() -> None:
    """A model that loses a result cannot give one caller the answer of another."""
    batcher: Batcher[int, int] = Batcher(lambda _items: [], max_batch=2, max_waiting=10)
    with pytest.raises(RuntimeError, match="0 results for 1 items"):
        await batcher.submit(1)
    await batcher.close()


def leave(_items: Sequence[int]) -> list[int]:
    """A model that ends its thread instead of answering."""
    sys.exit(3)


async def test_the_death_of_a_worker_fails_all_waiters_and_is_reported() -> None:
    """When the owner ends, everybody who waits gets Unavailable, later callers too, and on_death is called once."""
    model, deaths = Gate(is_open=False), []

    def dying(items: Sequence[int]) -> list[int]:
        model(items)
        return leave(items)

    batcher = Batcher(dying, max_batch=1, max_waiting=10, on_death=lambda: deaths.append("dead"))
    calls = submit_all(batcher, [1])
    await eventually(lambda: len(model.batches) == 1)
    calls += submit_all(batcher, [2, 3])
    model.open()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    with pytest.raises(Unavailable):
        await batcher.submit(4)
    assert deaths == ["dead"]
    await batcher.close()
    assert deaths == ["dead"]


async def test_a_cancelled_owner_counts_as_dead() -> None:
    """Whatever ends the owner task, no waiter is left behind."""
    deaths: list[str] = []
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=1, max_waiting=10, on_death=lambda: deaths.append("dead"), name="owned")
    calls = submit_all(batcher, [1, 2])
    await eventually(lambda: len(model.batches) == 1)
    next(task for task in asyncio.all_tasks() if task.get_name() == "owned-owner-0").cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 2
    assert deaths == ["dead"]
    model.open()
    await batcher.close()


async def test_close_fails_running_and_waiting_callers() -> None:
    """Shutting down leaves nobody waiting, is no death, and can be done twice."""
    deaths: list[str] = []
    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=1, max_waiting=10, on_death=lambda: deaths.append("dead"))
    calls = submit_all(batcher, [1, 2])
    await eventually(lambda: len(model.batches) == 1)
    await batcher.close()
    await batcher.close()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 2
    assert (deaths, batcher.waiting) == ([], 0)
    with pytest.raises(Unavailable, match="shut down"):
        await batcher.submit(3)
    model.open()


async def test_the_queue_depth_is_a_metric() -> None:
    """`batcher_waiting` follows the number of waiting items."""

    def depth() -> float | None:
        return REGISTRY.get_sample_value("batcher_waiting", {"name": "gauged"})

    model = Gate(is_open=False)
    batcher = Batcher(model, max_batch=1, max_waiting=10, name="gauged")
    calls = submit_all(batcher, [1, 2, 3])
    await eventually(lambda: len(model.batches) == 1)
    assert depth() == batcher.waiting == 2
    model.open()
    await asyncio.gather(*calls)
    assert depth() == 0
    await batcher.close()


async def test_times_are_told_apart() -> None:
    """submit_timed says how long an item waited and how long its batch took."""

    def slow(items: Sequence[int]) -> list[int]:
        time.sleep(0.05)
        return list(items)

    batcher = Batcher(slow, max_batch=1, max_waiting=10)
    first, second = await asyncio.gather(batcher.submit_timed(1), batcher.submit_timed(2))
    assert (first.result, second.result) == (1, 2)
    assert first.queue_ms < second.queue_ms
    assert second.queue_ms >= 45
    assert first.model_ms >= 45
    await batcher.close()


@pytest.mark.parametrize("wrong", [{"max_batch": 0}, {"max_waiting": 0}, {"workers": 0}])
async def test_limits_must_be_positive(wrong: dict[str, int]) -> None:
    """A batcher that could never run anything is refused when it is made."""
    with pytest.raises(ValueError, match="at least 1"):
        Batcher(Gate(), **{"max_batch": 1, "max_waiting": 1} | wrong)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(0, 99)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.just(("turn", 0)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps, max_batch=st.integers(1, 5), max_waiting=st.integers(1, 6), workers=st.integers(1, 3))
def test_every_caller_ends_exactly_once(
    steps: list[tuple[str, int]], max_batch: int, max_waiting: int, workers: int
) -> None:
    """However callers come and leave: each gets its own result, a refusal or its cancellation, within all bounds."""
    asyncio.run(play(steps, max_batch=max_batch, max_waiting=max_waiting, workers=workers))


async def play(steps: list[tuple[str, int]], *, max_batch: int, max_waiting: int, workers: int) -> None:
    """Plays a schedule against a batcher and checks what came of it."""
    model = Gate()
    batcher = Batcher(model, max_batch=max_batch, max_waiting=max_waiting, workers=workers)
    calls: list[tuple[int, asyncio.Task[int]]] = []
    for step, value in steps:
        if step == "submit":
            calls.append((value, asyncio.create_task(batcher.submit(value))))
        elif step == "cancel" and value < len(calls):
            calls[value][1].cancel()
        elif step == "turn":
            await asyncio.sleep(0.001)
        assert batcher.waiting <= max_waiting
    outcomes = await asyncio.gather(*(task for _, task in calls), return_exceptions=True)
    for (value, _), outcome in zip(calls, outcomes, strict=True):
        assert outcome == 2 * value or isinstance(outcome, Overloaded | asyncio.CancelledError)
    assert all(1 <= len(batch) <= max_batch for batch in model.batches)
    assert sum(isinstance(outcome, int) for outcome in outcomes) <= sum(map(len, model.batches))
    assert batcher.waiting == 0
    await batcher.close()
