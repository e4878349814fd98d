"""Reads a request as the cache sees it: its keys, its policy, and which tiers are open to it."""

from dataclasses import dataclass, replace

from cache_service.eligibility import NO_WISHES, Wishes, find_bypass, find_exact_only, read_wishes
from cache_service.embedding import Embedding
from cache_service.lookups import RequestRef
from cache_service.policies import Policies
from cache_service.pools import Pools, pool_namespace
from cache_service.requests import (
    CanonicalRequest,
    Keys,
    Place,
    derive_keys,
    missing_in_scope,
    read_request,
    unshared_keys,
)
from cache_service.stopwatch import Stopwatch
from cache_service.terms import Bypass, ExactOnly, Policy, Scope, ScopeWidth

NO_EMBEDDER = "none"


@dataclass(frozen=True)
class Question:
    """A request that has been read and judged; `wishes` is what its caller allows, `pool` whose partition it is."""

    ref: RequestRef
    request: CanonicalRequest
    policy: Policy
    keys: Keys
    bypass: Bypass | None
    wishes: Wishes = NO_WISHES
    pool: str = ""

    @property
    def namespace(self) -> str:
        """Where what is learnt about this request's hits belongs: to the pool, else to the tenant."""
        return pool_namespace(self.pool) if self.pool else self.ref.scope.tenant_id


class Questions:
    """Reads requests under one secret partition key."""

    def __init__(self, policies: Policies, embedding: Embedding | None, *, secret: bytes, max_text_bytes: int) -> None:
        self._policies = policies
        self._pools = Pools(policies)
        self._embedding = embedding
        self._secret = secret
        self._max_text_bytes = max_text_bytes

    @property
    def embedder(self) -> str:
        """The fingerprint of the embedder that is part of every partition."""
        return NO_EMBEDDER if self._embedding is None else self._embedding.fingerprint

    async def read(self, ref: RequestRef, watch: Stopwatch, *, wishes: Wishes = NO_WISHES) -> Question:
        """The request, its keys and its eligibility; InvalidArgument when its body cannot be read."""
        with watch.stage("canonicalize"):
            request = read_request(ref.api, ref.body, max_bytes=self._max_text_bytes)
        with watch.stage("policy"):
            policy = await self._policies.get(ref.scope.tenant_id)
            scope = await self._filled(ref.scope, request, policy)
        with watch.stage("canonicalize"):
            return self._judged(ref, request, policy, scope=scope, wishes=wishes.tightened(read_wishes(request.body)))

    async def _filled(self, scope: Scope, request: CanonicalRequest, policy: Policy) -> Scope | None:
        """The scope with what the policy's width needs; None where that is missing, or the pool is not the tenant's."""
        if policy.scope_width is ScopeWidth.USER and not scope.user_id:
            scope = replace(scope, user_id=request.user)
        if policy.scope_width is ScopeWidth.POOL:
            named = scope.pool in {"", policy.pool}
            if not named or not await self._pools.may_read(scope.tenant_id, policy.pool):
                return None
            scope = replace(scope, pool=policy.pool)
        return None if missing_in_scope(scope, policy.scope_width) else scope

    def _judged(
        self, ref: RequestRef, request: CanonicalRequest, policy: Policy, *, scope: Scope | None, wishes: Wishes
    ) -> Question:
        bypass = find_bypass(ref.api, request, max_temperature=policy.max_temperature, wishes=wishes)
        if scope is None:  # should anybody overlook the bypass, nobody else has these keys
            return Question(ref, request, policy, unshared_keys(), bypass or Bypass.SCOPE, wishes)
        place = Place(scope, policy.scope_width, ref.model_group, ref.api, self.embedder)
        keys = derive_keys(request, place, secret=self._secret)
        pool = scope.pool if policy.scope_width is ScopeWidth.POOL else ""
        return Question(ref, request, policy, keys, bypass, wishes, pool)

    def exact_only(self, question: Question) -> ExactOnly | None:
        """Why the semantic tier is closed to a request, which also depends on what the embedder can read."""
        closed = find_exact_only(question.request, max_temperature=question.policy.max_temperature)
        if closed is not None:
            return closed
        return ExactOnly.NO_EMBEDDER if self._embedding is None else self._embedding.blind_to(question.request.query)
