"""Looks requests up: the order of the tiers.

Eligibility, then the exact tier, then the semantic one: embed the last user text, take the nearest entries of the
partition, let the guards veto. Whatever fails on the way is a miss; it is counted and never raised.
"""

import asyncio
from dataclasses import dataclass, replace

from prometheus_client import Counter, Histogram

from cache_service.guards import first_veto
from cache_service.lookups import Lookup, LookupResult, NearMiss
from cache_service.parts import Parts
from cache_service.questions import Question
from cache_service.responses import serves
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry, Found, Neighbour, Vector
from cache_service.terms import Bypass, HitKind, Mode, Outcome, Veto
from cache_service.tokens import LookupToken, seal
from grpc_serving.errors import Overloaded, ServingError, Unavailable

LOOKUPS = Counter(
    "pith_cache_lookups", "Lookups by outcome; in shadow mode by what it would have been.", ["outcome", "mode"]
)
BYPASSES = Counter("pith_cache_bypasses", "Lookups not made, by reason.", ["reason"])
EXACT_ONLY = Counter("pith_cache_semantic_refused", "Lookups closed to the semantic tier, by reason.", ["reason"])
VETOES = Counter("pith_cache_vetoes", "Near entries that were not served, by reason.", ["veto"])
FAILURES = Counter("pith_cache_failures", "Lookups cut short because something failed, by what.", ["cause"])
COALESCED = Counter("pith_cache_coalesced", "Lookups answered by waiting for the answer to the same request.")
STAGES = Histogram(
    "pith_cache_stage_seconds",
    "Time of a lookup by stage.",
    ["stage"],
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1),
)

NEIGHBOURS = 4
# Entries farther away than this are not worth telling.
NEAR = 0.7
# Until similarity is calibrated no better bound on the wrong-hit rate of a semantic hit is known.
UNCALIBRATED_BOUND = 1.0
# What a lookup leaves of the caller's deadline for the way back.
MARGIN_S = 0.005


@dataclass(frozen=True)
class Limits:
    """How near an entry must be, and how long a lookup may take when its caller sets no deadline."""

    min_similarity: float
    budget_s: float


@dataclass
class _Search:
    """One lookup on its way through the tiers, with what it has learnt so far."""

    lookup: Lookup
    question: Question
    watch: Stopwatch
    semantic: bool | None = None
    vector: Vector | None = None
    near_misses: tuple[NearMiss, ...] = ()


class SemanticCache:
    """The cache of one process over a store that others may share."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        self._store = parts.store
        self._questions = parts.questions
        self._embedding = parts.embedding
        self._flights = parts.flights
        self._tally = parts.tally
        self._token_key = parts.token_key
        self._limits = limits

    async def lookup(self, lookup: Lookup) -> LookupResult:
        """Hit, miss or bypass; InvalidArgument only for a request that cannot be read."""
        watch = Stopwatch()
        try:
            question = await self._questions.read(lookup.request, watch)
        except (Overloaded, Unavailable):  # the policy is not known, so nothing may be stored either
            FAILURES.labels("policy").inc()
            return self._missed(lookup, watch)
        if lookup.mode is Mode.OFF or not question.policy.allows(lookup.mode):
            return self._bypassed(lookup, Bypass.POLICY, watch)
        if question.bypass is not None:
            return self._bypassed(lookup, question.bypass, watch)
        search = _Search(lookup, question, watch)
        result = await self._within_deadline(search)
        if result.outcome is Outcome.MISS and lookup.mode is not Mode.SHADOW and await self._waited(search):
            result = await self._within_deadline(search)
        return self._counted(search, self._with_token(search, result))

    def _bypassed(self, lookup: Lookup, reason: Bypass, watch: Stopwatch) -> LookupResult:
        BYPASSES.labels(reason.value).inc()
        LOOKUPS.labels("bypass", lookup.mode.value).inc()
        self._tally.count(lookup.request.scope.tenant_id, "bypasses")
        return LookupResult(Outcome.BYPASS, bypass=reason, watch=watch)

    def _missed(self, lookup: Lookup, watch: Stopwatch) -> LookupResult:
        LOOKUPS.labels("miss", lookup.mode.value).inc()
        self._tally.count(lookup.request.scope.tenant_id, "misses")
        return LookupResult(Outcome.MISS, watch=watch)

    async def _within_deadline(self, search: _Search) -> LookupResult:
        left_s = search.lookup.time_left_s
        budget_s = self._limits.budget_s if left_s is None else min(self._limits.budget_s, left_s - MARGIN_S)
        spent_s = search.watch.total_ms / 1000
        try:
            async with asyncio.timeout(max(0.0, budget_s - spent_s)):
                return await self._decide(search)
        except Overloaded:
            FAILURES.labels("overloaded").inc()
        except ServingError as error:
            FAILURES.labels(type(error).__name__).inc()
        except TimeoutError:
            FAILURES.labels("deadline").inc()
        return LookupResult(Outcome.MISS)

    async def _decide(self, search: _Search) -> LookupResult:
        lookup, question = search.lookup, search.question
        with search.watch.stage("exact"):
            found = await self._store.exact(question.keys)
        if found.entry is not None and lookup.mode is not Mode.SEMANTIC:
            return self._exact(search, found.entry)
        if not self._is_semantic(search) or lookup.mode is Mode.EXACT or not (found.live or found.entry):
            return LookupResult(Outcome.MISS)
        return await self._semantic(search, found)

    def _is_semantic(self, search: _Search) -> bool:
        """Whether the semantic tier is open to the request; found out at most once, and never for an exact hit."""
        if search.semantic is None:
            reason = self._questions.exact_only(search.question)
            search.semantic = reason is None
            if reason is not None:
                EXACT_ONLY.labels(reason.value).inc()
        return search.semantic

    def _exact(self, search: _Search, entry: Entry) -> LookupResult:
        if not self._may_serve(search, entry):
            return LookupResult(Outcome.MISS)
        if self._is_too_old(search, entry):
            search.near_misses = (NearMiss(entry.entry_id, 1.0, Veto.AGE),)
            return LookupResult(Outcome.MISS)
        return LookupResult(Outcome.HIT, HitKind.EXACT, entry, similarity=1.0, age_ms=self._age_ms(entry))

    async def _semantic(self, search: _Search, found: Found) -> LookupResult:
        if self._embedding is None:
            return LookupResult(Outcome.MISS)
        search.vector = await self._embedding.embed(search.question.request.query, search.watch)
        with search.watch.stage("nearest"):
            neighbours = await self._store.nearest(
                search.question.keys, search.vector, count=NEIGHBOURS, among=found.candidates
            )
        with search.watch.stage("guards"):
            return self._first_served(search, neighbours)

    def _first_served(self, search: _Search, neighbours: tuple[Neighbour, ...]) -> LookupResult:
        refused: list[NearMiss] = []
        for near in neighbours:
            if not self._may_serve(search, near.entry):
                continue
            veto = self._veto(search, near)
            if veto is None:
                search.near_misses = tuple(refused)
                return LookupResult(
                    Outcome.HIT,
                    HitKind.SEMANTIC,
                    near.entry,
                    similarity=near.similarity,
                    error_bound=UNCALIBRATED_BOUND,
                    age_ms=self._age_ms(near.entry),
                )
            if near.similarity >= NEAR:
                refused.append(NearMiss(near.entry.entry_id, near.similarity, veto))
        search.near_misses = tuple(refused)
        return LookupResult(Outcome.MISS)

    def _may_serve(self, search: _Search, entry: Entry) -> bool:
        """Whether the record is what was asked for: its partition is checked again, whatever the store filtered by."""
        ref = search.question.ref
        same = (entry.keys.partition, entry.model_group, entry.api) == (
            search.question.keys.partition,
            ref.model_group,
            ref.api.value,
        )
        if not same:
            FAILURES.labels("foreign_record").inc()
        formats = (answer.format for answer in entry.answers)
        return same and serves(ref.api, formats, stream=search.lookup.stream)

    def _veto(self, search: _Search, near: Neighbour) -> Veto | None:
        """Why a near entry is not served, cheap reasons first."""
        lookup = search.lookup
        if near.similarity < max(self._limits.min_similarity, lookup.min_similarity or -1.0):
            return Veto.SIMILARITY
        if near.reported:
            return Veto.REPORTED
        if self._is_too_old(search, near.entry):
            return Veto.AGE
        if lookup.max_wrong_hit_rate is not None and lookup.max_wrong_hit_rate < UNCALIBRATED_BOUND:
            return Veto.ERROR_BOUND
        return first_veto(search.question.request.query, near.entry.key_text)

    def _age_ms(self, entry: Entry) -> float:
        return max(0.0, self._store.now() - entry.stored_at) * 1000

    def _is_too_old(self, search: _Search, entry: Entry) -> bool:
        limit_s = search.lookup.max_age_s
        return limit_s is not None and self._age_ms(entry) > limit_s * 1000

    async def _waited(self, search: _Search) -> bool:
        """Whether the same request's answer, then on its way, has been stored meanwhile."""
        wait_s = search.lookup.coalesce_wait_ms / 1000
        with search.watch.stage("coalesce"):
            stored = await self._flights.join(search.question.keys, wait_s=wait_s)
        if stored:
            COALESCED.inc()
        return stored

    def _with_token(self, search: _Search, result: LookupResult) -> LookupResult:
        shadow = search.lookup.mode is Mode.SHADOW
        result = replace(result, near_misses=search.near_misses, watch=search.watch)
        if result.outcome is Outcome.HIT and not shadow:
            return result
        token = self._token(search)
        if not shadow:
            return replace(result, token=token)
        return replace(result, outcome=Outcome.MISS, shadow=result.outcome, entry=None, token=token)

    def _token(self, search: _Search) -> bytes:
        question = search.question
        vector = search.vector
        token = LookupToken(
            question.ref.scope,
            question.ref.api,
            question.ref.model_group,
            question.keys,
            question.request.query,
            semantic=self._is_semantic(search),
            embedder=self._questions.embedder,
            issued_at=self._store.now(),
            vector=b"" if vector is None else vector.astype("<f4").tobytes(),
        )
        return seal(token, key=self._token_key)

    def _counted(self, search: _Search, result: LookupResult) -> LookupResult:
        decided = f"hit_{result.hit_kind.value}" if result.hit_kind else "miss"
        LOOKUPS.labels(decided, search.lookup.mode.value).inc()
        for near in result.near_misses:
            VETOES.labels(near.veto.value).inc()
        for stage, took_ms in search.watch.stage_ms.items():
            STAGES.labels(stage).observe(took_ms / 1000)
        tenant_id = search.lookup.request.scope.tenant_id
        if result.entry is None:
            self._tally.count(tenant_id, "misses")
        else:
            self._tally.count(tenant_id, f"hits_{result.hit_kind.value if result.hit_kind else ''}")
            self._tally.hit(tenant_id, result.entry.entry_id, result.entry.saved)
        return result
