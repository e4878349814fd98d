"""Stores answers and hears verdicts on them."""

import numpy as np
from prometheus_client import Counter

from cache_service.lookups import RequestRef, StoreCall, StoreResult
from cache_service.parts import Parts
from cache_service.requests import Keys
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
        self._policies = parts.policies
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
            result = await self._put(call, token, policy=policy, watch=watch)
        except Rejected as rejected:
            result = StoreResult(rejection=rejected.reason, watch=watch)
        self._flights.land(token.keys, stored=result.entry is not None)
        return self._counted(call.scope, result)

    def release(self, raw: bytes, scope: Scope) -> bool:
        """Frees those who wait for a call that failed; a token that does not open frees nobody."""
        try:
            token = self._unsealed(raw, scope)
        except ServingError:
            return False
        return self._flights.land(token.keys, stored=False)

    def keys_of_token(self, raw: bytes, scope: Scope) -> Keys:
        """The keys of the request that a token was made for."""
        return self._unsealed(raw, scope).keys

    async def report(self, scope: Scope, entry_id: str, *, wrong: bool, keys: Keys | None) -> None:
        """Counts a verdict; a wrong entry is never served for these keys again, or for none when none are given."""
        entry = await self._store.entry(scope.tenant_id, entry_id)
        if entry is None:
            raise NotFound("entry_id: no such entry in this scope")
        if wrong:
            await self._store.report_wrong(scope.tenant_id, entry_id, keys or entry.keys)
        REPORTS.labels("wrong" if wrong else "right").inc()
        self._tally.count(scope.tenant_id, "wrong" if wrong else "right")

    async def keys_of_request(self, ref: RequestRef) -> Keys:
        """The keys of a request."""
        return (await self._questions.read(ref, Stopwatch())).keys

    def _unsealed(self, raw: bytes, scope: Scope) -> LookupToken:
        return unseal(raw, key=self._token_key, scope=scope, embedder=self._questions.embedder, now=self._store.now())

    async def _put(self, call: StoreCall, token: LookupToken, *, policy: Policy, watch: Stopwatch) -> StoreResult:
        if policy.modes == (Mode.OFF,):
            raise Rejected(Rejection.POLICY)
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
                    call.ttl_s or policy.ttl_s,
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
