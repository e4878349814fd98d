"""Shows operators what is stored, what happened, and how two requests compare."""

from dataclasses import dataclass

from cache_service.guards import GuardVerdict, verdicts
from cache_service.lookups import RequestRef
from cache_service.parts import Parts
from cache_service.questions import Question
from cache_service.semantic_cache import UNCALIBRATED_BOUND
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry, Listing, Page, Target
from cache_service.terms import Bypass, Outcome, Saved, Veto
from grpc_serving.errors import NotFound


@dataclass(frozen=True)
class Explanation:
    """How a lookup of one request would look at an entry of the other."""

    same_exact_key: bool
    same_partition: bool
    similarity: float
    guards: tuple[GuardVerdict, ...]
    error_bound: float
    outcome: Outcome
    bypass: Bypass | None


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


class Inspection:
    """Reads for operators."""

    def __init__(self, parts: Parts, *, min_similarity: float) -> None:
        self._store = parts.store
        self._questions = parts.questions
        self._embedding = parts.embedding
        self._tally = parts.tally
        self._min_similarity = min_similarity

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
        """Takes entries out of service, or only counts them."""
        return await self._store.invalidate(tenant_id, target, dry_run=dry_run)

    async def stats(self, tenant_id: str, *, window_s: float) -> Stats:
        """The counts of a window; those of other workers are up to a second old."""
        await self._tally.flush()
        counts = await self._store.usage(tenant_id, window_s=window_s)
        names = ("hits_exact", "hits_semantic", "misses", "bypasses", "stored", "rejected", "wrong")
        saved = Saved(
            int(counts.get("saved_prompt_tokens", 0)),
            int(counts.get("saved_completion_tokens", 0)),
            counts.get("saved_cost_usd", 0.0),
        )
        numbers = {name: int(counts.get(name, 0)) for name in names}
        return Stats(**numbers, entries=await self._store.count(tenant_id), saved=saved)

    async def explain(self, one: RequestRef, other: RequestRef, watch: Stopwatch) -> Explanation:
        """Whether `other` would be served from an entry of `one`, and what each check says."""
        mine, theirs = await self._questions.read(one, watch), await self._questions.read(other, watch)
        same_partition = mine.keys.partition == theirs.keys.partition
        same_key = same_partition and mine.keys.exact == theirs.keys.exact
        similarity = 1.0 if same_key else await self._similarity(mine, theirs, watch)
        checks = (*self._eligibility(mine, theirs), *verdicts(theirs.request.query, mine.request.query))
        near = similarity >= self._min_similarity and all(check.veto is None for check in checks)
        bypass = theirs.bypass or mine.bypass
        hit = not bypass and (same_key or (same_partition and near))
        outcome = Outcome.BYPASS if bypass else Outcome.HIT if hit else Outcome.MISS
        bound = 0.0 if same_key else UNCALIBRATED_BOUND
        return Explanation(same_key, same_partition, similarity, checks, bound, outcome, bypass)

    async def _similarity(self, mine: Question, theirs: Question, watch: Stopwatch) -> float:
        if self._embedding is None:
            return 0.0
        one = await self._embedding.embed(mine.request.query, watch)
        other = await self._embedding.embed(theirs.request.query, watch)
        return float(one @ other)

    def _eligibility(self, *questions: Question) -> tuple[GuardVerdict, ...]:
        closed = {self._questions.exact_only(question) for question in questions}
        reasons = sorted(reason.value for reason in closed if reason is not None)
        return (GuardVerdict("eligibility", Veto.INELIGIBLE if reasons else None, ", ".join(reasons)),)
