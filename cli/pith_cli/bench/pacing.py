"""How far answers come after their time budget: the scenario `pacing`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice, repeat
from typing import Any

from pith_cli.bench.corpus import documents
from pith_cli.bench.harness import Load, Run, drive, scenario
from pith_cli.bench.percentiles import percentile
from pith_cli.bench.plan import Plan
from pith_cli.bench.pool import Pool
from pith_cli.clients import Compressed, Options, PreparedCall, Text, prepare_call

CALLERS = (1, 8)
_BUDGETS_MS = (5.0, 20.0, 50.0)
# Some fit their budget and some do not.
_TOKENS = (500, 1000, 2000, 4000)
_CALLS = 300
_CALLS_IN_FULL = 10_000
# So many requests are held at once.
_BATCH = 1000
_LONG_S = 600.0
_SHARE = 0.999


@dataclass(frozen=True)
class Pace:
    """A budget, and how many callers have it at once."""

    budget_ms: float
    callers: int


def paces(plan: Plan) -> list[Pace]:
    """Return what to measure; nothing where the plan is narrowed down."""
    if plan.only:
        return [Pace(budget_ms, callers) for budget_ms in _BUDGETS_MS for callers in plan.callers or CALLERS]
    if plan.tokens or plan.callers or plan.modes or plan.engine:
        return []
    return [Pace(budget_ms, callers) for budget_ms in _BUDGETS_MS for callers in CALLERS]


async def measure(pool: Pool, plan: Plan, pace: Pace) -> dict[str, Any]:
    """Send texts of several sizes, and see by how much the slowest in a thousand is late."""
    plan.on_step(f"pacing, budget {pace.budget_ms:.0f} ms, callers {pace.callers}")
    wanted = _CALLS_IN_FULL if plan.full else min(_CALLS, plan.calls)
    calls = _calls(pace)
    run: Run[Compressed] = Run()
    while (left := wanted - len(run.latencies_ms) - run.errors) > 0:
        batch = list(islice(calls, min(left, _BATCH)))
        _add(run, await drive(pool.send, iter(batch), Load(pace.callers, _LONG_S), warm_up=0))
    empty: Run[None] = await drive(pool.echo, repeat(None), Load(pace.callers, _LONG_S, wanted))
    params = {"budget_ms": pace.budget_ms, "callers": pace.callers}
    return scenario("pacing", params, run, figures=_figures(run, empty.latencies_ms, pace.budget_ms))


def _calls(pace: Pace) -> Iterator[PreparedCall]:
    """Make requests without end, with and without a question, none of them like another."""
    options = Options(rate=0.5, min_tokens=0, budget_ms=pace.budget_ms)
    sources = [documents(tokens, seed=f"pacing:{pace.budget_ms}:{pace.callers}") for tokens in _TOKENS]
    for number in count():
        document = next(sources[number % len(sources)])
        asks = number // len(sources) % 2
        role, query = ("user", document.question) if asks else ("tool", "")
        yield prepare_call([Text(role, document.text, query=query)], options)


def _add(run: Run[Compressed], more: Run[Compressed]) -> None:
    run.elapsed_s += more.elapsed_s
    run.errors += more.errors
    run.latencies_ms += more.latencies_ms
    run.results += more.results


def _figures(run: Run[Compressed], echo_ms: Sequence[float], budget_ms: float) -> dict[str, float]:
    if not run.results:
        return {}
    degraded = sum(bool(reply.degraded_from) for reply in run.results)
    return {
        "over_ms": percentile(sorted(run.latencies_ms), _SHARE) - budget_ms,
        "service_over_ms": percentile(sorted(reply.total_ms for reply in run.results), _SHARE) - budget_ms,
        "echo_ms": percentile(sorted(echo_ms), _SHARE),
        "degraded": degraded / len(run.results),
    }
