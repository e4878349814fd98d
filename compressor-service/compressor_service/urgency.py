"""Lets the event loop have the interpreter sooner while an answer is nearly due."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# A busy thread may keep the interpreter for a switch interval, so what is due is seen to before two usual ones.
_NEAR_S = 0.006
_SWITCH_INTERVAL_S = 0.0003


class Urgency:
    """Shortens the interpreter's switch interval while any answer is nearly due; for use inside the event loop.

    A short interval all the time would cost every request milliseconds, for each switch stalls a thread that computes.
    """

    def __init__(self) -> None:
        self._usual_s = sys.getswitchinterval()
        self._near = 0

    @contextmanager
    def due(self, within_s: float) -> Iterator[None]:
        """Be prompt when this time is nearly over and the block has not ended."""
        hurried = False

        def hurry() -> None:
            nonlocal hurried
            hurried = True
            self._near += 1
            sys.setswitchinterval(_SWITCH_INTERVAL_S)

        timer = asyncio.get_running_loop().call_later(max(within_s - _NEAR_S, 0.0), hurry)
        try:
            yield
        finally:
            timer.cancel()
            if hurried:
                self._near -= 1
                if not self._near:
                    sys.setswitchinterval(self._usual_s)
