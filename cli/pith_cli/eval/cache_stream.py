"""Measures a stream: the cache at every budget, and on the same embedder what a cosine alone and GPTCache would serve."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache_service.embedders import load_embedder
from pith_cli.bench.percentiles import median
from pith_cli.bench.servers import service
from pith_cli.cache.client import CacheClient
from pith_cli.eval import cache_baselines, cache_peers, cache_tally
from pith_cli.eval.cache_baselines import THRESHOLDS, Vectors
from pith_cli.eval.cache_peers import PeerRun
from pith_cli.eval.cache_plan import CachePlan
from pith_cli.eval.cache_replay import Replay, replay
from pith_cli.eval.cache_tally import Tally
from pith_cli.eval.streams import Request

# The shadow of a slow machine: an eval asks for seconds what a gateway asks for milliseconds.
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Measured:
    """All that was found on one stream."""

    requests: Sequence[Request]
    runs: Sequence[Replay]
    cosine: Sequence[Tally]
    # What GPTCache's rule serves at each of its thresholds, and its own runs.
    rule: Sequence[Tally] = ()
    # By threshold and request: the request whose answer the rule serves, or -1.
    rule_served: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    peers: Sequence[PeerRun] = field(default_factory=tuple)

    def tally(self, budget: float) -> Tally | None:
        """Return what a budget served; None when it was not measured."""
        runs = [run for run in self.runs if abs(run.budget - budget) < 1e-9]
        return cache_tally.count(self.requests, runs[0].served) if runs else None

    @property
    def p50_ms(self) -> float:
        """The median lookup of the first budget, which pays for the embeddings."""
        return median([one.took_ms for one in self.runs[0].served]) or 0.0


async def measure(requests: Sequence[Request], plan: CachePlan) -> Measured:
    """Replay the stream and walk the baselines beside it."""
    vectors = asyncio.create_task(asyncio.to_thread(_vectors, requests, plan))
    async with running(plan) as client:
        runs = await replay(client, requests, plan.budgets, plan.on_step)
    found = await asyncio.to_thread(_baselines, requests, runs, await vectors)
    if plan.peers is None:
        return found
    return await asyncio.to_thread(cache_peers.beside, found, plan)


@asynccontextmanager
async def running(plan: CachePlan) -> AsyncIterator[CacheClient]:
    """Use the cache that is named, or start one."""
    if plan.address:
        async with CacheClient(plan.address, timeout_s=_TIMEOUT_S) as client:
            yield client
        return
    async with (
        service("cache_service", "PITH_CACHE_", needs_data=True, settings=plan.settings()) as started,
        CacheClient(started.address, timeout_s=_TIMEOUT_S) as client,
    ):
        yield client


def scenarios(measured: Measured) -> list[dict[str, Any]]:
    """Make the report's entries."""
    found = cache_tally.scenarios(measured.requests, measured.runs)
    found += cache_baselines.scenarios(measured.cosine)
    return found + cache_peers.scenarios(measured.rule, measured.peers)


def _vectors(requests: Sequence[Request], plan: CachePlan) -> Vectors:
    name, folder = plan.embedder()
    return cache_baselines.embed([one.text for one in requests], load_embedder(name, weights_dir=folder).embed)


def _baselines(requests: Sequence[Request], runs: Sequence[Replay], vectors: Vectors) -> Measured:
    cosines = [cache_peers.cosine_of(threshold) for threshold in cache_peers.THRESHOLDS]
    served = cache_baselines.walk(vectors, [*THRESHOLDS, *cosines])
    found = cache_baselines.tallies(requests, served)
    count = len(THRESHOLDS)
    return Measured(requests, runs, found[:count], found[count:], served[count:])
