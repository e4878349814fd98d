"""Learns which hits are right: from live answers that are compared with entries near their request, and from verdicts."""

from collections import OrderedDict
from dataclasses import dataclass

from prometheus_client import Counter

from cache_service.agreement import Agreement, compare, read_text
from cache_service.calibration import Support
from cache_service.parts import Parts
from cache_service.pools import pool_namespace
from cache_service.requests import Keys
from cache_service.responses import answer_text
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Neighbour, Vector
from cache_service.terms import Answer
from cache_service.tokens import Candidate, LookupToken
from grpc_serving.errors import ServingError

COMPARED = Counter("pith_cache_compared", "Live answers compared with an entry near their request.", ["agreement"])

NEIGHBOURS = 4
# A pair of request and entry is counted once; so many pairs are remembered.
MAX_PAIRS = 10_000


@dataclass(frozen=True)
class Asked:
    """A request that a verdict is about."""

    keys: Keys
    text: str
    semantic: bool
    pool: str
    namespace: str


@dataclass(frozen=True)
class Compared:
    """How many entries were compared with a live answer, and how many of them had another."""

    compared: int = 0
    differed: int = 0


def namespace_of(token: LookupToken) -> str:
    """Where what is learnt with a token belongs."""
    return pool_namespace(token.pool) if token.pool else token.scope.tenant_id


class Learning:
    """Turns answers and verdicts into evidence, and wrong pairs into memory."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._calibrations = parts.calibrations
        self._candidates = parts.candidates
        self._embedding = parts.embedding
        self._tally = parts.tally
        self._pairs: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def compare(self, token: LookupToken, answer: Answer) -> Compared:
        """Compares a live answer with the entries that were near its request; what fails teaches nothing."""
        live = read_text(answer_text(answer))
        outcomes = []
        for candidate in token.candidates:
            try:
                entry = await self._store.entry(token.scope.tenant_id, candidate.entry_id)
                if entry is None or entry.keys.partition != token.keys.partition:
                    continue
                agreement = compare(live, self._candidates.text_of(entry))
                await self._learn(token, candidate, agreement, same_request=entry.keys == token.keys)
            except ServingError:
                continue
            COMPARED.labels(agreement.value).inc()
            outcomes.append(agreement)
        decided = [agreement for agreement in outcomes if agreement is not Agreement.UNSURE]
        return Compared(len(decided), decided.count(Agreement.DIFFERENT))

    async def heard(self, entry_id: str, asked: Asked, *, wrong: bool) -> bool:
        """Counts a verdict on a semantic hit; False when it is known already, or no lookup would find this pair."""
        vector = await self._vector(asked)
        if vector is None:
            return False
        neighbours = await self._store.nearest(asked.keys, vector, count=NEIGHBOURS, among=None)
        near = next((near for near in neighbours if near.entry.entry_id == entry_id), None)
        if near is None or near.reported or near.entry.keys == asked.keys:
            return False
        return self._count(near, neighbours, asked=asked, wrong=wrong)

    def _count(self, near: Neighbour, neighbours: tuple[Neighbour, ...], *, asked: Asked, wrong: bool) -> bool:
        if not self._is_new(near.entry.entry_id, asked.keys):
            return False
        support = self._candidates.support_of(asked.text, near, neighbours)
        return self._calibrations.learn(asked.namespace, near.similarity, support, wrong=wrong)

    async def _learn(
        self, token: LookupToken, candidate: Candidate, agreement: Agreement, *, same_request: bool
    ) -> None:
        if agreement is Agreement.UNSURE or not self._is_new(candidate.entry_id, token.keys):
            return
        wrong = agreement is Agreement.DIFFERENT
        tenant_id = token.scope.tenant_id
        self._calibrations.learn(namespace_of(token), candidate.similarity, Support(candidate.support), wrong=wrong)
        if candidate.sampled:
            self._tally.count(tenant_id, "checked")
            self._tally.count(tenant_id, "checked_wrong", float(wrong))
        if wrong and not same_request:
            await self._store.report_wrong(tenant_id, candidate.entry_id, token.keys)

    def _is_new(self, entry_id: str, keys: Keys) -> bool:
        pair = (entry_id, keys.exact)
        if pair in self._pairs:
            return False
        self._pairs[pair] = None
        while len(self._pairs) > MAX_PAIRS:
            self._pairs.popitem(last=False)
        return True

    async def _vector(self, asked: Asked) -> Vector | None:
        if self._embedding is None or not asked.semantic:
            return None
        return await self._embedding.embed(asked.text, Stopwatch())
