"""What a bench is asked to measure, and the scenario that all of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from pith_cli.bench.harness import Load, drive, scenario
from pith_cli.clients import Channel

CALLERS = (1, 8)
TOKENS = (128, 500, 1000, 2000, 4000, 8000)
ENTRIES = 1000
_LEAST_CALLS = 30
_MOST_CALLS_PER_S = 1000


@dataclass(frozen=True)
class Plan:
    """How much to measure, and whom to tell what is measured now."""

    seconds: float
    on_step: Callable[[str], None]
    callers: tuple[int, ...] = CALLERS
    tokens: tuple[int, ...] = TOKENS
    entries: int = ENTRIES
    max_calls: int = 300

    @property
    def calls(self) -> int:
        """How many inputs to prepare: no more than a fast service answers in the time."""
        return min(self.max_calls, max(_LEAST_CALLS, int(self.seconds * _MOST_CALLS_PER_S)))


async def echo(client: Channel, plan: Plan, callers: int) -> dict[str, Any]:
    """Measure an empty call on the same server, by the same channel and callers."""
    plan.on_step(f"echo, callers {callers}")
    return scenario("echo", {"callers": callers}, await drive(client.echo, repeat(None), Load(callers, plan.seconds)))
