"""The event loop is prompt only while an answer is nearly due."""

import asyncio
import sys

from compressor_service.urgency import Urgency


async def test_the_switch_interval_is_short_only_while_an_answer_is_nearly_due() -> None:
    """Two that overlap share it, and the last one gives it back."""
    usual = sys.getswitchinterval()
    urgency = Urgency()
    with urgency.due(60):
        assert sys.getswitchinterval() == usual
        with urgency.due(0), urgency.due(0):
            await asyncio.sleep(0.01)
            assert sys.getswitchinterval() < usual
        assert sys.getswitchinterval() == usual


async def test_an_answer_in_time_leaves_no_trace() -> None:
    """What ended before is not hurried afterwards."""
    usual = sys.getswitchinterval()
    with Urgency().due(0.005):
        pass
    await asyncio.sleep(0.02)
    assert sys.getswitchinterval() == usual
