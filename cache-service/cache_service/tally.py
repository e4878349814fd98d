"""Counts what happens by tenant and entry, and writes it to the store once a second."""

from collections import Counter

from cache_service.stores import EntryStore, Usage
from cache_service.terms import Saved
from grpc_serving.errors import ServingError

# Beyond this many different counts since the last write, new ones are dropped rather than kept without bound.
MAX_COUNTS = 50_000


class Tally:
    """What has been counted since the last write."""

    def __init__(self, store: EntryStore) -> None:
        self._store = store
        self._hits: Counter[str] = Counter()
        self._counts: dict[tuple[str, str], float] = {}

    def count(self, tenant_id: str, name: str, amount: float = 1) -> None:
        """Adds to one of a tenant's counts."""
        key = (tenant_id, name)
        if amount and (key in self._counts or len(self._counts) < MAX_COUNTS):
            self._counts[key] = self._counts.get(key, 0.0) + amount

    def hit(self, tenant_id: str, entry_id: str, saved: Saved) -> None:
        """Counts a hit on an entry and what it saved."""
        if entry_id in self._hits or len(self._hits) < MAX_COUNTS:
            self._hits[entry_id] += 1
        self.count(tenant_id, "saved_prompt_tokens", saved.prompt_tokens)
        self.count(tenant_id, "saved_completion_tokens", saved.completion_tokens)
        self.count(tenant_id, "saved_cost_usd", saved.cost_usd)

    async def flush(self) -> None:
        """Writes the counts; they are kept for the next time when the store fails."""
        if not self._hits and not self._counts:
            return
        usage = Usage(self._hits, self._counts)
        self._hits, self._counts = Counter(), {}
        try:
            await self._store.add_usage(usage)
        except ServingError:
            self._hits.update(usage.hits)
            for (tenant_id, name), amount in usage.counts.items():
                self.count(tenant_id, name, amount)
