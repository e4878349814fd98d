"""The cache killed in the midst of stores: nothing torn is served, nothing confirmed is lost, it recovers by itself."""

import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import grpc

from fakes_cache import CacheClient
from pith.cache.v1 import cache_pb2 as pb
from soak.check import Check, Found, Step
from soak.processes import ServiceProcess

STORES_A_STEP = 500
CALLERS = 4
# Answers of this many characters: a torn one would show.
LENGTHS = (40, 900, 3_000, 40_000)

# Settings of a service on the store in question, for as long as the check runs.
Backing = Callable[[Path], AbstractAsyncContextManager[dict[str, str]]]


@asynccontextmanager
async def sqlite_backing(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The embedded store."""
    yield {"STORE": "sqlite", "DATA_DIR": str(folder)}


def check(
    steps: int = 40, *, name: str = "cache_crash", backing: Backing = sqlite_backing, stores: int = STORES_A_STEP
) -> Check:
    """Each step stores 500 answers by four callers and kills the service somewhere among them."""
    says = "kill -9 in the midst of stores: no torn answer, nothing confirmed lost"
    return Check(name, says, steps, partial(_open, backing, stores), params={"stores_a_step": stores})


@asynccontextmanager
async def _open(backing: Backing, stores: int) -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as folder:
        async with backing(Path(folder)) as own:
            settings = {"DATA_DIR": folder, "EMBEDDER": "none", "MAX_ENTRIES": "100000", **own}
            async with ServiceProcess("cache_service", "PITH_CACHE_", Path(folder), **settings) as service:

                async def step(number: int) -> Found:
                    return await _Round(service, number, stores).play()

                yield step


class _Round:
    """One kill: what was confirmed before it, and what is served after it."""

    def __init__(self, service: ServiceProcess, number: int, stores: int) -> None:
        self._service = service
        self._number = number
        self._stores = stores
        self._rng = random.Random(f"crash:{number}")
        self._confirmed: set[int] = set()
        self._begun: set[int] = set()
        self._enough = asyncio.Event()
        self._kill_at = self._rng.randrange(stores // 10, stores)

    async def play(self) -> Found:
        waiting = list(range(self._stores))
        async with grpc.aio.insecure_channel(self._service.address) as channel:
            client = CacheClient(channel)
            callers = [asyncio.create_task(self._store_on(client, waiting)) for _ in range(CALLERS)]
            await self._until_enough(callers)
            await self._service.kill()
            for caller in callers:
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)
        await self._service.start_again()
        async with grpc.aio.insecure_channel(self._service.address) as channel:
            return await self._judged(CacheClient(channel))

    async def _until_enough(self, callers: list[asyncio.Task[None]]) -> None:
        """Until so many are confirmed that the kill is due, or nobody stores any more."""
        enough = asyncio.create_task(self._enough.wait())
        ended = asyncio.create_task(asyncio.wait(callers))
        await asyncio.wait([enough, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (enough, ended):
            task.cancel()

    async def _store_on(self, client: CacheClient, waiting: list[int]) -> None:
        with suppress(grpc.aio.AioRpcError):
            while waiting:
                index = waiting.pop()
                asked = await client.ask(self._question(index))
                self._begun.add(index)
                answer = pb.Answer(format="chat", body=self._answer(index))
                stored = await client.keep(asked.lookup_token, answer=answer)
                if stored.outcome == pb.STORE_OUTCOME_STORED:
                    self._confirmed.add(index)
                if len(self._confirmed) >= self._kill_at:
                    self._enough.set()

    async def _judged(self, client: CacheClient) -> Found:
        violations = []
        for index in sorted(self._begun):
            reply = await client.ask(self._question(index))
            if reply.outcome == pb.OUTCOME_HIT:
                if reply.answers[0].body != self._answer(index):
                    violations.append(f"another answer than was stored: {self._question(index)}")
            elif index in self._confirmed:
                violations.append(f"confirmed and lost: {self._question(index)}")
        open_at_kill = len(self._begun) - len(self._confirmed)
        return Found(len(self._begun), violations, {"confirmed": len(self._confirmed), "open_at_kill": open_at_kill})

    def _question(self, index: int) -> str:
        return f"What is kept in box {index} of room {self._number}?"

    def _answer(self, index: int) -> bytes:
        text = f"{self._number}:{index} " * (LENGTHS[index % len(LENGTHS)] // 8)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
        return json.dumps(body).encode()
