"""The way in."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from compressor_service.admission import PASSED, UNMARKED, Admission
from compressor_service.compression import Compressor
from compressor_service.conversation import Role, Segment, Skip
from compressor_service.engines import Passage
from compressor_service.memos import MemoOptions, open_memo
from compressor_service.pacing import Pacer
from compressor_service.policy import Policy
from compressor_service.requests import Request
from fakes_compressor import LongWords, long_text, new_compressor
from grpc_serving.errors import Overloaded, Unavailable

POLICY = Policy(rate=0.5, min_tokens=0)


class SlowWords(LongWords):
    """A word scorer that takes its time."""

    def __init__(self, took_s: float) -> None:
        super().__init__()
        self._took_s = took_s

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Wait, then score."""
        time.sleep(self._took_s)
        return super().score(passages)


def request(number: int = 0, paragraphs: int = 8) -> Request:
    """Return a request without a question."""
    return Request([Segment("t", Role.TOOL, f"Report {number}.\n\n{long_text(paragraphs)}")], POLICY)


@asynccontextmanager
async def admitting(
    compressor: Compressor, pacer: Pacer, *, threads: int = 1, max_waiting: int = 64
) -> AsyncIterator[Admission]:
    """Run an admission for the length of a block."""
    admission = Admission(compressor, pacer, threads=threads, max_waiting=max_waiting)
    try:
        yield admission
    finally:
        await admission.close()


async def test_a_request_is_answered_with_its_times() -> None:
    """The total holds the wait and the work, and the pacer learns what a request costs."""
    pacer = Pacer()
    async with admitting(new_compressor(pacer=pacer, words=LongWords()), pacer) as admission:
        answer = await admission.compress(request(), 60_000.0)
    assert answer.result.engine == "tiny_onnx"
    assert answer.total_ms >= sum(answer.result.clock.stage_ms.values()) + answer.queue_ms - 1
    assert pacer.typical_ms("request", request().size) > 0


async def test_what_is_not_done_in_time_goes_on_whole_and_stays_so() -> None:
    """The reply comes when the budget is over, and a later request of the same conversation gets the same."""
    compressor = new_compressor(words=SlowWords(0.5))
    late = PASSED.labels("late")._value.get()
    async with admitting(compressor, Pacer()) as admission:
        started = time.perf_counter()
        answer = await admission.compress(request(), 50.0)
        assert 0.045 < time.perf_counter() - started < 0.3
        assert answer.result.segments[0].outcome.skip is Skip.NO_BUDGET
        assert answer.result.segments[0].text == request().segments[0].text
        assert PASSED.labels("late")._value.get() == late + 1
    assert compressor.compress(Request(request().segments, POLICY, budget_ms=60_000.0)).engine == ""


async def test_a_queue_too_deep_for_the_budget_is_not_joined() -> None:
    """The event loop answers at once; the marks are written although no thread looked at the text."""
    pacer, compressor = Pacer(), new_compressor(words=SlowWords(0.3))
    for _ in range(9):
        pacer.observe("request", request().size, 300.0)
    async with admitting(compressor, pacer) as admission:
        first = asyncio.create_task(admission.compress(request(1), 5_000.0))
        await asyncio.sleep(0.05)
        started = time.perf_counter()
        answer = await admission.compress(request(2), 100.0)
        assert time.perf_counter() - started < 0.1
        assert answer.result.segments[0].outcome.skip is Skip.NO_BUDGET
        assert answer.result.degraded_from == "sentences"
        assert (await first).result.engine == "tiny_onnx"
    assert compressor.compress(Request(request(2).segments, POLICY, budget_ms=60_000.0)).engine == ""


async def test_old_messages_are_sent_on_as_before_even_without_time() -> None:
    """What this process sent on in an earlier turn it sends again from memory; only what is new goes on whole."""
    pacer, compressor = Pacer(), new_compressor(words=LongWords())
    async with admitting(compressor, pacer) as admission:
        first = (await admission.compress(request(), 60_000.0)).result.segments[0]
        answer = Segment("a", Role.ASSISTANT, "I see.")
        grown = Request([*request().segments, answer, Segment("n", Role.TOOL, long_text(9))], POLICY)
        again = (await admission.compress(grown, 0.0)).result.segments
    assert again[0].text == first.text != first.original
    assert [segment.outcome.skip for segment in again[1:]] == [Skip.NO_BUDGET, Skip.NO_BUDGET]


async def test_old_messages_are_asked_for_where_this_process_does_not_know_them(tmp_path: Path) -> None:
    """After a restart its own memory is empty, but not the file that it shares."""
    options = MemoOptions(kind="sqlite", file=tmp_path / "memo.sqlite3")
    keyring, sent = options.keyring, []
    for budget_ms in (60_000.0, 0.0):
        memo, pacer = open_memo(options), Pacer()
        compressor = new_compressor(memo, pacer=pacer, words=LongWords(), keyring=keyring)
        async with admitting(compressor, pacer) as admission:
            segments = [*request().segments, Segment("a", Role.ASSISTANT, "I see.")][: 1 + len(sent)]
            sent.append((await admission.compress(Request(segments, POLICY), budget_ms)).result.segments[0].text)
        memo.close()
    assert sent[0] == sent[1] != request().segments[0].text


async def test_a_caller_that_leaves_sends_the_original_on() -> None:
    """So that is what is remembered, although nobody waits for the answer."""
    compressor = new_compressor(words=SlowWords(0.3))
    async with admitting(compressor, Pacer()) as admission:
        waiting = asyncio.create_task(admission.compress(request(), 60_000.0))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.05)
    assert compressor.compress(Request(request().segments, POLICY, budget_ms=60_000.0)).engine == ""


async def test_a_full_queue_is_an_error_and_is_marked() -> None:
    """Whoever is refused sends the original on."""
    compressor = new_compressor(words=SlowWords(0.2))
    async with admitting(compressor, Pacer(), max_waiting=1) as admission:
        tasks = [asyncio.create_task(admission.compress(request(n), 60_000.0)) for n in range(4)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [number for number, answer in enumerate(answers) if isinstance(answer, Overloaded)]
    assert refused
    for number in refused:
        again = compressor.compress(Request(request(number).segments, POLICY, budget_ms=60_000.0))
        assert again.segments[0].outcome.skip is Skip.NO_BUDGET


async def test_after_the_end_requests_are_refused_and_marks_counted_as_lost() -> None:
    """Closed is closed."""
    async with admitting(new_compressor(), Pacer()) as admission:
        pass
    lost = UNMARKED._value.get()
    with pytest.raises(Unavailable):
        await admission.compress(request(), 60_000.0)
    await asyncio.sleep(0.01)
    assert UNMARKED._value.get() == lost + 1
