"""Measures where the time of one call goes."""

import time
from types import TracebackType


class Stopwatch:
    """Adds up milliseconds by stage from its making on."""

    __slots__ = ("_started", "queue_ms", "stage_ms")

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.stage_ms: dict[str, float] = {}
        self.queue_ms = 0.0

    @property
    def total_ms(self) -> float:
        """Time since the start."""
        return (time.perf_counter() - self._started) * 1000

    def stage(self, name: str) -> "Stage":
        """Counts the time of a `with` block to a stage, also when it fails."""
        return Stage(self.stage_ms, name)


class Stage:
    """One block that is timed; a class, since a generator would cost as much as the shortest stages."""

    __slots__ = ("_name", "_stage_ms", "_started")

    def __init__(self, stage_ms: dict[str, float], name: str) -> None:
        self._stage_ms = stage_ms
        self._name = name
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took_ms = (time.perf_counter() - self._started) * 1000
        self._stage_ms[self._name] = self._stage_ms.get(self._name, 0.0) + took_ms
