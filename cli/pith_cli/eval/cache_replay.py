"""Replays a stream through a cache, request by request, in a tenant of its own for every error budget."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import grpc

from pith_cli.cache.client import Allowed, CacheClient, LookedUp
from pith_cli.eval.streams import Request

EXACT, SEMANTIC, MISS = "hit-exact", "hit-semantic", "miss"
ERROR = "error"


@dataclass(frozen=True)
class Served:
    """What became of one request: the outcome, and on a hit the answer that was served."""

    outcome: str
    answer_id: str = ""
    took_ms: float = 0.0
    # A miss to check what would have been served.
    shadow: bool = False
    similarity: float = 0.0

    @property
    def is_hit(self) -> bool:
        """Whether an answer was served."""
        return self.outcome in {EXACT, SEMANTIC}


@dataclass
class Replay:
    """One budget: what became of every request, and what the tenant's evidence allows in the end."""

    budget: float
    served: list[Served] = field(default_factory=list)
    vetoes: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    allowed: Allowed = field(default_factory=lambda: Allowed(0.0, None, 0.0, 0.0))


async def replay(
    client: CacheClient, requests: Sequence[Request], budgets: Sequence[float], on_step: Callable[[], None]
) -> list[Replay]:
    """Ask all requests in order; the first tenant's embeddings are remembered for the others."""
    runs = [_Run(client, budget, new_tenant(budget)) for budget in budgets]
    for run in runs:
        await run.start()
    first, *others = runs
    for request in requests:
        await first.ask(request)
        await asyncio.gather(*(run.ask(request) for run in others))
        on_step()
    return [await run.end() for run in runs]


class _Run:
    """One tenant's way through the stream."""

    def __init__(self, client: CacheClient, budget: float, tenant: str) -> None:
        self._client = client
        self._tenant = tenant
        self._replay = Replay(budget)

    async def start(self) -> None:
        await self._client.set_budget(self._tenant, self._replay.budget)

    async def ask(self, request: Request) -> None:
        """Look up; store the right answer on a miss."""
        started = time.perf_counter()
        try:
            found = await self._client.lookup(self._tenant, request_body(request.text))
            taken_ms = (time.perf_counter() - started) * 1000
            if found.token and not await self._client.store(self._tenant, found.token, answer_body(request.answer_id)):
                self._replay.rejected += 1
        except grpc.aio.AioRpcError as error:
            self._replay.served.append(Served(ERROR))
            self._replay.vetoes[error.code().name] += 1
            return
        self._replay.vetoes.update(near.veto for near in found.near_misses[:1] if not found.answer)
        self._replay.served.append(_served(found, taken_ms))

    async def end(self) -> Replay:
        self._replay.allowed = await self._client.allowed(self._tenant)
        return self._replay


def _served(found: LookedUp, took_ms: float) -> Served:
    answer_id = read_answer(found.answer) if found.answer else ""
    return Served(found.outcome, answer_id, took_ms, found.shadow, found.similarity)


def new_tenant(budget: float) -> str:
    """Name a tenant that no other run on the same cache has had."""
    return f"eval-{budget:g}-{uuid4().hex[:12]}"


def request_body(text: str) -> bytes:
    """Make a chat request that asks one text."""
    return json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}).encode()


def answer_body(answer_id: str) -> bytes:
    """Make a chat answer whose text is the id of the answer."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer_id}}
    head = {"id": "chatcmpl-eval", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return json.dumps(head | {"choices": [choice]}).encode()


def read_answer(body: bytes) -> str:
    """Return the id of an answer that was served."""
    return str(json.loads(body)["choices"][0]["message"]["content"])
