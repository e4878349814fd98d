"""The scenarios of `pith bench cache`."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import Any

from pith_cli.bench.cache_grid import CALLERS, Cell, cells
from pith_cli.bench.cache_servers import CachePool, started
from pith_cli.bench.harness import WARM_UP_CALLS, Load, Run, WrongOutcomeError, drive, scenario
from pith_cli.bench.plan import Plan, echo
from pith_cli.bench.questions import Question, questions
from pith_cli.cache.client import LookedUp
from pith_cli.up.processes import ChildError

TENANT = "bench"
_FILL_CALLERS = 8
_PER_CALLERS = ("exact_hit", "semantic_hit", "miss", "store", "echo")
_ANSWER_TEXT = "Open the page of the order, choose the part that is to change, and save. " * 4
# The questions are made of the same words, and some are near to others: here the nearest is always to be served, and
# what is new never, and nothing is checked by sample: each scenario measures what it says and not the calibration.
_BUDGET = 1.0
_NEVER = 0.9999
_NOTED = 250


def steps(plan: Plan) -> int:
    """Return how many scenarios the plan has, filling the stores included."""
    return sum(len(cell.callers) * len(_PER_CALLERS) + 2 for cell in cells(plan))


async def measure(plan: Plan) -> list[dict[str, Any]]:
    """Start a cache on every store of the plan, fill it and measure it."""
    plan.on_total(steps(plan))
    found: list[dict[str, Any]] = []
    for cell in cells(plan):
        try:
            async with started(cell, workers=plan.workers) as pool:
                found += await scenarios(pool, plan, cell)
        except ChildError as error:
            if not plan.full or plan.stores:
                raise
            # Not every Redis has what every store needs.
            found.append(left_out(cell, error))
    return found


def left_out(cell: Cell, error: ChildError) -> dict[str, Any]:
    """Say of a cache that did not start why; in the words that its log ends with."""
    lines = [line.strip() for line in error.tail.splitlines() if line.strip()]
    why = lines[-1] if lines else str(error)
    return {"name": "left_out", "params": cell.params, "n": 0, "errors": 1, "figures": {"why": why}}


async def scenarios(pool: CachePool, plan: Plan, cell: Cell) -> list[dict[str, Any]]:
    """Fill a cache that is up and measure it."""
    plan = replace(plan, callers=cell.callers or CALLERS)
    bench = CacheBench(pool, plan, cell, questions(seed=7))
    await bench.fill()
    found, echoes = [], []
    for callers in plan.callers:
        hits = await bench.exact_hit(callers)
        # Right after what it is compared with, before a noisy machine changes its mind.
        echoes.append(await echo(pool, plan, callers))
        found.append(_beside(hits, echoes[-1]))
    found += [await bench.semantic_hit(form, callers) for form, callers in enumerate(plan.callers)]
    found += [await bench.miss(callers) for callers in plan.callers]
    found += [await bench.store(callers) for callers in plan.callers]
    return [*found, bench.embed(), *echoes]


@dataclass
class CacheBench:
    """A filled cache, and the questions that it knows and does not know."""

    pool: CachePool
    plan: Plan
    cell: Cell
    fresh: Iterator[Question]
    stored: list[Question] = field(default_factory=list)
    embed_ms: list[float] = field(default_factory=list)

    async def fill(self) -> None:
        """Store as many entries as the cell says, all in one partition."""
        self.plan.on_step(f"{self.cell.store}: filling with {self.cell.entries:,} entries")
        await self.pool.first.set_budget(TENANT, _BUDGET, shadow_rate=0.0)
        waiting = islice(self.fresh, self.cell.entries)

        async def caller() -> None:
            for question in waiting:
                # The exact tier alone: only the store embeds.
                await self._store(await self._miss(question.text, mode="exact"))
                self.stored.append(question)
                if len(self.stored) % _NOTED == 0:
                    self.plan.on_note(f"{self.cell.store}: filled {len(self.stored):,} of {self.cell.entries:,}")

        await asyncio.gather(*(caller() for _ in range(_FILL_CALLERS)))

    async def exact_hit(self, callers: int) -> dict[str, Any]:
        """Look up what is stored, word for word."""
        texts = (question.text for question in cycle(self.stored))
        return await self._lookups("exact_hit", "hit-exact", texts=texts, callers=callers)

    async def semantic_hit(self, form: int, callers: int) -> dict[str, Any]:
        """Look up what is stored, in other words; each text once."""
        texts = (question.paraphrases[form % len(question.paraphrases)] for question in self._stretch(form))
        return await self._lookups("semantic_hit", "hit-semantic", texts=texts, callers=callers)

    async def miss(self, callers: int) -> dict[str, Any]:
        """Look up what is not stored; each text once."""
        return await self._lookups("miss", "miss", texts=(question.text for question in self.fresh), callers=callers)

    async def store(self, callers: int) -> dict[str, Any]:
        """Store answers of questions that were looked up before."""
        texts = [question.text for question in islice(self.fresh, self.plan.calls + WARM_UP_CALLS)]
        self.plan.on_step(f"{self.cell.store}: store, callers {callers}")
        tokens = [await self._miss(text) for text in texts]
        run = await drive(self._store, iter(tokens), self._load(callers))
        return scenario("store", self._params(callers), run)

    def embed(self) -> dict[str, Any]:
        """Report what the server says that embedding took, over the misses of one caller."""
        run: Run[None] = Run(elapsed_s=sum(self.embed_ms) / 1000, latencies_ms=self.embed_ms)
        return scenario("embed", {"store": self.cell.store}, run)

    async def _lookups(self, name: str, expected: str, *, texts: Iterator[str], callers: int) -> dict[str, Any]:
        self.plan.on_step(f"{self.cell.store}: {name}, callers {callers}")
        least = _NEVER if expected == "miss" else None

        async def call(text: str) -> LookedUp:
            found = await self.pool.lookup(TENANT, request_body(text), min_similarity=least)
            if found.outcome != expected:
                raise WrongOutcomeError(f"{found.outcome} instead of {expected}: {text}")
            return found

        run = await drive(call, texts, self._load(callers))
        if name == "miss" and callers == self.plan.callers[0]:
            self.embed_ms = [found.stage_ms["embed"] for found in run.results if "embed" in found.stage_ms]
        return scenario(name, self._params(callers), run)

    def _stretch(self, form: int) -> Sequence[Question]:
        """The stored questions of one callers count: with more counts than forms, each has stretches of its own."""
        count = len(self.plan.callers)
        return self.stored[form::count] if count > len(self.stored[0].paraphrases) else self.stored

    async def _miss(self, text: str, *, mode: str = "") -> bytes:
        return (await self.pool.lookup(TENANT, request_body(text), mode=mode, min_similarity=_NEVER)).token

    async def _store(self, token: bytes) -> None:
        if not await self.pool.store(TENANT, token, answer_body()):
            raise WrongOutcomeError("an answer was rejected")

    def _load(self, callers: int) -> Load:
        return Load(callers, self.plan.seconds, self.plan.calls)

    def _params(self, callers: int) -> dict[str, Any]:
        workers = {"workers": self.plan.workers} if self.plan.workers > 1 else {}
        return {**self.cell.params, "callers": callers, **workers}


def _beside(hits: dict[str, Any], empty: dict[str, Any]) -> dict[str, Any]:
    """Say how many times an empty call's median a hit's is."""
    if "latency_ms" not in hits or "latency_ms" not in empty:
        return hits
    times = hits["latency_ms"]["p50"] / empty["latency_ms"]["p50"]
    return hits | {"figures": hits["figures"] | {"times_echo": round(times, 3)}}


def request_body(text: str) -> bytes:
    """Make a chat request that asks one question."""
    messages: Sequence[dict[str, str]] = [
        {"role": "system", "content": "You help with orders."},
        {"role": "user", "content": text},
    ]
    return json.dumps({"model": "gpt-4o", "messages": messages}).encode()


def answer_body() -> bytes:
    """Make a chat answer of usual length."""
    message = {"role": "assistant", "content": _ANSWER_TEXT}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 50, "completion_tokens": 64, "total_tokens": 114}
    head = {"id": "chatcmpl-bench", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return json.dumps({**head, "choices": [choice], "usage": usage}).encode()
