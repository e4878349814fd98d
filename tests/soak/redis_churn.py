"""Vector sets of a real Redis under churn: it does not crash, its memory stays bounded, generations expire."""

import random
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import redis

from cache_service.requests import Keys
from cache_service.stores import NewEntry, StoreOptions, Target, TargetKind, Vector
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from cache_service.terms import Answer
from redis_server import RedisProcess, find_redis_server, start_redis
from soak.check import Check, Found, Sample, Step

PUTS_A_STEP = 100
LOOKUPS_A_STEP = 40
# Two that are large, which have vector sets, and ten small ones.
PARTITIONS = 12
DIMENSIONS = 384
TTL_S = (2.0, 6.0)
# Two or three generations of the entries' two classes of life, and one that is about to go.
MOST_GENERATIONS = PARTITIONS * 8
GROWTH_BAR = 0.15


def check(steps: int = 2_400, *, fill: int = 60) -> Check:
    """100 puts, 40 lookups a step, an invalidation in every third; the first `fill` steps are not judged."""
    return Check(
        "redis_churn",
        "adds, expiries, invalidations and lookups on vector sets: no crash, memory bounded, generations expire",
        steps,
        _open,
        partial(judge, fill=fill),
        one_life=True,
        params={"partitions": PARTITIONS, "dimensions": DIMENSIONS, "puts_a_step": PUTS_A_STEP},
    )


def judge(samples: Sequence[Sample], *, fill: int) -> tuple[Sample, list[str]]:
    """Compare the server's memory per entry at the end with that after the filling; generations must never pile up."""
    settled = [sample for sample in samples if sample["step"] > fill] or list(samples)
    tenth = max(1, len(settled) // 10)
    # Entries live for some seconds, so how many there are follows the speed of the machine.
    first = statistics.median(sample["used_mb"] / sample["live"] for sample in settled[:tenth]) * 1024
    last = statistics.median(sample["used_mb"] / sample["live"] for sample in settled[-tenth:]) * 1024
    most = max(sample["generations"] for sample in samples)
    growth = last / first - 1
    figures = {
        "kb_per_entry_first": round(first, 2), "kb_per_entry_last": round(last, 2), "growth": round(growth, 4),
        "used_most_mb": round(max(sample["used_mb"] for sample in samples), 1), "generations_most": most,
    }  # fmt: skip
    against = [f"memory per entry grew by {growth:.1%}, bar {GROWTH_BAR:.0%}"] if growth >= GROWTH_BAR else []
    if most > MOST_GENERATIONS:
        against.append(f"{most:.0f} generations at a time, bar {MOST_GENERATIONS}")
    return figures, against


@asynccontextmanager
async def _open() -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as name:
        server = start_redis(find_redis_server(), Path(name))
        try:
            options = StoreOptions(Path(name), redis_url=server.url, redis_timeout_s=5.0)
            store = await RedisVectorsetStore.open(options)
            spy = redis.Redis.from_url(server.url, protocol=2)
            try:
                yield _Churn(store, spy, server).step
            finally:
                spy.close()
                await store.close()
        finally:
            server.stop()


@dataclass
class _Churn:
    """The entries that were put, by number; what the store serves is compared with them."""

    store: RedisVectorsetStore
    spy: redis.Redis
    server: RedisProcess
    number: int = 0
    recent: list[int] = field(default_factory=list)
    invalidated: set[str] = field(default_factory=set)

    async def step(self, number: int) -> Found:
        """One wave of adds and lookups, with one invalidation at its end."""
        rng = random.Random(f"churn:{number}")
        tag = f"wave-{number}"
        violations = [] if self.server.process.poll() is None else ["the server has ended"]
        for _ in range(PUTS_A_STEP):
            await self.store.put(self._new(rng, tag))
        for _ in range(LOOKUPS_A_STEP):
            violations += await self._look_up(rng)
        if number % 3 == 0:
            self.invalidated.add(tag)
            await self.store.invalidate("acme", Target(TargetKind.TAG, tag), dry_run=False)
        swept = await self.store.sweep()
        sample = {
            "used_mb": self.spy.info("memory")["used_memory"] / 2**20,
            "generations": float(sum(1 for _ in self.spy.scan_iter("pith:v:*", count=1000))),
            "live": float(max(1, await self.store.count("acme"))),
            "swept": float(swept),
        }
        return Found(PUTS_A_STEP + LOOKUPS_A_STEP, violations, sample)

    def _new(self, rng: random.Random, tag: str) -> NewEntry:
        self.number += 1
        self.recent = [*self.recent[-400:], self.number]
        body = f"answer {self.number} ".encode() * 40
        ttl_s = rng.uniform(*TTL_S)
        now = self.store.now()
        return NewEntry(
            "acme", "m", "chat", _keys(self.number), f"{self.number}", Answer("chat", body), now, ttl_s,
            tags=(tag,), vector=_vector(self.number),
        )  # fmt: skip

    async def _look_up(self, rng: random.Random) -> list[str]:
        """What is near a stored vector: alive, whole, of the partition, and not invalidated."""
        wanted = rng.choice(self.recent)
        keys = Keys(_keys(wanted).partition, b"\xff" * 32)
        found = await self.store.exact(keys)
        wrong = []
        for near in await self.store.nearest(keys, _vector(wanted), count=4, among=found.candidates):
            number = int(near.entry.key_text)
            if near.entry.answers[0].body != f"answer {number} ".encode() * 40 or near.entry.keys != _keys(number):
                wrong.append(f"entry {number} is torn or of another partition")
            if near.entry.tags[0] in self.invalidated:
                wrong.append(f"entry {number} was invalidated")
        return wrong


def _keys(number: int) -> Keys:
    partition = number % 3 if number % 3 < 2 else 2 + number // 3 % (PARTITIONS - 2)
    return Keys(bytes([partition]) * 32, number.to_bytes(32, "big"))


def _vector(number: int) -> Vector:
    vector = np.random.default_rng(number).standard_normal(DIMENSIONS).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
