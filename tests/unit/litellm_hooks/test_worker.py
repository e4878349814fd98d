"""What one worker holds."""

import asyncio
import urllib.request

import pytest

from litellm_hooks import worker
from litellm_hooks.config import HookSettings


async def test_background_work_is_bounded(parts):
    """Beyond the limit work is dropped and counted, not queued without end."""
    parts.settings = HookSettings(background_max_tasks=2)
    gate = asyncio.Event()

    async def work():
        await gate.wait()

    for _ in range(3):
        parts.in_background(work(), "store")
    assert parts.counters.snapshot() == {'pith_hooks_background_dropped_total{what="store"}': 1}
    gate.set()
    await asyncio.sleep(0.01)
    parts.in_background(work(), "store")
    await asyncio.sleep(0)
    assert len(parts.counters.snapshot()) == 1


def test_a_guarded_hook_raises_nothing(parts):
    """Errors are counted by hook and logged."""
    with parts.guarded("begin"):
        raise RuntimeError("bug")
    assert parts.counters.snapshot() == {'pith_hooks_hook_errors_total{hook="begin"}': 1}


def test_cancellation_is_no_error(parts):
    """A client that leaves is not swallowed."""
    with pytest.raises(asyncio.CancelledError), parts.guarded("begin"):
        raise asyncio.CancelledError
    assert parts.counters.snapshot() == {}


async def test_the_counters_can_be_seen(unused_tcp_port):
    """With a port set, the worker shows its counters."""
    built = worker.build(HookSettings(metrics_port=unused_tcp_port))
    built.counters.add("seen_total")
    async with asyncio.timeout(5):
        while built.endpoint is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    port = built.endpoint.sockets[0].getsockname()[1]
    text = await asyncio.to_thread(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
    assert "pith_hooks_seen_total 1" in text
    built.endpoint.close()


def test_one_worker_a_process():
    """The settings are read once."""
    assert worker.settings() is worker.settings()
