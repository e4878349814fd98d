"""Reads a request as the cache sees it: its keys, its policy, and which tiers are open to it."""

from dataclasses import dataclass

from cache_service.eligibility import judge
from cache_service.embedding import Embedding
from cache_service.lookups import RequestRef
from cache_service.policies import Policies
from cache_service.requests import CanonicalRequest, Keys, Place, derive_keys, read_request
from cache_service.stopwatch import Stopwatch
from cache_service.terms import Bypass, ExactOnly, Policy

NO_EMBEDDER = "none"


@dataclass(frozen=True)
class Question:
    """A request that has been read and judged; `exact_only` is what its own text says, see Questions.exact_only."""

    ref: RequestRef
    request: CanonicalRequest
    policy: Policy
    keys: Keys
    bypass: Bypass | None
    exact_only: ExactOnly | None


class Questions:
    """Reads requests under one secret partition key."""

    def __init__(self, policies: Policies, embedding: Embedding | None, *, secret: bytes, max_text_bytes: int) -> None:
        self._policies = policies
        self._embedding = embedding
        self._secret = secret
        self._max_text_bytes = max_text_bytes

    @property
    def embedder(self) -> str:
        """The fingerprint of the embedder that is part of every partition."""
        return NO_EMBEDDER if self._embedding is None else self._embedding.fingerprint

    async def read(self, ref: RequestRef, watch: Stopwatch) -> Question:
        """The request, its keys and its eligibility; InvalidArgument when its body cannot be read."""
        with watch.stage("canonicalize"):
            request = read_request(ref.api, ref.body, max_bytes=self._max_text_bytes)
        with watch.stage("policy"):
            policy = await self._policies.get(ref.scope.tenant_id)
        with watch.stage("canonicalize"):
            return self._judged(ref, request, policy)

    def _judged(self, ref: RequestRef, request: CanonicalRequest, policy: Policy) -> Question:
        place = Place(ref.scope, policy.scope_width, ref.model_group, ref.api, self.embedder)
        keys = derive_keys(request, place, secret=self._secret)
        verdict = judge(ref.api, request, max_temperature=policy.max_temperature)
        return Question(ref, request, policy, keys, verdict.bypass, verdict.exact_only)

    def exact_only(self, question: Question) -> ExactOnly | None:
        """Why the semantic tier is closed to a request, which also depends on what the embedder can read."""
        if question.exact_only is not None:
            return question.exact_only
        return ExactOnly.NO_EMBEDDER if self._embedding is None else self._embedding.blind_to(question.request.query)
