"""Many principals ask the same prompts, and are told different answers: nobody may hear what another group was told.

For each scope width: who shares entries is one group. All share one cache, and the policies change from width to width
while the entries of the former width are still there.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fakes_cache import CacheClient
from pith.cache.v1 import cache_pb2 as pb

T = TypeVar("T")

WIDTHS = (pb.SCOPE_WIDTH_TENANT, pb.SCOPE_WIDTH_KEY, pb.SCOPE_WIDTH_USER, pb.SCOPE_WIDTH_POOL)
# A prompt and the same question in other words.
PROMPTS = (
    ("How do I cancel an order?", "How can I cancel an order?"),
    ("Where can I see my invoices?", "Where can I find my invoices?"),
)
TENANTS_A_POOL = 4
_IDS = ("one", "two")


@dataclass(frozen=True)
class Principal:
    """Somebody who asks; `group` is whom they share entries with, `stores` whether their answers are kept."""

    scope: pb.Scope
    group: str
    stores: bool = True


@dataclass
class Played:
    """What was seen: lookups, hits by kind, and everything that must not be."""

    lookups: int = 0
    exact: int = 0
    semantic: int = 0
    violations: list[str] = field(default_factory=list)


def principals(width: int, tenants: int) -> Iterator[Principal]:
    """The principals of so many tenants: two keys and two users each, of the same names in every tenant."""
    for number in range(tenants):
        tenant = f"tenant-{number}"
        pool = f"pool-{number // TENANTS_A_POOL}"
        for own in _IDS:
            scope = pb.Scope(tenant_id=tenant, key_id=own, user_id=own)
            group = {
                pb.SCOPE_WIDTH_TENANT: f"tenant {tenant}",
                pb.SCOPE_WIDTH_KEY: f"key {tenant} {own}",
                pb.SCOPE_WIDTH_USER: f"user {tenant} {own}",
                pb.SCOPE_WIDTH_POOL: f"pool {pool}",
            }[width]
            yield Principal(scope, group, stores=width != pb.SCOPE_WIDTH_POOL or number % TENANTS_A_POOL == 0)


async def set_width(client: CacheClient, width: int, tenants: int) -> None:
    """Gives every tenant a policy of this width that serves any near entry; of four tenants of a pool one curates it."""
    pooled = width == pb.SCOPE_WIDTH_POOL
    for first in range(0, tenants if pooled else 0, TENANTS_A_POOL):
        names = [f"tenant-{number}" for number in range(first, min(first + TENANTS_A_POOL, tenants))]
        await _set_policy(
            client, f"pool:pool-{first // TENANTS_A_POOL}", pool_members=names[1:], pool_curators=names[:1]
        )
    await each(
        range(tenants),
        lambda number: _set_policy(
            client, f"tenant-{number}", scope_width=width, pool=f"pool-{number // TENANTS_A_POOL}" if pooled else ""
        ),
    )


async def play(client: CacheClient, everybody: Sequence[Principal], prompt: str, reworded: str) -> Played:
    """Everybody asks and stores what they are told, then everybody asks again, in the same words and in others."""
    played = Played()
    told: set[str] = set()

    async def first(asker: Principal) -> None:
        reply = await _ask(client, asker, prompt, played)
        if reply.outcome != pb.OUTCOME_MISS:
            return
        stored = await client.keep(reply.lookup_token, scope=asker.scope, answer=_answer(asker.group))
        kept = stored.outcome == pb.STORE_OUTCOME_STORED
        if kept:
            told.add(asker.group)
        if kept != asker.stores:
            played.violations.append(f"{asker} stored: {stored}")

    async def again(asker: Principal) -> None:
        reply = await _ask(client, asker, prompt, played)
        if reply.outcome != pb.OUTCOME_HIT:
            played.violations.append(f"{asker} asks in vain: {prompt}")
        await _ask(client, asker, reworded, played)

    await each([asker for asker in everybody if asker.stores], first)
    await each([asker for asker in everybody if not asker.stores], first)
    await each(everybody, again)
    if told != {asker.group for asker in everybody}:
        played.violations.append("not every group was told its own answer")
    return played


async def each(items: Iterable[T], work: Callable[[T], Awaitable[None]], callers: int = 8) -> None:
    """Does the work for all items, so many at a time."""
    waiting = iter(list(items))

    async def caller() -> None:
        for item in waiting:
            await work(item)

    await asyncio.gather(*(caller() for _ in range(callers)))


async def _ask(client: CacheClient, asker: Principal, text: str, played: Played) -> pb.LookupResponse:
    reply = await client.ask(text, scope=asker.scope)
    played.lookups += 1
    played.exact += reply.hit_kind == pb.HIT_KIND_EXACT
    played.semantic += reply.hit_kind == pb.HIT_KIND_SEMANTIC
    if reply.outcome == pb.OUTCOME_BYPASS:
        played.violations.append(f"{asker} is bypassed: {reply.bypass_reason}")
    for answer in reply.answers:
        said = json.loads(answer.body)["choices"][0]["message"]["content"]
        if said != asker.group:
            played.violations.append(f"{asker} hears what was told to {said}")
    return reply


async def _set_policy(client: CacheClient, namespace: str, **fields: object) -> None:
    scope = pb.Scope(tenant_id=namespace)
    now = (await client.stub.GetPolicy(pb.GetPolicyRequest(scope=scope), timeout=10)).policy
    policy = pb.Policy(
        etag=now.etag, ttl_s=86_400, max_wrong_hit_rate=1.0, shadow_rate=0.0, max_temperature=1.0, **fields
    )  # type: ignore[arg-type]
    await client.stub.SetPolicy(pb.SetPolicyRequest(scope=scope, policy=policy), timeout=10)


def _answer(said: str) -> pb.Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    return pb.Answer(format="chat", body=json.dumps(body).encode())
