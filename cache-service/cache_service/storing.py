"""Stores answers and hears verdicts on them."""

from dataclasses import replace

import numpy as np
from prometheus_client import Counter

from cache_service.learning import Asked, Learning, namespace_of
from cache_service.lookups import ReportResult, RequestRef, StoreCall, StoreResult
from cache_service.parts import Parts
from cache_service.pools import Pools
from cache_service.responses import Rejected, check_answer
from cache_service.stopwatch import Stopwatch
from cache_service.stores import NewEntry, Vector
from cache_service.terms import Mode, Policy, Rejection, Scope
from cache_service.tokens import LISTED_CHARS, LookupToken, unseal
from grpc_serving.errors import InvalidArgument, NotFound, ServingError

STORES = Counter("pith_cache_stores", "Answers offered, by what became of them.", ["outcome"])
UNEMBEDDED = Counter("pith_cache_stored_unembedded", "Answers stored for the exact tier only because embedding failed.")
REPORTS = Counter("pith_cache_reports", "Verdicts on served answers.", ["verdict"])


class Storing:
    """Keeps the answers of requests that missed."""

    def __init__(self, parts: Parts, *, max_answer_bytes: int, max_ttl_s: float) -> None:
        self._store = parts.store
        self._learning = Learning(parts)
        self._policies = parts.policies
        self._pools = Pools(parts.policies)
        self._questions = parts.questions
        self._embedding = parts.embedding
        self._flights = parts.flights
        self._tally = parts.tally
        self._token_key = parts.token_key
        self._max_answer_bytes = max_answer_bytes
        self._max_ttl_s = max_ttl_s

    async def store(self, call: StoreCall) -> StoreResult:
        """Stores an answer or says why not; InvalidArgument for a token or limits that cannot be."""
        watch = Stopwatch()
        token = self._unsealed(call.token, call.scope)
        if call.ttl_s > self._max_ttl_s:
            raise InvalidArgument("ttl_s", f"is {call.ttl_s:g}; at most {self._max_ttl_s:g} is allowed")
        policy = await self._policies.get(call.scope.tenant_id)
        try:
            check_answer(call.answer, finish_reason=call.finish_reason, max_bytes=self._max_answer_bytes)
            await self._check_policy(call.scope, token, policy)
            compared = await self._learning.compare(token, call.answer)
            result = await self._put(call, token, ttl_s=policy.ttl_s, watch=watch)
            result = replace(result, compared=compared.compared, differed=compared.differed)
        except Rejected as rejected:
            result = StoreResult(rejection=rejected.reason, watch=watch)
        await self._flights.land(token.keys, token.flight, stored=result.entry is not None)
        return self._counted(call.scope, result)

    async def release(self, raw: bytes, scope: Scope) -> bool:
        """Frees those who wait for a call that failed; a token that does not open frees nobody."""
        try:
            token = self._unsealed(raw, scope)
        except ServingError:
            return False
        return await self._flights.land(token.keys, token.flight, stored=False)

    async def renew(self, raw: bytes, scope: Scope) -> float | None:
        """Seconds that others wait on for a call that still runs; None when it no longer leads."""
        token = self._unsealed(raw, scope)
        return await self._flights.renew(token.keys, token.flight) if token.flight else None

    def asked_by_token(self, raw: bytes, scope: Scope) -> Asked:
        """The request that a token was made for."""
        token = self._unsealed(raw, scope)
        return Asked(token.keys, token.text, token.semantic, token.pool, namespace_of(token))

    async def asked_by_request(self, ref: RequestRef) -> Asked:
        """A request as a verdict is about it."""
        question = await self._questions.read(ref, Stopwatch())
        semantic = question.bypass is None and self._questions.exact_only(question) is None
        return Asked(question.keys, question.request.query, semantic, question.pool, question.namespace)

    async def report(self, scope: Scope, entry_id: str, *, wrong: bool, asked: Asked | None) -> ReportResult:
        """Hears a verdict; a wrong entry is never served for this request again, or for none when none is given."""
        entry = await self._store.entry(scope.tenant_id, entry_id)
        if entry is None:
            raise NotFound("entry_id: no such entry in this scope")
        counted = False
        if asked is not None and await self._may_teach(scope, asked.pool):
            counted = await self._learning.heard(entry_id, asked, wrong=wrong)
        REPORTS.labels("wrong" if wrong else "right").inc()
        self._tally.count(scope.tenant_id, "wrong" if wrong else "right")
        if not wrong:
            return ReportResult(counted=counted)
        done = await self._store.report_wrong(scope.tenant_id, entry_id, asked.keys if asked else entry.keys)
        if done is None:
            raise NotFound("entry_id: no such entry in this scope")
        return ReportResult(done.entry_removed, done.pair_remembered, counted)

    def _unsealed(self, raw: bytes, scope: Scope) -> LookupToken:
        return unseal(raw, key=self._token_key, scope=scope, embedder=self._questions.embedder, now=self._store.now())

    async def _may_teach(self, scope: Scope, pool: str) -> bool:
        """Whether the tenant's verdicts count: in its own namespace, and in a pool that it curates."""
        return not pool or await self._pools.may_store(scope.tenant_id, pool)

    async def _check_policy(self, scope: Scope, token: LookupToken, policy: Policy) -> None:
        """Refuses, before anything is learnt, what the policy keeps out; of a pool, members who do not curate it."""
        shut_out = token.pool and not await self._pools.may_store(scope.tenant_id, token.pool)
        if policy.modes == (Mode.OFF,) or shut_out:
            raise Rejected(Rejection.POLICY)

    async def _put(self, call: StoreCall, token: LookupToken, *, ttl_s: float, watch: Stopwatch) -> StoreResult:
        vector = await self._vector(token, watch)
        with watch.stage("store"):
            entry = await self._store.put(
                NewEntry(
                    call.scope.tenant_id,
                    token.model_group,
                    token.api.value,
                    token.keys,
                    token.text if token.semantic else token.text[:LISTED_CHARS],
                    call.answer,
                    token.issued_at,
                    _life_s(call.ttl_s, token.ttl_s, ttl_s),
                    call.saved,
                    call.tags,
                    call.sources,
                    vector,
                )
            )
        if entry is None:
            raise Rejected(Rejection.INVALIDATED)
        return StoreResult(entry, watch=watch)

    async def _vector(self, token: LookupToken, watch: Stopwatch) -> Vector | None:
        """The vector of the lookup, or made now; without one the entry still serves the exact tier."""
        if token.vector:
            return np.frombuffer(token.vector, dtype="<f4")
        if not token.semantic or self._embedding is None:
            return None
        try:
            return await self._embedding.embed(token.text, watch)
        except ServingError:
            UNEMBEDDED.inc()
            return None

    def _counted(self, scope: Scope, result: StoreResult) -> StoreResult:
        STORES.labels("stored" if result.rejection is None else result.rejection.value).inc()
        self._tally.count(scope.tenant_id, "stored" if result.rejection is None else "rejected")
        return result


def _life_s(asked_s: float, callers_s: float | None, policy_s: float) -> float:
    """How long an entry lives: the shorter of what Store and the request's own cache control say, else the policy's."""
    said = [seconds for seconds in (asked_s, callers_s) if seconds]
    return min(said) if said else policy_s
