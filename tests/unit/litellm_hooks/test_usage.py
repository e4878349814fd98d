"""The usage queue."""

import asyncio

import pytest

from litellm_hooks.counters import Counters
from litellm_hooks.decisions import Failure
from litellm_hooks.line import CallFailed
from litellm_hooks.usage import UsageQueue


class Client:
    """A usage client that fails as often as it is told to."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.batches = []

    async def record(self, events, *, timeout_s):
        """Record."""
        if self.failures:
            raise CallFailed(self.failures.pop(0))
        self.batches.append(list(events))


def _queue(client, max_events=10):
    counters = Counters()
    return UsageQueue(client, counters, max_events=max_events, timeout_s=1, retry_pause_s=0.01), counters


async def _until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_events_go_out_together():
    """What comes within a moment is one batch, in order."""
    client = Client()
    queue, counters = _queue(client)
    for number in range(3):
        queue.add(number)
    await _until(lambda: client.batches)
    assert client.batches == [[0, 1, 2]]
    await _until(lambda: counters.snapshot() == {'pith_hooks_usage_events_total{outcome="sent"}': 3})
    queue.add(3)
    await _until(lambda: len(client.batches) == 2)


@pytest.mark.parametrize("failure", [Failure.UNAVAILABLE, Failure.TIMEOUT, Failure.OVERLOADED, Failure.BREAKER_OPEN])
async def test_a_service_that_is_away_is_tried_again(failure):
    """Events wait in their order until they can be sent."""
    client = Client(failure, failure)
    queue, _ = _queue(client)
    queue.add(1)
    queue.add(2)
    await _until(lambda: client.batches)
    assert client.batches == [[1, 2]]
    assert len(queue) == 0


async def test_what_the_service_refuses_is_dropped():
    """A batch that is wrong in itself is not sent for ever."""
    client = Client(Failure.REFUSED)
    queue, counters = _queue(client)
    queue.add(1)
    await _until(lambda: counters.snapshot() == {'pith_hooks_usage_events_total{outcome="refused"}': 1})
    assert client.batches == []


async def test_a_full_queue_loses_its_oldest():
    """The queue is bounded; what is lost is counted."""
    client = Client()
    queue, counters = _queue(client, max_events=2)
    for number in range(5):
        queue.add(number)
    assert len(queue) == 2
    await _until(lambda: client.batches)
    assert client.batches == [[3, 4]]
    assert counters.snapshot()['pith_hooks_usage_events_total{outcome="dropped"}'] == 3
