"""Looks requests up: the order of the tiers.

Eligibility, then the exact tier, then the semantic one. A share of the semantic hits is not served but checked: the
lookup misses, and Store compares the live answer with the entry. Whatever fails on the way is a miss; it is counted and
never raised.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from prometheus_client import Counter, Histogram

from cache_service.eligibility import Wishes
from cache_service.lookups import Lookup, LookupResult, NearMiss
from cache_service.parts import Parts
from cache_service.semantic_tier import Search, SemanticTier
from cache_service.single_flight import Ask, Joined, Standing
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry, Found
from cache_service.terms import Bypass, HitKind, Mode, Outcome, Veto
from cache_service.tokens import Candidate, LookupToken, seal
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

SHADOW_CHECKS = Counter(
    "pith_cache_shadow_checks", "Semantic hits that were not served but are checked at the provider."
)
STALE = Counter("pith_cache_stale_hits", "Stale entries served while a fresh answer was on its way.")

# What a lookup leaves of the caller's deadline for the way back.
MARGIN_S = 0.005


@dataclass(frozen=True)
class Limits:
    """How near an entry must be, how long a lookup may take without a deadline, and which share of hits is checked."""

    min_similarity: float
    budget_s: float
    shadow_rate: float = 0.0


class SemanticCache:
    """The cache of one process over a store that others may share."""

    def __init__(self, parts: Parts, limits: Limits, *, draw: Callable[[], float] = random.random) -> None:
        self._store = parts.store
        self._questions = parts.questions
        self._flights = parts.flights
        self._tally = parts.tally
        self._token_key = parts.token_key
        self._tier = SemanticTier(parts, min_similarity=limits.min_similarity)
        self._limits = limits
        self._draw = draw

    async def lookup(self, lookup: Lookup) -> LookupResult:
        """Hit, miss or bypass; InvalidArgument only for a request that cannot be read."""
        watch = Stopwatch()
        try:
            wishes = Wishes(serve=not lookup.no_cache, store=not lookup.no_store, max_age_s=lookup.max_age_s)
            question = await self._questions.read(lookup.request, watch, wishes=wishes)
        except (Overloaded, Unavailable):  # the policy is not known, so nothing may be stored either
            FAILURES.labels("policy").inc()
            return self._missed(lookup, watch)
        if lookup.mode is Mode.OFF or not question.policy.allows(lookup.mode):
            return self._bypassed(lookup, Bypass.POLICY, watch)
        if question.bypass is not None:
            return self._bypassed(lookup, question.bypass, watch)
        search = Search(lookup, question, watch)
        result = await self._within_deadline(search) if question.wishes.serve else LookupResult(Outcome.MISS)
        if lookup.mode is not Mode.SHADOW and question.wishes.store:
            result = await self._fresh(search, self._sampled(search, result))
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

    async def _within_deadline(self, search: Search) -> LookupResult:
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

    async def _decide(self, search: Search) -> LookupResult:
        lookup, question = search.lookup, search.question
        with search.watch.stage("exact"):
            found = await self._store.exact(question.keys)
        if found.entry is not None and lookup.mode is not Mode.SEMANTIC:
            return self._exact(search, found.entry)
        if lookup.mode is Mode.EXACT or not question.policy.max_wrong_hit_rate or not self._is_semantic(search):
            return LookupResult(Outcome.MISS)
        if not (found.live or found.entry):
            if lookup.coalesce_wait_ms > 0:  # so that the same question in other words can be told to be on its way
                await self._tier.embed(search)
                await self._tier.rule(search)
            return LookupResult(Outcome.MISS)
        return await self._semantic(search, found)

    def _is_semantic(self, search: Search) -> bool:
        """Whether the semantic tier is open to the request; found out at most once, and never for an exact hit."""
        if search.semantic is None:
            reason = self._questions.exact_only(search.question)
            search.semantic = reason is None
            if reason is not None:
                EXACT_ONLY.labels(reason.value).inc()
        return search.semantic

    def _exact(self, search: Search, entry: Entry) -> LookupResult:
        if not search.takes(entry):
            return LookupResult(Outcome.MISS)
        limit_s = search.question.wishes.max_age_s
        if limit_s is not None and self._age_ms(entry) > limit_s * 1000:
            search.near_misses = (NearMiss(entry.entry_id, 1.0, Veto.AGE),)
            return LookupResult(Outcome.MISS)
        return LookupResult(Outcome.HIT, HitKind.EXACT, entry, similarity=1.0, age_ms=self._age_ms(entry))

    async def _semantic(self, search: Search, found: Found) -> LookupResult:
        candidate = await self._tier.choose(search, found)
        if candidate is None or candidate.veto is not None:
            return LookupResult(Outcome.MISS)
        return LookupResult(
            Outcome.HIT,
            HitKind.SEMANTIC,
            candidate.near.entry,
            similarity=candidate.near.similarity,
            error_bound=candidate.bound,
            age_ms=self._age_ms(candidate.near.entry),
        )

    def _age_ms(self, entry: Entry) -> float:
        return max(0.0, self._store.now() - entry.stored_at) * 1000

    def _sampled(self, search: Search, result: LookupResult) -> LookupResult:
        """The result, or a miss in place of a semantic hit that is to be checked."""
        rate = search.question.policy.shadow_rate
        rate = self._limits.shadow_rate if rate is None else rate
        if result.hit_kind is not HitKind.SEMANTIC or self._draw() >= rate:
            return result
        SHADOW_CHECKS.inc()
        search.sampled = True
        return LookupResult(Outcome.MISS, shadow=Outcome.HIT)

    async def _fresh(self, search: Search, result: LookupResult) -> LookupResult:
        """A miss that others wait for, or that has waited itself; a stale entry while somebody fetches a fresh answer."""
        if search.sampled:
            return result
        if result.outcome is Outcome.HIT:
            return await self._revalidated(search, result)
        with search.watch.stage("coalesce"):
            wait_s = search.lookup.coalesce_wait_ms / 1000 if search.question.wishes.serve else 0.0
            joined = await self._joined(search, wait_s=wait_s)
        if joined.standing is Standing.STORED:
            COALESCED.inc()
            search.ruling = None
            return await self._within_deadline(search)
        return replace(result, in_flight=joined.standing is Standing.ELSEWHERE)

    async def _revalidated(self, search: Search, result: LookupResult) -> LookupResult:
        stale_after_s = search.question.policy.stale_after_s
        if not stale_after_s or result.age_ms <= stale_after_s * 1000:
            return result
        joined = await self._joined(search, wait_s=0.0, shared=True)
        if joined.standing is Standing.LEADS:
            return LookupResult(Outcome.MISS)
        STALE.inc()
        return replace(result, stale=True, in_flight=True)

    async def _joined(self, search: Search, *, wait_s: float, shared: bool = False) -> Joined:
        ask = Ask(
            search.question.keys, search.query, search.vector, lambda text, other: self._tier.same(search, text, other)
        )
        joined = await self._flights.join(ask, wait_s=wait_s, shared=shared)
        search.flight_id = joined.flight_id
        return joined

    def _with_token(self, search: Search, result: LookupResult) -> LookupResult:
        shadow = search.lookup.mode is Mode.SHADOW
        result = replace(result, near_misses=search.near_misses, watch=search.watch)
        if result.outcome is Outcome.HIT and not shadow:
            return result
        token = self._token(search) if search.question.wishes.store else b""
        if not shadow:
            return replace(result, token=token)
        return replace(result, outcome=Outcome.MISS, shadow=result.outcome, entry=None, token=token)

    def _token(self, search: Search) -> bytes:
        question, vector, candidate = search.question, search.vector, search.candidate
        near = () if candidate is None else (candidate,)
        token = LookupToken(
            question.ref.scope,
            question.ref.api,
            question.ref.model_group,
            question.keys,
            search.query,
            semantic=self._is_semantic(search),
            embedder=self._questions.embedder,
            issued_at=self._store.now(),
            vector=b"" if vector is None else vector.astype("<f4").tobytes(),
            flight=search.flight_id,
            pool=question.pool,
            ttl_s=question.wishes.ttl_s,
            candidates=tuple(
                Candidate(one.near.entry.entry_id, one.near.similarity, one.support.value, one.veto is None)
                for one in near
            ),
        )
        return seal(token, key=self._token_key)

    def _counted(self, search: Search, result: LookupResult) -> LookupResult:
        decided = f"hit_{result.hit_kind.value}" if result.hit_kind else "miss"
        _lookups(decided, search.lookup.mode).inc()
        for near in result.near_misses:
            VETOES.labels(near.veto.value).inc()
        for stage, took_ms in search.watch.stage_ms.items():
            _stage(stage).observe(took_ms / 1000)
        tenant_id = search.lookup.request.scope.tenant_id
        if result.entry is None:
            self._tally.count(tenant_id, "misses")
        else:
            self._tally.count(tenant_id, f"hits_{result.hit_kind.value if result.hit_kind else ''}")
            self._tally.hit(tenant_id, result.entry.entry_id, result.entry.saved)
        return result


# Looking a label up costs more than counting.
@cache
def _lookups(decided: str, mode: Mode) -> Counter:
    return LOOKUPS.labels(decided, mode.value)


@cache
def _stage(stage: str) -> Histogram:
    return STAGES.labels(stage)
