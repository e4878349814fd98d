"""Calls of many threads in one batch."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from compressor_service.engines import Passage
from compressor_service.engines.batched import BatchedScorer
from grpc_serving.errors import Overloaded, Unavailable


class HeldScorer:
    """Scores a word by its length, once it is let go, and remembers how many passages each call had."""

    name = "held"
    fingerprint = "held-1"

    def __init__(self) -> None:
        self.called = threading.Event()
        self.go = threading.Event()
        self.calls: list[int] = []

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Wait, then score."""
        self.calls.append(len(passages))
        self.called.set()
        self.go.wait(10)
        if any("broken" in passage.text for passage in passages):
            raise ValueError("broken passage")
        return [np.array([end - start for start, end in one.words], dtype=np.float32) / 10 for one in passages]


def passage(text: str) -> Passage:
    """A passage of one word."""
    return Passage(text, [(0, len(text))])


@pytest.fixture
def held() -> HeldScorer:
    """The scorer behind."""
    return HeldScorer()


@pytest.fixture
async def batched(held: HeldScorer) -> AsyncIterator[BatchedScorer]:
    """A batched scorer over it, on the test's loop."""
    scorer = await BatchedScorer.start(held, max_batch=8, max_waiting=4, timeout_s=5)
    yield scorer
    held.go.set()
    await scorer.close()


async def until_called(held: HeldScorer) -> None:
    """Wait until the model has its first batch."""
    await asyncio.to_thread(held.called.wait, 10)


async def until_waiting(batched: BatchedScorer, passages: int) -> None:
    """Wait until so many passages queue."""
    for _ in range(5000):
        if batched.waiting >= passages:
            return
        await asyncio.sleep(0.001)
    pytest.fail(f"{batched.waiting} passages wait, not {passages}")


async def test_concurrent_calls_share_a_batch(batched: BatchedScorer, held: HeldScorer) -> None:
    """What waits while the model works goes to it together, and each caller gets its own."""
    first = asyncio.create_task(asyncio.to_thread(batched.score, [passage("a")]))
    await until_called(held)
    others = [asyncio.create_task(asyncio.to_thread(batched.score, [passage("b" * n)])) for n in (2, 3, 4)]
    await until_waiting(batched, 3)
    held.go.set()
    found = [float(scores[0]) for (scores,) in await asyncio.gather(first, *others)]
    assert found == [pytest.approx(n / 10) for n in (1, 2, 3, 4)]
    assert held.calls == [1, 3]
    assert (batched.name, batched.fingerprint) == ("held", "held-1")


async def test_a_full_queue_refuses_at_once_and_holds_nothing_back(batched: BatchedScorer, held: HeldScorer) -> None:
    """A call that does not fit is refused as a whole; those before it go on."""
    first = asyncio.create_task(asyncio.to_thread(batched.score, [passage("a")]))
    await until_called(held)
    second = asyncio.create_task(asyncio.to_thread(batched.score, [passage("bb")] * 2))
    await until_waiting(batched, 2)
    with pytest.raises(Overloaded, match="held has 4 items waiting"):
        await asyncio.to_thread(batched.score, [passage("c")] * 3)
    assert batched.waiting == 2
    held.go.set()
    assert len(await first) == 1
    assert len(await second) == 2


async def test_a_model_that_hangs_is_unavailable(held: HeldScorer) -> None:
    """The caller waits no longer than the deadline."""
    batched = await BatchedScorer.start(held, timeout_s=0.05)
    with pytest.raises(Unavailable, match=r"held gave no scores within 0\.05 s"):
        await asyncio.to_thread(batched.score, [passage("a")])
    held.go.set()
    await batched.close()


async def test_a_failing_model_fails_its_own_callers(batched: BatchedScorer, held: HeldScorer) -> None:
    """The next call is scored."""
    held.go.set()
    with pytest.raises(ValueError, match="broken passage"):
        await asyncio.to_thread(batched.score, [passage("broken")])
    assert len(await asyncio.to_thread(batched.score, [passage("a")])) == 1
    assert await asyncio.to_thread(batched.score, []) == []


async def test_after_the_end_it_is_unavailable(batched: BatchedScorer) -> None:
    """Closed means refused, not hung."""
    await batched.close()
    with pytest.raises(Unavailable, match="held is shut down"):
        await asyncio.to_thread(batched.score, [passage("a")])


async def test_its_own_loop_may_not_wait_for_it(batched: BatchedScorer) -> None:
    """A call that could never end is an error at once."""
    with pytest.raises(RuntimeError, match="must not be called from the loop"):
        batched.score([passage("a")])


async def test_a_closed_loop_is_unavailable(held: HeldScorer) -> None:
    """A thread that outlives the service is told so."""
    other = asyncio.new_event_loop()
    other.close()
    batched = await BatchedScorer.start(held)
    orphan = BatchedScorer(held, loop=other, batcher=batched._batcher, timeout_s=1)
    with pytest.raises(Unavailable, match="held is shut down"):
        await asyncio.to_thread(orphan.score, [passage("a")])
    held.go.set()
    await batched.close()
