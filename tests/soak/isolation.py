"""The cache against a dictionary: what was stored comes back, to its own tenant only, also after kill -9."""

import json
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from fakes_cache import CacheClient
from pith.cache.v1 import cache_pb2 as pb
from soak.check import Check, Found, Step
from soak.processes import ServiceProcess

OPERATIONS_A_STEP = 60
_TENANTS = ("acme", "acme2", "globex", "initech")
_QUESTIONS = 25
_KILL_EVERY = 8


def check(steps: int = 200) -> Check:
    """60 random operations a step by four tenants who ask the same questions and are told different answers."""
    return Check(
        "cache_isolation", "no tenant sees another's answer; nothing confirmed is lost by kill -9", steps, _open
    )


@asynccontextmanager
async def _open() -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as name:
        settings = {"DATA_DIR": name, "MAX_ENTRIES": "100000"}
        async with ServiceProcess("cache_service", "PITH_CACHE_", Path(name), **settings) as service:

            async def step(number: int) -> Found:
                if number % _KILL_EVERY == _KILL_EVERY - 1:
                    await service.kill_and_restart()
                async with grpc.aio.insecure_channel(service.address) as channel:
                    return await _Round(CacheClient(channel), number).play()

            yield step


class _Round:
    """The operations of one step, on questions that only this step asks."""

    def __init__(self, client: CacheClient, number: int) -> None:
        self._client = client
        self._number = number
        self._rng = random.Random(f"isolation:{number}")
        self._told: dict[tuple[str, str], str] = {}
        self._violations: list[str] = []

    async def play(self) -> Found:
        hits = 0
        for _ in range(OPERATIONS_A_STEP):
            tenant = self._rng.choice(_TENANTS)
            question = f"Which shelf of hall {self._number} holds part {self._rng.randrange(_QUESTIONS)}?"
            hits += await self._ask(tenant, question)
        return Found(OPERATIONS_A_STEP, self._violations, {"hits": hits / OPERATIONS_A_STEP})

    async def _ask(self, tenant: str, question: str) -> bool:
        reply = await self._client.ask(question, tenant_id=tenant)
        told = self._told.get((tenant, question))
        if reply.outcome != pb.OUTCOME_HIT:
            if told is not None:
                self._violations.append(f"{tenant} was told {told!r} and asks in vain: {question}")
            await self._tell(tenant, question, reply.lookup_token)
            return False
        answer = json.loads(reply.answers[0].body)["choices"][0]["message"]["content"]
        if answer != told:
            self._violations.append(f"{tenant} got {answer!r}, was told {told!r}: {question}")
        return True

    async def _tell(self, tenant: str, question: str, token: bytes) -> None:
        answer = f"Shelf {self._rng.randrange(1_000_000)} for {tenant}."
        choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
        body = json.dumps(
            {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
        )
        stored = await self._client.keep(token, tenant_id=tenant, answer=pb.Answer(format="chat", body=body.encode()))
        if stored.outcome == pb.STORE_OUTCOME_STORED:
            self._told[tenant, question] = answer
        else:
            self._violations.append(f"an answer was not stored: {stored}")
