"""Which tier still fits the time that is left, by what the tiers were measured to cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

LOSSLESS = "lossless"
SENTENCES = "sentences"
# From the highest tier to the lowest.
TIERS = (SENTENCES, LOSSLESS)

# A tier must fit with this much to spare: the machine may be busier than when it was measured.
_SAFETY = 1.5
# How much a new measurement weighs, and the size from which one says something.
_WEIGHT = 0.1
_MEASURED_FROM_TOKENS = 300


class Pacer:
    """Knows what a tier costs per 1,000 tokens on this machine."""

    def __init__(self) -> None:
        self._ms_per_1k: dict[str, float] = {}

    def cost(self, tier: str) -> float:
        """Return the measured milliseconds per 1,000 tokens, 0 until measured."""
        return self._ms_per_1k.get(tier, 0.0)

    def observe(self, tier: str, tokens: int, elapsed_ms: float) -> None:
        """Learn from one run; the first counts in full, later ones move the average."""
        if tokens < _MEASURED_FROM_TOKENS:
            return
        measured = elapsed_ms * 1000 / tokens
        known = self._ms_per_1k.get(tier)
        self._ms_per_1k[tier] = measured if known is None else known + _WEIGHT * (measured - known)

    def choose(self, wanted: str, tokens: int, remaining_ms: float) -> str:
        """Return the wanted tier or the highest below it that fits; empty when none does."""
        for tier in TIERS[TIERS.index(wanted) :]:
            if self.cost(tier) * tokens / 1000 * _SAFETY <= remaining_ms and remaining_ms > 0:
                return tier
        return ""


class StageClock:
    """Adds up where the time of one request goes, and knows when it must be over."""

    def __init__(self, budget_ms: float) -> None:
        self._started = time.perf_counter()
        self._budget_ms = budget_ms
        self.stage_ms: dict[str, float] = {}

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start."""
        return (time.perf_counter() - self._started) * 1000

    @property
    def remaining_ms(self) -> float:
        """Milliseconds left of the budget; negative when it is overdrawn."""
        return self._budget_ms - self.elapsed_ms

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time spent inside as one stage."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self.stage_ms[name] = self.stage_ms.get(name, 0.0) + (time.perf_counter() - before) * 1000
