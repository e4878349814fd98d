"""Waiting for workers to end; the rest runs as real processes in tests/integration."""

import multiprocessing
import time

from structlog.testing import capture_logs

from fakes_serving import sleep_through_signals
from grpc_serving.workers import _join


def test_a_worker_that_does_not_end_is_killed() -> None:
    """After the time for its end a worker is killed, which is logged and told to the caller."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    stubborn, quick = (
        context.Process(target=sleep_through_signals, args=(ready,)),
        context.Process(target=time.sleep, args=(0,)),
    )
    stubborn.start()
    quick.start()
    assert ready.wait(20)
    quick.join(20)
    stubborn.terminate()
    with capture_logs() as lines:
        assert _join([quick, stubborn], until=time.monotonic() + 0.2) is False
    assert (quick.exitcode, stubborn.exitcode) == (0, -9)
    assert len(lines) == 1
    assert _join([quick], until=time.monotonic()) is True
