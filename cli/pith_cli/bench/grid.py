"""Which sizes, callers, modes and engines `pith bench compressor` measures; pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pith_cli.bench.plan import Plan

TOKENS = (128, 500, 1000, 2000, 4000, 8000, 32000)
CALLERS = (1, 8, 32)
MODES = ("question", "blind")
# By default, no more tokens are under way at once: a core needs seconds for them, and all wait for each other.
_MOST_TOKENS_AT_ONCE = 64_000
# What shows how an engine grows that is not the default one.
_TOKENS_OF_OTHERS = (500, 2000, 8000)


@dataclass(frozen=True)
class Cell:
    """One scenario; without an engine the service chooses."""

    tokens: int
    callers: int
    mode: str
    engine: str = ""


def default_cells(plan: Plan) -> list[Cell]:
    """Return the scenarios of the engine that the plan names, or else of the one that the service chooses."""
    if plan.only:
        return []
    callers = plan.callers or CALLERS
    found = [
        Cell(tokens, count, mode, plan.engine)
        for mode in plan.modes or MODES
        for tokens in plan.tokens or TOKENS
        for count in callers
    ]
    if plan.full or plan.callers:
        return found
    return [cell for cell in found if cell.callers == 1 or cell.tokens * cell.callers <= _MOST_TOKENS_AT_ONCE]


def other_cells(plan: Plan, engines: Sequence[str], measured: Collection[tuple[str, str]]) -> list[Cell]:
    """Return the scenarios of the other installed engines; none for a plan that is narrowed down, unless in full."""
    if plan.only or plan.engine or (not plan.full and (plan.tokens or plan.callers or plan.modes)):
        return []
    return [
        Cell(tokens, count, mode, engine)
        for engine in engines
        for mode in plan.modes or MODES
        if (mode, engine) not in measured
        for tokens in plan.tokens or (TOKENS if plan.full else _TOKENS_OF_OTHERS)
        for count in plan.callers or (CALLERS if plan.full else CALLERS[:1])
    ]
