"""Calls the cache as a gateway's hooks do, and sets policies; no protobuf type leaves this module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pith.cache.v1 import cache_pb2, cache_pb2_grpc
from pith_cli.channel import TIMEOUT_S, Channel

MODEL_GROUP = "gpt-4o"
_LONG_S = 86_400.0


@dataclass(frozen=True)
class NearMiss:
    """An entry that was near and not served, and why."""

    entry_id: str
    similarity: float
    veto: str


@dataclass(frozen=True)
class LookedUp:
    """What a lookup decided; a miss carries the token that a store takes."""

    outcome: str
    token: bytes
    similarity: float
    vetoes: tuple[str, ...] = ()
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    # The first body of a hit.
    answer: bytes = b""
    entry_id: str = ""
    error_bound: float = 0.0
    near_misses: tuple[NearMiss, ...] = ()
    bypass: str = ""
    # A miss that would have been a hit and was to be checked.
    shadow: bool = False


@dataclass(frozen=True)
class Allowed:
    """What the evidence of a namespace allows: the lowest similarity that is served, with the bound there."""

    max_wrong_hit_rate: float
    threshold: float | None
    error_bound: float
    observations: float


@dataclass(frozen=True)
class Explained:
    """How one request would fare with the entry of another."""

    hit: bool
    similarity: float
    veto: str
    error_bound: float


class CacheClient(Channel):
    """The cache service."""

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._stub = cache_pb2_grpc.CacheServiceStub(self._channel)  # type: ignore[no-untyped-call]

    async def lookup(
        self,
        tenant: str,
        body: bytes,
        *,
        model_group: str = MODEL_GROUP,
        mode: str = "",
        min_similarity: float | None = None,
    ) -> LookedUp:
        """Look a chat request up."""
        request = cache_pb2.LookupRequest(
            scope=cache_pb2.Scope(tenant_id=tenant),
            api=cache_pb2.API_CHAT,
            model_group=model_group,
            request_json=body,
            mode=f"LOOKUP_MODE_{mode.upper() or 'UNSPECIFIED'}",
            min_similarity=min_similarity,
        )
        return _looked_up(await self._stub.Lookup(request, timeout=self._timeout_s))

    async def store(self, tenant: str, token: bytes, answer: bytes) -> bool:
        """Store a chat answer under the token of a lookup that missed; False when it was rejected."""
        request = cache_pb2.StoreRequest(
            lookup_token=token,
            scope=cache_pb2.Scope(tenant_id=tenant),
            answer=cache_pb2.Answer(format="chat", body=answer),
            finish_reason="stop",
            usage=cache_pb2.Usage(prompt_tokens=50, completion_tokens=10),
        )
        reply = await self._stub.Store(request, timeout=self._timeout_s)
        return bool(reply.outcome == cache_pb2.STORE_OUTCOME_STORED)

    async def entries(self, tenant: str) -> int:
        """Return how many entries a tenant has."""
        request = cache_pb2.GetStatsRequest(scope=cache_pb2.Scope(tenant_id=tenant))
        reply = await self._stub.GetStats(request, timeout=self._timeout_s)
        return int(reply.entries)

    async def set_budget(self, tenant: str, max_wrong_hit_rate: float, *, shadow_rate: float | None = None) -> None:
        """Give a tenant an error budget, and its entries a life that nothing measured outlasts; the rest stays."""
        scope = cache_pb2.Scope(tenant_id=tenant)
        now = await self._stub.GetPolicy(cache_pb2.GetPolicyRequest(scope=scope), timeout=self._timeout_s)
        policy = cache_pb2.Policy()
        policy.CopyFrom(now.policy)
        policy.max_wrong_hit_rate, policy.ttl_s = max_wrong_hit_rate, _LONG_S
        if shadow_rate is not None:
            policy.shadow_rate = shadow_rate
        request = cache_pb2.SetPolicyRequest(scope=scope, policy=policy)
        await self._stub.SetPolicy(request, timeout=self._timeout_s)

    async def allowed(self, tenant: str) -> Allowed:
        """Return what a tenant's evidence allows at its budget."""
        scope = cache_pb2.Scope(tenant_id=tenant)
        reply = await self._stub.GetPolicy(cache_pb2.GetPolicyRequest(scope=scope), timeout=self._timeout_s)
        found = reply.calibration
        threshold = found.threshold if found.HasField("threshold") else None
        return Allowed(reply.policy.max_wrong_hit_rate, threshold, found.error_bound, found.observations)

    async def explain(self, tenant: str, bodies: Sequence[bytes], *, model_group: str = MODEL_GROUP) -> Explained:
        """Say how the second request would fare with the entry of the first."""
        request = cache_pb2.ExplainRequest(
            scope=cache_pb2.Scope(tenant_id=tenant),
            api=cache_pb2.API_CHAT,
            model_group=model_group,
            request_json_a=bodies[0],
            request_json_b=bodies[1],
        )
        reply = await self._stub.Explain(request, timeout=self._timeout_s)
        hit = reply.outcome == cache_pb2.OUTCOME_HIT
        return Explained(hit, reply.similarity, name_of(cache_pb2.Veto, reply.veto, "VETO_"), reply.error_bound)


def name_of(enum: Any, value: int, prefix: str) -> str:
    """Return the name of an enum's value in lower case without its prefix; empty for the unspecified one."""
    return str(enum.Name(value)).removeprefix(prefix).lower() if value else ""


def _looked_up(reply: Any) -> LookedUp:
    return LookedUp(
        outcome=_outcome(reply),
        token=reply.lookup_token,
        similarity=reply.similarity,
        vetoes=tuple(cache_pb2.Veto.Name(near.veto) for near in reply.near_misses),
        stage_ms=dict(reply.timings.stage_ms),
        answer=reply.answers[0].body if reply.answers else b"",
        entry_id=reply.entry_id,
        error_bound=reply.error_bound,
        near_misses=tuple(
            NearMiss(near.entry_id, near.similarity, name_of(cache_pb2.Veto, near.veto, "VETO_"))
            for near in reply.near_misses
        ),
        bypass=name_of(cache_pb2.BypassReason, reply.bypass_reason, "BYPASS_REASON_"),
        shadow=reply.outcome == cache_pb2.OUTCOME_MISS and reply.shadow == cache_pb2.OUTCOME_HIT,
    )


def _outcome(reply: Any) -> str:
    if reply.outcome == cache_pb2.OUTCOME_HIT:
        return "hit-exact" if reply.hit_kind == cache_pb2.HIT_KIND_EXACT else "hit-semantic"
    return {cache_pb2.OUTCOME_MISS: "miss", cache_pb2.OUTCOME_BYPASS: "bypass"}.get(reply.outcome, "unspecified")
