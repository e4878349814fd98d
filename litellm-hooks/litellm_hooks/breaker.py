"""Leaves a service alone that keeps missing its deadline."""

import time
from collections.abc import Callable


class Breaker:
    """Opens after so many consecutive missed deadlines (0: never); then one call per cool-down tries, until one is in time."""

    def __init__(self, *, failures: int, cooldown_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._cooldown_s, self._clock = failures, cooldown_s, clock
        self._missed = 0
        self._next_try = 0.0

    def allow(self) -> bool:
        """Whether a call may be made now; while open, the caller that is told yes is the probe of this cool-down."""
        if not self._limit or self._missed < self._limit:
            return True
        if self._clock() < self._next_try:
            return False
        self._next_try = self._clock() + self._cooldown_s
        return True

    def record(self, *, in_time: bool) -> bool:
        """Note how a call ended; True when this opened the breaker."""
        self._missed = 0 if in_time else self._missed + 1
        if self._missed < self._limit or not self._limit:
            return False
        self._next_try = self._clock() + self._cooldown_s
        return self._missed == self._limit
