"""Shows operators what is stored, what happened, and how two requests compare."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cache_service import collision
from cache_service.calibration import FLOOR, STEP, Calibration, Support
from cache_service.candidates import budget_for
from cache_service.embedding import Embedding
from cache_service.guards import GuardVerdict, verdicts
from cache_service.intervals import wilson
from cache_service.lookups import RequestRef
from cache_service.parts import Parts
from cache_service.questions import Question
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry, Listing, Page, Target, TargetKind
from cache_service.terms import Bypass, ExactOnly, Outcome, Saved, Veto
from grpc_serving.errors import FailedPrecondition, InvalidArgument, NotFound

# Where to look for what would open first, while nothing is open.
CLOSED_STEPS = (0.98, 0.95, 0.9)


@dataclass(frozen=True)
class Explanation:
    """How a lookup of one request would look at an entry of the other."""

    same_exact_key: bool
    same_partition: bool
    similarity: float
    guards: tuple[GuardVerdict, ...]
    error_bound: float
    budget: float
    outcome: Outcome
    bypass: Bypass | None
    veto: Veto | None
    reason: str


@dataclass(frozen=True)
class CurvePoint:
    """The bound at one similarity, with what was checked at least that near."""

    similarity: float
    error_bound: float
    observations: float
    wrong: float


@dataclass(frozen=True)
class Allowed:
    """What the evidence of a namespace allows under its budget, and what it would take to allow more."""

    embedder: str
    observations: float
    own_observations: float
    threshold: float | None
    error_bound: float
    hit_share: float
    wrong_rate: float
    next_threshold: float | None
    missing: int | None
    curve: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Stats:
    """What happened in a window."""

    hits_exact: int
    hits_semantic: int
    misses: int
    bypasses: int
    stored: int
    rejected: int
    wrong: int
    entries: int
    saved: Saved
    # Semantic hits that were checked at the provider instead of served, and the wrong ones among them.
    checked: int = 0
    checked_wrong: int = 0

    @property
    def hits(self) -> int:
        """All hits."""
        return self.hits_exact + self.hits_semantic

    @property
    def lookups(self) -> int:
        """All lookups."""
        return self.hits + self.misses + self.bypasses

    @property
    def hit_rate(self) -> float:
        """Hits per lookup that was made."""
        made = self.hits + self.misses
        return self.hits / made if made else 0.0

    @property
    def wrong_per_hit(self) -> tuple[float, float, float]:
        """Wrong hits per hit, with the ends of its interval: as the checks say, at least what was reported."""
        if not self.hits:
            return 0.0, 0.0, 1.0
        reported = min(1.0, self.wrong / self.hits)
        if not self.checked:
            return reported, *wilson(self.wrong, self.hits)
        semantic = self.hits_semantic / self.hits
        low, high = (semantic * end for end in wilson(self.checked_wrong, self.checked))
        return max(semantic * self.checked_wrong / self.checked, reported), low, max(high, reported)


class Inspection:
    """Reads for operators."""

    def __init__(self, parts: Parts, *, min_similarity: float) -> None:
        self._store = parts.store
        self._questions = parts.questions
        self._embedding = parts.embedding
        self._calibrations = parts.calibrations
        self._tally = parts.tally
        self._min_similarity = max(min_similarity, FLOOR)

    async def entry(self, tenant_id: str, entry_id: str) -> Entry:
        """One entry with its answers; NotFound in another tenant."""
        entry = await self._store.entry(tenant_id, entry_id)
        if entry is None:
            raise NotFound("entry_id: no such entry in this scope")
        return entry

    async def listing(self, tenant_id: str, listing: Listing) -> Page:
        """A page of entries."""
        return await self._store.listing(tenant_id, listing)

    async def invalidate(self, tenant_id: str, target: Target, *, dry_run: bool) -> tuple[int, tuple[Entry, ...]]:
        """Takes entries out of service, or only counts them; of a neighbourhood, `value` is the text."""
        if target.kind is TargetKind.NEIGHBOURHOOD:
            embedding = self._embedder()
            if embedding.blind_to(target.value) is ExactOnly.TOO_LONG:
                raise InvalidArgument("neighbourhood.text", "is longer than the embedder can read")
            vector = await embedding.embed(target.value, Stopwatch())
            target = replace(target, vector=vector / np.linalg.norm(vector))
        return await self._store.invalidate(tenant_id, target, dry_run=dry_run)

    async def stats(self, tenant_id: str, *, window_s: float) -> Stats:
        """The counts of a window; those of other workers are up to a second old."""
        await self._tally.flush()
        counts = await self._store.usage(tenant_id, window_s=window_s)
        names = (
            "hits_exact",
            "hits_semantic",
            "misses",
            "bypasses",
            "stored",
            "rejected",
            "wrong",
            "checked",
            "checked_wrong",
        )
        saved = Saved(
            int(counts.get("saved_prompt_tokens", 0)),
            int(counts.get("saved_completion_tokens", 0)),
            counts.get("saved_cost_usd", 0.0),
        )
        numbers = {name: int(counts.get(name, 0)) for name in names}
        return Stats(**numbers, entries=await self._store.count(tenant_id), saved=saved)

    async def allowed(self, namespace: str, budget: float) -> Allowed:
        """What the evidence of a namespace allows."""
        own = await self._calibrations.own(namespace)
        calibration = await self._calibrations.refresh(namespace)
        threshold = calibration.threshold(budget)
        share, rate = calibration.expected(budget)
        step, missing = _next_step(calibration, budget, threshold)
        return Allowed(
            self._questions.embedder,
            calibration.evidence.observations,
            0.0 if own is None else own.observations,
            threshold,
            1.0 if threshold is None else calibration.bound(threshold),
            share,
            rate,
            step,
            missing,
            tuple(_curve(calibration)),
        )

    async def explain(self, one: RequestRef, other: RequestRef, watch: Stopwatch) -> Explanation:
        """Whether `other` would be served from an entry of `one`, and what each check says."""
        mine, theirs = await self._questions.read(one, watch), await self._questions.read(other, watch)
        same_partition = mine.keys.partition == theirs.keys.partition
        same_key = same_partition and mine.keys.exact == theirs.keys.exact
        similarity = 1.0 if same_key else await self._similarity(mine, theirs, watch)
        calibration = await self._calibrations.get(theirs.namespace)
        bound = 0.0 if same_key else calibration.bound(similarity, Support.ALONE)
        budget = budget_for(theirs.request.query, theirs.policy.max_wrong_hit_rate)
        checks = tuple(self._checks(mine, theirs, similarity=similarity, bound=bound, budget=budget))
        bypass = theirs.bypass or mine.bypass
        veto = None if same_key else next((check.veto for check in checks if check.veto is not None), None)
        hit = not bypass and same_partition and veto is None
        outcome = Outcome.BYPASS if bypass else Outcome.HIT if hit else Outcome.MISS
        reason = _reason(bypass, same_key=same_key, same_partition=same_partition, checks=checks)
        return Explanation(
            same_key, same_partition, similarity, checks, bound, budget, outcome, bypass, None if hit else veto, reason
        )

    async def _similarity(self, mine: Question, theirs: Question, watch: Stopwatch) -> float:
        if self._embedding is None:
            return 0.0
        one = await self._embedding.embed(mine.request.query, watch)
        other = await self._embedding.embed(theirs.request.query, watch)
        return float(one @ other)

    def _embedder(self) -> Embedding:
        if self._embedding is None:
            raise FailedPrecondition("target.neighbourhood: this service has no embedder")
        return self._embedding

    def _checks(
        self, mine: Question, theirs: Question, *, similarity: float, bound: float, budget: float
    ) -> Iterator[GuardVerdict]:
        yield self._eligibility(mine, theirs)
        near = similarity >= self._min_similarity
        detail = f"{similarity:.3f}, at least {self._min_similarity:.2f} is needed"
        yield GuardVerdict("similarity", None if near else Veto.SIMILARITY, detail)
        odd = collision.difference(theirs.request.query, mine.request.query, similarity)
        yield GuardVerdict("collision", Veto.COLLISION if odd else None, odd or "")
        yield from verdicts(theirs.request.query, mine.request.query)
        detail = f"up to {bound:.3f} of such hits may be wrong, {budget:.3f} is allowed"
        yield GuardVerdict("error_bound", Veto.ERROR_BOUND if bound > budget or not budget else None, detail)

    def _eligibility(self, *questions: Question) -> GuardVerdict:
        closed = {self._questions.exact_only(question) for question in questions}
        reasons = sorted(reason.value for reason in closed if reason is not None)
        return GuardVerdict("eligibility", Veto.INELIGIBLE if reasons else None, ", ".join(reasons))


def _reason(bypass: Bypass | None, *, same_key: bool, same_partition: bool, checks: tuple[GuardVerdict, ...]) -> str:
    """One sentence for people."""
    if bypass:
        return f"Nothing is served or stored: {bypass.value.replace('_', ' ')}."
    if same_key:
        return "The exact tier serves it: both are the same request."
    if not same_partition:
        return "Nothing is served: the requests differ in more than the question, so they never share answers."
    failed = next((check for check in checks if check.veto is not None), None)
    if failed is None:
        return "The semantic tier serves it: it is near, no guard objects, and the error bound is within the budget."
    detail = f" ({failed.detail})" if failed.detail else ""
    return f"Nothing is served: the check {failed.name.replace('_', ' ')} objects{detail}."


def _next_step(calibration: Calibration, budget: float, threshold: float | None) -> tuple[float | None, int | None]:
    """The next lower threshold, and how many right observations there would open it."""
    steps = CLOSED_STEPS if threshold is None else (round(threshold - STEP, 6),)
    found = [(missing, step) for step in steps if (missing := calibration.missing(budget, step))]
    if not found:
        return None, None
    missing, step = min(found)
    return step, missing


def _curve(calibration: Calibration) -> Iterator[CurvePoint]:
    for place in range(round(1 / STEP), round(FLOOR / STEP) - 1, -1):
        similarity = round(place * STEP, 6)
        yield CurvePoint(similarity, calibration.bound(similarity), *calibration.counted(similarity))
