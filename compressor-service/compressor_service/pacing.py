"""Which tier still fits the time that is left, by what tiers and stages were measured to cost."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

LOSSLESS = "lossless"
SENTENCES = "sentences"
# From the highest tier to the lowest.
TIERS = ("llmlingua_library", "llmlingua2", "tiny_onnx", SENTENCES, LOSSLESS)

# Like the timeouts of TCP: a moving mean, and so many mean deviations on top. Few, for nobody waits for what takes longer
# after all: the caller is answered when the budget is over.
_MEAN_WEIGHT = 1 / 8
_DEVIATION_WEIGHT = 1 / 4
_DEVIATIONS = 1.0
_FIRST_DEVIATION = 1 / 4
# A cost above the time left is tried all the same once in so long, or one bad moment would shut a tier out for good;
# but only within reach.
_RETRY_S = 10.0
_RETRY_SHARE = 0.25
_CAPABILITY_TOKENS = 2_000
# How much a run of a CPU-bound stage tells about how busy the machine is, and how soon that is forgotten.
_STRETCH_WEIGHT = 1 / 8
_STRETCH_HALF_LIFE_S = 0.5
_TELLING_MS = 0.3
# Stages that wait for something else than the CPU.
_WAITING = frozenset({"memo", "words"})


class OutOfTimeError(Exception):
    """A stage was not begun, because it would not have ended in time."""


@dataclass(slots=True)
class _Cost:
    """The cost of one thing for texts of about one size, in milliseconds per token."""

    mean: float
    deviation: float
    measured_at: float

    def learn(self, measured: float, now: float) -> None:
        self.deviation += _DEVIATION_WEIGHT * (abs(measured - self.mean) - self.deviation)
        self.mean += _MEAN_WEIGHT * (measured - self.mean)
        self.measured_at = now

    @property
    def cautious(self) -> float:
        return self.mean + _DEVIATIONS * self.deviation


class Pacer:
    """Knows what tiers and stages cost on this machine, by size class: each is twice as large as the one before.

    Costs are those of an idle machine. How much longer everything takes at the moment is known apart from them, so that
    a busy minute leaves no trace in the costs.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._costs: dict[str, dict[int, _Cost]] = {}
        self._stretch = 1.0
        self._stretched_at = clock()

    @property
    def stretch(self) -> float:
        """How many times longer than on an idle machine a run takes at the moment."""
        age_s = self._clock() - self._stretched_at
        return 1.0 + (self._stretch - 1.0) * math.pow(0.5, age_s / _STRETCH_HALF_LIFE_S)

    def feel(self, elapsed_ms: float, cpu_ms: float) -> None:
        """Learn how busy the machine is from a stage that waits for nothing but the CPU."""
        if cpu_ms >= _TELLING_MS:
            current = self.stretch
            self._stretch = current + _STRETCH_WEIGHT * (max(elapsed_ms / cpu_ms, 1.0) - current)
            self._stretched_at = self._clock()

    def cost(self, name: str) -> float:
        """Return the mean milliseconds per 1,000 tokens for texts of about 2,000, 0 until measured."""
        known = self._nearest(name, _CAPABILITY_TOKENS)
        return known.mean * 1000 if known else 0.0

    def expect_ms(self, name: str, tokens: int) -> float:
        """Return what a run will cost at most, most of the time; 0 until measured."""
        known = self._nearest(name, tokens)
        return known.cautious * max(tokens, 1) * self.stretch if known else 0.0

    def typical_ms(self, name: str, tokens: int) -> float:
        """Return what a run costs on average at the moment; 0 until measured."""
        known = self._nearest(name, tokens)
        return known.mean * max(tokens, 1) * self.stretch if known else 0.0

    def observe(self, name: str, tokens: int, elapsed_ms: float) -> None:
        """Learn from one run."""
        size, measured = max(tokens, 1), elapsed_ms / self.stretch / max(tokens, 1)
        by_class = self._costs.setdefault(name, {})
        known = by_class.get(size.bit_length())
        if known is None:
            by_class[size.bit_length()] = _Cost(measured, measured * _FIRST_DEVIATION, self._clock())
        else:
            known.learn(measured, self._clock())

    def fits(self, name: str, tokens: int, remaining_ms: float) -> bool:
        """Say whether there is time for a run of this size."""
        if remaining_ms <= 0:
            return False
        expected_ms = self.expect_ms(name, tokens)
        return expected_ms <= remaining_ms or self._retries(name, tokens, remaining_ms / expected_ms)

    def choose(self, ladder: Sequence[str], tokens: int, remaining_ms: float) -> str:
        """Return the first of several names that fits; empty when none does."""
        return next((name for name in ladder if self.fits(name, tokens, remaining_ms)), "")

    def _retries(self, name: str, tokens: int, share: float) -> bool:
        known = self._nearest(name, tokens)
        if known is None or share < _RETRY_SHARE or self._clock() - known.measured_at < _RETRY_S:
            return False
        known.measured_at = self._clock()
        return True

    def _nearest(self, name: str, tokens: int) -> _Cost | None:
        by_class = self._costs.get(name)
        if not by_class:
            return None
        size = max(tokens, 1).bit_length()
        return by_class.get(size) or by_class[min(tuple(by_class), key=lambda known: (abs(known - size), -known))]


class StageClock:
    """Adds up where the time of one request goes, and begins no stage that cannot end in time."""

    def __init__(self, budget_ms: float, pacer: Pacer | None = None) -> None:
        self._started = time.perf_counter()
        self._budget_ms = budget_ms
        self._pacer = pacer
        self._tokens = 0
        self.stage_ms: dict[str, float] = {}

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start."""
        return (time.perf_counter() - self._started) * 1000

    @property
    def remaining_ms(self) -> float:
        """Milliseconds left of the budget; negative when it is overdrawn."""
        return self._budget_ms - self.elapsed_ms

    def work_on(self, tokens: int) -> None:
        """Tell the size of the text that the next stages are about."""
        self._tokens = tokens

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time spent inside as one stage; OutOfTimeError when it cannot end within the budget."""
        if self.remaining_ms < (self._pacer.expect_ms(name, self._tokens) if self._pacer else 0.0):
            raise OutOfTimeError(name)
        with self.timed(name):
            yield

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Count the time spent inside as one stage, whatever the budget."""
        before, cpu_before = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            took_ms = (time.perf_counter() - before) * 1000
            self.stage_ms[name] = self.stage_ms.get(name, 0.0) + took_ms
            if self._pacer:
                if name not in _WAITING:
                    self._pacer.feel(took_ms, (time.thread_time() - cpu_before) * 1000)
                self._pacer.observe(name, self._tokens, took_ms)
