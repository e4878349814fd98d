"""Redis killed in the midst of stores: nothing torn is served, what its log had is there, the store goes on by itself."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from cache_service.requests import Keys
from cache_service.stores import NewEntry, StoreDown, StoreOptions
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from cache_service.terms import Answer
from redis_server import RedisProcess, find_redis_server, start_redis
from soak.check import Check, Found, Step

STORES_A_STEP = 500
CALLERS = 4
LENGTHS = (40, 900, 3_000, 40_000)
# The server writes its log once a second, and may be late by another one.
FSYNC_WINDOW_S = 2.0
_BACK_WITHIN_S = 15.0
_LOGGED = ("--appendonly", "yes", "--appendfsync", "everysec")


def check(steps: int = 20, *, stores: int = STORES_A_STEP) -> Check:
    """Each step stores 500 answers by four callers and kills Redis somewhere among them."""
    says = "kill -9 of Redis in the midst of stores: no torn answer, nothing confirmed before the last fsync lost"
    return Check("redis_crash", says, steps, partial(_open, stores), params={"stores_a_step": stores})


@asynccontextmanager
async def _open(stores: int) -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as name:
        folder, program = Path(name), find_redis_server()
        servers = [start_redis(program, folder, *_LOGGED)]
        options = StoreOptions(folder, redis_url=servers[0].url, redis_timeout_s=1.0)
        store = await RedisVectorsetStore.open(options)

        async def step(number: int) -> Found:
            found = _Round(store, number, stores)
            await found.store_until_killed(servers[0])
            servers[0] = await asyncio.to_thread(
                partial(start_redis, program, folder, *_LOGGED, on_port=servers[0].port)
            )
            return await found.judged()

        try:
            yield step
        finally:
            await store.close()
            servers[0].stop()


class _Round:
    """One kill: what was confirmed when, and what is served after it."""

    def __init__(self, store: RedisVectorsetStore, number: int, stores: int) -> None:
        self._store = store
        self._number = number
        self._rng = random.Random(f"redis crash:{number}")
        self._waiting = list(range(stores))
        self._kill_after = self._rng.randrange(stores // 10, stores)
        self._confirmed: dict[int, float] = {}
        self._begun: set[int] = set()
        self._killed_at = 0.0
        self._enough = asyncio.Event()

    async def store_until_killed(self, server: RedisProcess) -> None:
        """Callers store one answer after the other until the server is gone."""
        callers = asyncio.gather(*(self._caller() for _ in range(CALLERS)))
        enough = asyncio.create_task(self._enough.wait())
        await asyncio.wait([callers, enough], return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        server.stop()
        self._killed_at = time.monotonic()
        await callers

    async def _caller(self) -> None:
        with suppress(StoreDown):
            while self._waiting:
                index = self._waiting.pop()
                self._begun.add(index)
                await self._store.put(self._new(index))
                self._confirmed[index] = time.monotonic()
                if len(self._confirmed) >= self._kill_after:
                    self._enough.set()

    async def judged(self) -> Found:
        """Compare what is served with what was stored."""
        await self._until_it_answers()
        violations, lost = [], 0
        for index in sorted(self._begun):
            entry = (await self._store.exact(self._keys(index))).entry
            if entry is not None and entry.answers != (Answer("chat", self._body(index)),):
                violations.append(f"another answer than was stored: {self._number}:{index}")
            if entry is None and index in self._confirmed:
                lost += 1
                if self._confirmed[index] < self._killed_at - FSYNC_WINDOW_S:
                    violations.append(f"confirmed before the last fsync and lost: {self._number}:{index}")
        return Found(len(self._begun), violations, {"confirmed": float(len(self._confirmed)), "lost": float(lost)})

    async def _until_it_answers(self) -> None:
        ends = time.monotonic() + _BACK_WITHIN_S
        while True:
            try:
                await self._store.exact(self._keys(0))
            except StoreDown:
                if time.monotonic() > ends:
                    raise
                await asyncio.sleep(0.05)
            else:
                return

    def _new(self, index: int) -> NewEntry:
        answer = Answer("chat", self._body(index))
        return NewEntry("acme", "m", "chat", self._keys(index), f"{index}", answer, self._store.now(), 3600.0)

    def _keys(self, index: int) -> Keys:
        return Keys(self._number.to_bytes(32, "big"), index.to_bytes(32, "big"))

    def _body(self, index: int) -> bytes:
        return f"{self._number}:{index} ".encode() * (LENGTHS[index % len(LENGTHS)] // 8)
