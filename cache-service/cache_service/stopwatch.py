"""Measures where the time of one call goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up milliseconds by stage from its making on."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.stage_ms: dict[str, float] = {}
        self.queue_ms = 0.0

    @property
    def total_ms(self) -> float:
        """Time since the start."""
        return (time.perf_counter() - self._started) * 1000

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts the time of the block to a stage, also when it fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self.stage_ms[name] = self.stage_ms.get(name, 0.0) + took_ms
