"""The scenarios of `pith bench compressor`."""

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pith_cli.bench import pacing
from pith_cli.bench.corpus import Document, documents
from pith_cli.bench.grid import CALLERS, Cell, default_cells, other_cells
from pith_cli.bench.harness import WARM_UP_CALLS, Load, WrongOutcomeError, drive, scenario
from pith_cli.bench.plan import Plan, echo
from pith_cli.bench.pool import Pool, connect
from pith_cli.bench.servers import compressor_service
from pith_cli.clients import Compressed, CompressorClient, Options, PreparedCall, Text, prepare_call

SYSTEM = "You answer questions about documents. Use only what the document says."
# Time enough for the engine that is measured: no call may fall back on a cheaper one.
_BUDGET_MS = 60_000.0
_RATE = 0.5
# A slow engine is known after one call.
_SLOW_MS = 500.0


async def measure(plan: Plan) -> list[dict[str, Any]]:
    """Start a compressor and measure it."""
    async with (
        compressor_service(workers=plan.workers) as started,
        CompressorClient(started.address) as client,
        connect(started.address, workers=plan.workers) as pool,
    ):
        names = [engine.name for engine in await client.engines()]
        return await scenarios(pool, plan, names)


async def scenarios(pool: Pool, plan: Plan, engines: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Measure a compressor that is up, with its default engine and the engines that are named."""
    paces = pacing.paces(plan)
    callers = () if plan.only else plan.callers or CALLERS
    grid = default_cells(plan)
    left = len(callers) + len(paces)
    plan.on_total(len(grid) + left)
    found = [await _compress(pool, plan, cell) for cell in grid]
    measured = {(entry["params"]["mode"], entry["params"]["engine"]) for entry in found}
    others = other_cells(plan, engines, measured)
    plan.on_total(len(grid) + len(others) + left)
    found += [await _compress(pool, plan, cell) for cell in others]
    found += [await echo(pool, plan, count) for count in callers]
    return found + [await pacing.measure(pool, plan, pace) for pace in paces]


async def _compress(pool: Pool, plan: Plan, cell: Cell) -> dict[str, Any]:
    named = f", engine {cell.engine}" if cell.engine else ""
    plan.on_step(f"compress, {cell.mode}, tokens {cell.tokens}, callers {cell.callers}{named}")
    calls = _calls(cell)
    expected_ms = await _warm_up(pool, calls)
    count = _count(plan, cell, expected_ms)
    # Made beforehand, so that making them takes no time from the server.
    prepared = list(islice(calls, count))

    async def call(one: PreparedCall) -> Compressed:
        reply = await pool.send(one)
        if reply.degraded_from or (cell.engine and reply.engine not in {cell.engine, ""}):
            raise WrongOutcomeError(f"{reply.engine or 'nothing'} instead of {cell.engine or reply.degraded_from}")
        return reply

    run = await drive(call, iter(prepared), Load(cell.callers, plan.seconds, count), warm_up=0)
    return scenario("compress", _params(plan, cell, run.results), run, figures={"ratio": ratio(run.results)})


def _calls(cell: Cell) -> Iterator[PreparedCall]:
    """Make requests without end, none of them like one of this or another scenario."""
    options = Options(engine=cell.engine, rate=_RATE, min_tokens=0, budget_ms=_BUDGET_MS)
    for document in documents(cell.tokens, seed=f"{cell.mode}:{cell.callers}:{cell.engine}"):
        yield prepare_call(conversation(document, cell.mode), options)


async def _warm_up(pool: Pool, calls: Iterator[PreparedCall]) -> float:
    """Make the first calls and return how long the quickest took."""
    took_ms: list[float] = []
    for call in islice(calls, WARM_UP_CALLS):
        started = time.perf_counter()
        await pool.send(call)
        took_ms.append((time.perf_counter() - started) * 1000)
        if took_ms[-1] > _SLOW_MS:
            break
    return min(took_ms)


def _count(plan: Plan, cell: Cell, expected_ms: float) -> int:
    """How many requests are used up in the time, if callers do not wait for each other."""
    parallel = min(cell.callers, 2 * plan.workers)
    return min(plan.calls, cell.callers + math.ceil(parallel * plan.seconds * 1000 / expected_ms))


def _params(plan: Plan, cell: Cell, replies: Sequence[Compressed]) -> dict[str, Any]:
    named = Counter(reply.engine for reply in replies if reply.engine).most_common(1)
    engine = cell.engine or (named[0][0] if named else "")
    params: dict[str, Any] = {"tokens": cell.tokens, "callers": cell.callers, "mode": cell.mode, "engine": engine}
    return params if plan.workers == 1 else params | {"workers": plan.workers}


def conversation(document: Document, mode: str = "question") -> list[Text]:
    """Ask about a document as a chat request does, or hand it over as the result of a tool, without a question."""
    if mode == "blind":
        return [Text("tool", document.text)]
    return [Text("system", SYSTEM), Text("user", f"{document.text}\n\n{document.question}")]


def ratio(results: Sequence[Compressed]) -> float:
    """Return eligible tokens before per eligible token after, over all calls; 1 where nothing was eligible."""
    before = sum(result.eligible_before for result in results)
    after = sum(result.eligible_after for result in results)
    return round(before / after, 3) if after else 1.0
