"""What a store of entries must do, and the one switch that opens it by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cache_service.calibration import Evidence
from cache_service.requests import Keys
from cache_service.stores.payloads import PLAIN, Payloads
from cache_service.terms import NOTHING_SAVED, Answer, Policy, Saved, Source
from grpc_serving.errors import FailedPrecondition, Unavailable

Vector = NDArray[np.float32]

# Up to this many live vectors of a partition come back with the exact step and are compared at once.
SMALL_PARTITION = 64


class StoreUnusable(FailedPrecondition):
    """The store cannot be opened as it is set; the service must not start."""


class StoreDown(Unavailable):
    """The store did not do what it was asked to."""


@dataclass(frozen=True)
class Entry:
    """One stored answer to one request, with the request's keys."""

    entry_id: str
    tenant_id: str
    model_group: str
    api: str
    keys: Keys
    key_text: str
    stored_at: float
    expires_at: float
    saved: Saved = NOTHING_SAVED
    hits: int = 0
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class NewEntry:
    """An answer to be stored; `asked_at` is when its lookup missed, by the store's clock."""

    tenant_id: str
    model_group: str
    api: str
    keys: Keys
    key_text: str
    answer: Answer
    asked_at: float
    ttl_s: float
    saved: Saved = NOTHING_SAVED
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    vector: Vector | None = None


@dataclass(frozen=True)
class Candidates:
    """All live vectors of a small partition, row by row with the store's own numbers of their entries."""

    rows: tuple[int, ...]
    matrix: Vector


@dataclass(frozen=True)
class Found:
    """What the exact step saw: the entry, how many of its partition can be searched (counted to 65), their vectors."""

    entry: Entry | None
    live: int = 0
    candidates: Candidates | None = None


@dataclass(frozen=True)
class Neighbour:
    """A near entry; `reported` says that it was reported wrong for this very request."""

    entry: Entry
    similarity: float
    reported: bool


class TargetKind(Enum):
    """What an invalidation names."""

    ENTRY = "entry"
    TAG = "tag"
    SOURCE = "source"
    MODEL_GROUP = "model_group"
    NEIGHBOURHOOD = "neighbourhood"
    TENANT = "tenant"
    ALL = "all"


@dataclass(frozen=True)
class Target:
    """The entries to take out of service.

    Of a source those of every version but `keep_version`, if that is set. Of a neighbourhood those whose vector has at
    least this cosine to `vector`; entries without a vector, or of another embedder, are not of it. ALL is of every tenant.
    """

    kind: TargetKind
    value: str = ""
    keep_version: str = ""
    vector: Vector | None = None
    min_similarity: float = 1.0


@dataclass(frozen=True)
class Reported:
    """What a report of a wrong answer did: the entry is gone, or the pair of request and entry is remembered."""

    entry_removed: bool
    pair_remembered: bool


@dataclass(frozen=True)
class Listing:
    """Which entries of a tenant to list: newest first, those before `before`."""

    model_group: str = ""
    tag: str = ""
    contains: str = ""
    before: int = 0
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """Entries without answers, and where the next page begins; 0 after the last."""

    entries: tuple[Entry, ...]
    next_before: int


@dataclass(frozen=True)
class Usage:
    """Counts to be added: hits by entry, and by (tenant, name) what happened since the last time."""

    hits: Mapping[str, int]
    counts: Mapping[tuple[str, str], float]


class EntryStore(Protocol):
    """Keeps entries until they expire; never gives back one that has expired or was invalidated.

    Every method raises StoreDown when the store fails and Overloaded when too much waits for it.
    """

    def now(self) -> float:
        """The store's clock, in seconds since 1970."""
        ...

    async def exact(self, keys: Keys) -> Found:
        """The entry of these keys, or what the partition offers to a search; an entry reported wrong is gone."""
        ...

    async def nearest(
        self, keys: Keys, vector: Vector, *, count: int, among: Candidates | None
    ) -> tuple[Neighbour, ...]:
        """The nearest entries of the partition, nearest first; `among` spares reading its vectors again."""
        ...

    async def put(self, entry: NewEntry) -> Entry | None:
        """Stores an answer, beside those of other formats that are there; None when it was invalidated meanwhile."""
        ...

    async def report_wrong(self, tenant_id: str, entry_id: str, keys: Keys) -> Reported | None:
        """Never serves this entry for these keys again; None when the tenant has no such entry."""
        ...

    async def invalidate(self, tenant_id: str, target: Target, *, dry_run: bool) -> tuple[int, tuple[Entry, ...]]:
        """Takes entries out of service within half a second on every replica; how many, with up to 10 of them.

        What it costs to take effect does not depend on how many entries there are; deletion follows in `sweep`.
        """
        ...

    async def entry(self, tenant_id: str, entry_id: str) -> Entry | None:
        """One entry of a tenant with its answers."""
        ...

    async def listing(self, tenant_id: str, listing: Listing) -> Page:
        """One page of a tenant's entries."""
        ...

    async def count(self, tenant_id: str) -> int:
        """How many live entries a tenant has."""
        ...

    async def policy(self, namespace: str) -> Policy | None:
        """The stored policy of a namespace."""
        ...

    async def put_policy(self, policy: Policy, *, expected_etag: str) -> Policy | None:
        """Replaces a policy and gives it its new etag; None when the stored one has another etag than expected."""
        ...

    async def evidence(self, namespace: str, embedder: str) -> Evidence | None:
        """What was observed in a namespace with the vectors of one embedder; None for nothing yet."""
        ...

    async def add_evidence(self, namespace: str, embedder: str, evidence: Evidence) -> None:
        """Adds observations to those that are there; nothing that another process adds meanwhile is lost."""
        ...

    async def add_usage(self, usage: Usage) -> None:
        """Adds counts."""
        ...

    async def usage(self, tenant_id: str, *, window_s: float) -> Mapping[str, float]:
        """The counts of the last `window_s` seconds, whole minutes, by name."""
        ...

    async def sweep(self) -> int:
        """Deletes one small batch of what has expired or was invalidated; how many entries went."""
        ...

    async def close(self) -> None:
        """Lets go of the store."""
        ...


@dataclass(frozen=True)
class StoreOptions:
    """How the store is opened; what begins with `redis` is for the stores on Redis alone."""

    data_dir: Path
    max_entries: int = 100_000
    max_waiting: int = 256
    busy_timeout_ms: int = 2000
    max_index_rows: int = 100_000
    payloads: Payloads = PLAIN
    index: str = "exact"
    index_from: int = 50_000
    redis_url: str = ""
    redis_password_file: Path | None = None
    redis_tls_ca_file: Path | None = None
    redis_tls_cert_file: Path | None = None
    redis_tls_key_file: Path | None = None
    redis_timeout_s: float = 1.0


async def open_store(name: str, options: StoreOptions) -> EntryStore:
    """The store of this name, ready for use; StoreUnusable when there is none or it cannot be opened."""
    if name == "sqlite":
        from cache_service.stores.sqlite import SqliteStore  # noqa: PLC0415

        return await SqliteStore.open(options)
    if name == "redis_vectorset":
        from cache_service.stores.redis_vectorset import RedisVectorsetStore  # noqa: PLC0415

        return await RedisVectorsetStore.open(options)
    if name == "redis_local":
        from cache_service.stores.redis_local import RedisLocalStore  # noqa: PLC0415

        return await RedisLocalStore.open(options)
    if name == "redis_search":
        from cache_service.stores.redis_search import RedisSearchStore  # noqa: PLC0415

        return await RedisSearchStore.open(options)
    raise StoreUnusable(f"store {name} is unknown; there are: sqlite, redis_vectorset, redis_local, redis_search")


__all__ = [
    "Candidates", "Entry", "EntryStore", "Found", "Listing", "Neighbour", "NewEntry", "Page", "Reported", "Sequence", "StoreDown",
    "StoreOptions", "StoreUnusable", "Target", "TargetKind", "Usage", "Vector", "open_store",
]  # fmt: skip
