"""What a bench is asked to measure, and the scenario that all of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

import typer

from pith_cli.bench.harness import Load, drive, scenario

ENTRIES = 10_000
_LEAST_CALLS = 30
_MOST_CALLS_PER_S = 1000


def _ignore(_: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Plan:
    """How much to measure, and whom to tell what is measured now.

    Sizes, callers, modes, engine and the name of an only scenario narrow a bench down; empty means what the bench
    measures by default.
    """

    seconds: float = 5.0
    on_step: Callable[[str], None] = _ignore
    on_total: Callable[[int], None] = _ignore
    on_note: Callable[[str], None] = _ignore
    callers: tuple[int, ...] = ()
    tokens: tuple[int, ...] = ()
    modes: tuple[str, ...] = ()
    engine: str = ""
    only: str = ""
    workers: int = 1
    full: bool = False
    entries: int = ENTRIES
    max_calls: int = 300
    stores: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """How many inputs to prepare: no more than a fast service answers in the time."""
        return min(self.max_calls, max(_LEAST_CALLS, int(self.seconds * _MOST_CALLS_PER_S)))


def read_numbers(text: str, option: str) -> tuple[int, ...]:
    """Read numbers with commas between them, of the option that is named when they are wrong."""
    try:
        numbers = tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise typer.BadParameter(f"not numbers with commas: {text}", param_hint=option) from None
    if any(number < 1 for number in numbers):
        raise typer.BadParameter(f"each must be at least 1: {text}", param_hint=option)
    return numbers


class Echoing(Protocol):
    """A client, or several that take turns, that can make an empty call."""

    async def echo(self, _: object = None) -> None:
        """Make the emptiest call there is."""


async def echo(client: Echoing, plan: Plan, callers: int) -> dict[str, Any]:
    """Measure an empty call on the same server, by the same channel and callers."""
    plan.on_step(f"echo, callers {callers}")
    return scenario("echo", {"callers": callers}, await drive(client.echo, repeat(None), Load(callers, plan.seconds)))
