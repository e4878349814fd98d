"""Stops asking a server that does not answer, and tries it again from time to time."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after several failures in a row; every `rest_s` one caller may try again, and its success closes it."""

    def __init__(self, *, failures: int, rest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether callers are turned away."""
        return self._failures >= self._limit

    def allows(self) -> bool:
        """Whether this caller may ask; while the breaker is open, the one allowed is the one that tries."""
        with self._lock:
            if not self.is_open:
                return True
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + self._rest_s
            return True

    def succeeded(self) -> bool:
        """Count an answer; true when it closed the breaker."""
        with self._lock:
            closed = self.is_open
            self._failures = 0
            return closed

    def failed(self) -> bool:
        """Count a failure; true when it opened the breaker."""
        with self._lock:
            self._failures = min(self._failures + 1, self._limit)
            self._next_try = self._clock() + self._rest_s
            return self._failures == self._limit
