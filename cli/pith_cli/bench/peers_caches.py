"""Measures GPTCache beside Pith's cache: the same embedder, the same questions, what is served and how soon."""

import atexit
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cache_service.assembly import build
from cache_service.embedders import load_embedder
from cache_service.settings import CacheSettings
from grpc_serving.observe import configure_logging
from grpc_serving.server import start
from grpc_serving.settings import load_settings
from pith_cli.bench.harness import Run, scenario
from pith_cli.bench.peers_gptcache import GptCache, cosine_of
from pith_cli.bench.peers_probes import NEAR_MISS, PARAPHRASE, Ask, Probe, Probes, answer_body
from pith_cli.clients import CacheClient

# GPTCache's own default first; the others stand for cosines of .90, .92 and .95.
THRESHOLDS = (0.8, 0.95, 0.96, 0.975)
# Pith's error budgets, its own default first; with no evidence but the shipped one.
BUDGETS = (0.03, 0.01, 0.05)
_NO_METRICS = "0"
Scenario = dict[str, Any]


class Subject(Protocol):
    """A cache under measurement."""

    async def put(self, ask: Ask) -> None:
        """Store the answer of a request."""
        ...

    async def get(self, ask: Ask) -> str | None:
        """Return the name of the answer that it serves."""
        ...


class _Peer:
    """GPTCache; the last user text is the key, as in its chat adapter."""

    def __init__(self, cache: GptCache) -> None:
        self._cache = cache

    async def put(self, ask: Ask) -> None:
        self._cache.put(ask.text, ask.answer)

    async def get(self, ask: Ask) -> str | None:
        return self._cache.get(ask.text)


class _Pith:
    """Pith's cache by gRPC, the whole request as the hooks send it."""

    def __init__(self, client: CacheClient, budget: float) -> None:
        self._client = client
        self._budget = budget
        self._tenants: set[str] = set()

    async def put(self, ask: Ask) -> None:
        if ask.tenant not in self._tenants:
            await self._client.set_budget(ask.tenant, self._budget, shadow_rate=0.0)
            self._tenants.add(ask.tenant)
        found = await self._client.lookup(ask.tenant, ask.body, model_group=ask.model)
        if found.token:
            await self._client.store(ask.tenant, found.token, answer_body(ask))

    async def get(self, ask: Ask) -> str | None:
        found = await self._client.lookup(ask.tenant, ask.body, model_group=ask.model)
        if not found.outcome.startswith("hit"):
            return None
        return str(json.loads(found.answer)["choices"][0]["message"]["content"])


@dataclass
class _Tally:
    """What became of the probes."""

    asked: dict[str, int] = field(default_factory=lambda: {PARAPHRASE: 0, NEAR_MISS: 0})
    served: dict[str, int] = field(default_factory=lambda: {PARAPHRASE: 0, NEAR_MISS: 0})
    misplaced: int = 0
    taken_ms: list[float] = field(default_factory=list)

    def count(self, probe: Probe, answer: str | None, taken_ms: float) -> None:
        """Take note of one probe; the answer of another question is served wrongly, whatever the kind of the probe."""
        self.asked[probe.kind] += 1
        self.taken_ms.append(taken_ms)
        if answer == probe.ask.answer:
            self.served[probe.kind] += 1
        elif answer is not None:
            self.misplaced += 1

    def figures(self) -> dict[str, Any]:
        """Return the shares; none of a kind that was not asked."""
        shares = {f"{kind}_served": self.served[kind] / asked for kind, asked in self.asked.items() if asked}
        hits = sum(self.served.values()) + self.misplaced
        wrong = self.served[NEAR_MISS] + self.misplaced
        return shares | {"other_answer": self.misplaced, "wrong_per_hit": wrong / hits if hits else 0.0}


async def measure(sets: Sequence[Probes], on_step: Callable[[str], None]) -> list[Scenario]:
    """Ask every cache, at every threshold, every set of probes."""
    found = []
    for probes in sets:
        for threshold in THRESHOLDS:
            on_step(f"{probes.name}: GPTCache at {threshold}")
            params = {"cache": "gptcache", "set": probes.name, "threshold": threshold, "cosine": cosine_of(threshold)}
            async with _gptcache(threshold) as subject:
                found.append(_entry(params, await _ask_all(subject, probes)))
        for budget in BUDGETS:
            on_step(f"{probes.name}: Pith at budget {budget}")
            params = {"cache": "pith", "set": probes.name, "budget": budget}
            async with _pith(budget) as subject:
                found.append(_entry(params, await _ask_all(subject, probes)))
    return found


async def _ask_all(subject: Subject, probes: Probes) -> _Tally:
    for ask in probes.stored:
        await subject.put(ask)
    tally = _Tally()
    for probe in probes.probes:
        started = time.perf_counter()
        answer = await subject.get(probe.ask)
        tally.count(probe, answer, (time.perf_counter() - started) * 1000)
    return tally


def _entry(params: dict[str, Any], tally: _Tally) -> Scenario:
    run: Run[None] = Run(sum(tally.taken_ms) / 1000, 0, tally.taken_ms)
    return scenario("lookup", params, run, figures=tally.figures())


@asynccontextmanager
async def _gptcache(threshold: float) -> AsyncIterator[Subject]:
    folder = Path(tempfile.mkdtemp(prefix="pith-peers-"))
    # GPTCache writes once more when Python ends, so its folder goes after that: what is registered first runs last.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    yield _Peer(GptCache(folder, load_embedder("onnx_minilm", weights_dir=None, threads=1), threshold=threshold))


@asynccontextmanager
async def _pith(budget: float) -> AsyncIterator[Subject]:
    with tempfile.TemporaryDirectory(prefix="pith-peers-") as folder:
        values = {"ADDRESS": "127.0.0.1:0", "METRICS_PORT": _NO_METRICS, "DATA_DIR": folder}
        # A line for every call would bury the table.
        values["LOG_LEVEL"] = "WARNING"
        settings = load_settings(CacheSettings, {f"PITH_CACHE_{name}": str(value) for name, value in values.items()})
        configure_logging(settings)
        server = await start(settings, build)
        try:
            async with CacheClient(f"127.0.0.1:{server.port}") as client:
                yield _Pith(client, budget)
        finally:
            await server.stop()
