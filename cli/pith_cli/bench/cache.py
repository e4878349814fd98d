"""The scenarios of `pith bench cache`."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import Any

from pith_cli.bench.harness import WARM_UP_CALLS, Load, Run, WrongOutcomeError, drive, scenario
from pith_cli.bench.plan import Plan, echo
from pith_cli.bench.questions import Question, questions
from pith_cli.bench.servers import service
from pith_cli.clients import CacheClient, LookedUp

STORE = "sqlite"
TENANT = "bench"
CALLERS = (1, 8)
_FILL_CALLERS = 8
_PER_CALLERS = ("exact_hit", "semantic_hit", "miss", "store", "echo")
_ANSWER_TEXT = "Open the page of the order, choose the part that is to change, and save. " * 4


def steps(plan: Plan) -> int:
    """Return how many scenarios the plan has, filling the store included."""
    return len(plan.callers or CALLERS) * len(_PER_CALLERS) + 2


async def measure(plan: Plan) -> list[dict[str, Any]]:
    """Start a cache on its embedded store, fill it and measure it."""
    plan.on_total(steps(plan))
    async with (
        service("cache_service", "PITH_CACHE_", needs_data=True) as started,
        CacheClient(started.address) as client,
    ):
        return await scenarios(client, plan)


async def scenarios(client: CacheClient, plan: Plan) -> list[dict[str, Any]]:
    """Fill a cache that is up and measure it."""
    plan = replace(plan, callers=plan.callers or CALLERS)
    bench = CacheBench(client, plan, questions(seed=7))
    await bench.fill()
    found, echoes = [], []
    for callers in plan.callers:
        found.append(await bench.exact_hit(callers))
        # Right after what it is compared with, before a noisy machine changes its mind.
        echoes.append(await echo(client, plan, callers))
    found += [await bench.semantic_hit(form, callers) for form, callers in enumerate(plan.callers)]
    found += [await bench.miss(callers) for callers in plan.callers]
    found += [await bench.store(callers) for callers in plan.callers]
    return [*found, bench.embed(), *echoes]


@dataclass
class CacheBench:
    """A filled cache, and the questions that it knows and does not know."""

    client: CacheClient
    plan: Plan
    fresh: Iterator[Question]
    stored: list[Question] = field(default_factory=list)
    embed_ms: list[float] = field(default_factory=list)

    async def fill(self) -> None:
        """Store as many entries as the plan says, all in one partition."""
        self.plan.on_step(f"filling with {self.plan.entries} entries")
        waiting = islice(self.fresh, self.plan.entries)

        async def caller() -> None:
            for question in waiting:
                await self._store(await self._miss(question.text))
                self.stored.append(question)

        await asyncio.gather(*(caller() for _ in range(_FILL_CALLERS)))

    async def exact_hit(self, callers: int) -> dict[str, Any]:
        """Look up what is stored, word for word."""
        texts = (question.text for question in cycle(self.stored))
        return await self._lookups("exact_hit", "hit-exact", texts=texts, callers=callers)

    async def semantic_hit(self, form: int, callers: int) -> dict[str, Any]:
        """Look up what is stored, in other words; each text once."""
        texts = (question.paraphrases[form] for question in self.stored)
        return await self._lookups("semantic_hit", "hit-semantic", texts=texts, callers=callers)

    async def miss(self, callers: int) -> dict[str, Any]:
        """Look up what is not stored; each text once."""
        return await self._lookups("miss", "miss", texts=(question.text for question in self.fresh), callers=callers)

    async def store(self, callers: int) -> dict[str, Any]:
        """Store answers of questions that were looked up before."""
        texts = [question.text for question in islice(self.fresh, self.plan.calls + WARM_UP_CALLS)]
        self.plan.on_step(f"store, callers {callers}")
        tokens = [await self._miss(text) for text in texts]
        run = await drive(self._store, iter(tokens), self._load(callers))
        return scenario("store", self._params(callers), run)

    def embed(self) -> dict[str, Any]:
        """Report what the server says that embedding took, over the misses of one caller."""
        run: Run[None] = Run(elapsed_s=sum(self.embed_ms) / 1000, latencies_ms=self.embed_ms)
        return scenario("embed", {}, run)

    async def _lookups(self, name: str, expected: str, *, texts: Iterator[str], callers: int) -> dict[str, Any]:
        self.plan.on_step(f"{name}, callers {callers}")

        async def call(text: str) -> LookedUp:
            found = await self.client.lookup(TENANT, request_body(text))
            if found.outcome != expected:
                raise WrongOutcomeError(f"{found.outcome} instead of {expected}: {text}")
            return found

        run = await drive(call, texts, self._load(callers))
        if name == "miss" and callers == self.plan.callers[0]:
            self.embed_ms = [found.stage_ms["embed"] for found in run.results if "embed" in found.stage_ms]
        return scenario(name, self._params(callers), run)

    async def _miss(self, text: str) -> bytes:
        return (await self.client.lookup(TENANT, request_body(text))).token

    async def _store(self, token: bytes) -> None:
        if not await self.client.store(TENANT, token, answer_body()):
            raise WrongOutcomeError("an answer was rejected")

    def _load(self, callers: int) -> Load:
        return Load(callers, self.plan.seconds, self.plan.calls)

    def _params(self, callers: int) -> dict[str, Any]:
        return {"store": STORE, "entries": self.plan.entries, "callers": callers}


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
