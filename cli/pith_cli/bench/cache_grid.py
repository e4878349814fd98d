"""Which stores, sizes and callers `pith bench cache` measures; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pith_cli.bench.plan import Plan

DEFAULT_STORES = ("sqlite", "redis_vectorset")
STORES = ("sqlite", "redis_vectorset", "redis_local", "redis_search")
CALLERS = (1, 8)
FULL_CALLERS = (1, 8, 32)
FULL_ENTRIES = (1_000, 10_000, 100_000)
INDEX = "usearch"


@dataclass(frozen=True)
class Cell:
    """One cache that is started, filled and measured."""

    store: str
    entries: int
    callers: tuple[int, ...]
    # The optional index; without one, nearest entries are found by comparing with all.
    index: str = ""

    @property
    def on_redis(self) -> bool:
        """Whether it needs a Redis."""
        return self.store.startswith("redis")

    @property
    def params(self) -> dict[str, str | int]:
        """What the scenarios of a report say of it."""
        found: dict[str, str | int] = {"store": self.store, "entries": self.entries}
        return found | ({"index": self.index} if self.index else {})


def cells(plan: Plan) -> Sequence[Cell]:
    """Return the caches to measure; the index only where it is for: many entries in the process's memory."""
    callers = plan.callers or (FULL_CALLERS if plan.full else CALLERS)
    stores = plan.stores or (STORES if plan.full else DEFAULT_STORES)
    sizes = FULL_ENTRIES if plan.full else (plan.entries,)
    found = [Cell(store, entries, callers) for store in stores for entries in sizes]
    if plan.full and "sqlite" in stores:
        found.append(Cell("sqlite", FULL_ENTRIES[-1], callers, INDEX))
    return found
