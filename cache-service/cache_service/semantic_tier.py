"""The semantic tier of a lookup: embeds the question, reads the nearest entries, and chooses under the error budget."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from cache_service import collision
from cache_service.calibration import FLOOR, Support
from cache_service.candidates import Candidate, Choice, Ruling, budget_for
from cache_service.guards import first_veto
from cache_service.lookups import Lookup, NearMiss
from cache_service.parts import Parts
from cache_service.questions import Question
from cache_service.responses import serves
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry, Found, Neighbour, Vector
from cache_service.terms import Veto

FOREIGN = Counter(
    "pith_cache_foreign_records", "Records that a store returned and that were not of the partition asked for."
)
COLLISIONS = Counter("pith_cache_collisions", "Near entries that looked like a collision of vectors.")

NEIGHBOURS = 4
# Entries farther away than this are not worth telling.
NEAR = FLOOR

log = structlog.get_logger("cache_service.semantic_tier")


@dataclass
class Search:
    """One lookup on its way through the tiers, with what it has learnt so far."""

    lookup: Lookup
    question: Question
    watch: Stopwatch
    semantic: bool | None = None
    vector: Vector | None = None
    ruling: Ruling | None = None
    candidate: Candidate | None = None
    near_misses: tuple[NearMiss, ...] = ()
    flight_id: str = ""
    sampled: bool = False

    @property
    def query(self) -> str:
        """The text that is compared."""
        return self.question.request.query

    @property
    def namespace(self) -> str:
        """Whose evidence counts."""
        return self.question.namespace

    @property
    def budget(self) -> float:
        """Wrong hits per hit that policy and request allow."""
        asked = self.lookup.max_wrong_hit_rate
        allowed = self.question.policy.max_wrong_hit_rate
        return allowed if asked is None else min(allowed, asked)

    def takes(self, entry: Entry) -> bool:
        """Whether the record is what was asked for: its partition is checked again, whatever the store filtered by."""
        ref = self.question.ref
        partition = self.question.keys.partition
        if (entry.keys.partition, entry.model_group, entry.api) != (partition, ref.model_group, ref.api.value):
            FOREIGN.inc()
            return False
        formats = (answer.format for answer in entry.answers)
        return serves(ref.api, formats, stream=self.lookup.stream)


class SemanticTier:
    """Finds the entry that may answer a request in other words."""

    def __init__(self, parts: Parts, *, min_similarity: float) -> None:
        self._store = parts.store
        self._embedding = parts.embedding
        self._calibrations = parts.calibrations
        self._candidates = parts.candidates
        self._min_similarity = min_similarity

    async def choose(self, search: Search, found: Found) -> Candidate | None:
        """The candidate; the entries that were refused before it are noted in the search."""
        vector = await self.embed(search)
        if vector is None:
            return None
        ruling = await self.rule(search)
        with search.watch.stage("nearest"):
            neighbours = await self._store.nearest(
                search.question.keys, vector, count=NEIGHBOURS, among=found.candidates
            )
        with search.watch.stage("guards"):
            choice = self._candidates.choose(search.query, self._usable(search, neighbours), ruling)
        return self._noted(search, choice)

    async def embed(self, search: Search) -> Vector | None:
        """The vector of the question, made once; None without an embedder."""
        if search.vector is None and self._embedding is not None:
            search.vector = await self._embedding.embed(search.query, search.watch)
        return search.vector

    async def rule(self, search: Search) -> Ruling:
        """What is in force for the lookup."""
        if search.ruling is None:
            calibration = await self._calibrations.get(search.namespace)
            floor = max(self._min_similarity, search.lookup.min_similarity or -1.0)
            search.ruling = Ruling(calibration, search.budget, floor)
        return search.ruling

    def same(self, search: Search, text: str, vector: Vector) -> bool:
        """Whether the answer to another text, which is on its way, may serve this request."""
        if search.vector is None or search.ruling is None:
            return False
        similarity = float(search.vector @ vector)
        ruling = search.ruling
        return (
            similarity >= ruling.min_similarity
            and ruling.calibration.bound(similarity, Support.ALONE) <= budget_for(search.query, ruling.budget)
            and collision.difference(search.query, text, similarity) is None
            and first_veto(search.query, text) is None
        )

    def _usable(self, search: Search, neighbours: Sequence[Neighbour]) -> list[tuple[Neighbour, Veto | None]]:
        limit_s = search.question.wishes.max_age_s
        now = self._store.now()
        old = {
            near.entry.entry_id for near in neighbours if limit_s is not None and now - near.entry.stored_at > limit_s
        }
        return [
            (near, Veto.AGE if near.entry.entry_id in old else None) for near in neighbours if search.takes(near.entry)
        ]

    def _noted(self, search: Search, choice: Choice) -> Candidate | None:
        search.candidate = choice.candidate
        search.near_misses = choice.refused
        for near in choice.refused:
            if near.veto is Veto.COLLISION:
                COLLISIONS.inc()
                log.warning("collision", entry_id=near.entry_id, similarity=round(near.similarity, 4))
        if choice.candidate is not None:
            near_entry = choice.candidate.near
            self._calibrations.see(search.namespace, near_entry.similarity, choice.candidate.support)
            if choice.candidate.veto is not None:
                miss = NearMiss(near_entry.entry.entry_id, near_entry.similarity, choice.candidate.veto)
                search.near_misses = (*choice.refused, miss)
        return choice.candidate
