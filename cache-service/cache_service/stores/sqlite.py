"""The embedded store: one SQLite file in WAL mode, which several processes of one machine share."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex
from typing import Self

import numpy as np
import structlog

from cache_service.calibration import Evidence
from cache_service.requests import Keys
from cache_service.stores import (
    Candidates,
    Entry,
    Found,
    Listing,
    Neighbour,
    NewEntry,
    Page,
    Reported,
    StoreDown,
    StoreOptions,
    StoreUnusable,
    Target,
    TargetKind,
    Usage,
    Vector,
)
from cache_service.stores import sqlite_invalidating as invalidating
from cache_service.stores import sqlite_reading as reading
from cache_service.stores import sqlite_writing as writing
from cache_service.stores.sqlite_lane import Inline, Lane
from cache_service.stores.sqlite_scanning import Sweeper, count_matching
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_session import Session, StoreClock
from cache_service.stores.sqlite_vectors import VectorIndex, rank
from cache_service.stores.vector_index import Builder
from cache_service.terms import Policy

# More rows than asked for are ranked, since some may have expired or been invalidated; where too many have, more are.
RANKED = (16, 128, 1024)
# How long the event loop's thread may wait for a file that is being recovered.
INLINE_BUSY_MS = 20
INLINE_CACHE_KIB = 16_000

log = structlog.get_logger("cache_service.stores.sqlite")


@dataclass(frozen=True)
class Lanes:
    """Lookups' short reads in the event loop; threads for other reads, large searches, going through the file, writes."""

    inline: Inline
    read: Lane
    search: Lane
    scan: Lane
    write: Lane


class SqliteStore:
    """WAL lets reads go on beside a write; no lane waits for another."""

    def __init__(self, options: StoreOptions, lanes: Lanes, clock: StoreClock) -> None:
        self._options = options
        self._lanes = lanes
        self._builder = _builder(options)
        self._index = VectorIndex(lanes.search.session, options.max_index_rows, self._builder, options.index_from)
        self._sweeper = Sweeper(lanes.scan, lanes.write)
        self._clock = clock
        self.warming: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, options: StoreOptions, *, clock: Callable[[], float] = time.time) -> Self:
        """Opens the file and makes it where it is missing; StoreUnusable when it cannot be used."""
        busy_timeout_ms, payloads = options.busy_timeout_ms, options.payloads
        path = await asyncio.to_thread(prepare, options.data_dir, busy_timeout_ms=busy_timeout_ms, payloads=payloads)
        of_store = StoreClock(clock)

        def lane(name: str) -> Lane:
            session = Session(connect(path, busy_timeout_ms=busy_timeout_ms), payloads, of_store)
            return Lane(name, session, max_waiting=options.max_waiting)

        at_once = connect(path, busy_timeout_ms=min(busy_timeout_ms, INLINE_BUSY_MS), cache_kib=INLINE_CACHE_KIB)
        inline = Inline(Session(at_once, payloads, of_store))
        lanes = Lanes(inline, lane("read"), lane("search"), lane("scan"), lane("write"))
        await lanes.read.read(lambda: None)  # the file's clock is known before anything is decided by it
        store = cls(options, lanes, of_store)
        store.warming = asyncio.create_task(store._warm(), name="sqlite-warm")
        return store

    async def _warm(self) -> None:
        """Reads large partitions into memory, and begins to build their indexes where these are set."""
        try:
            await self._lanes.search.read(self._index.warm)
        except StoreDown as error:
            log.warning("large partitions are read with their first search", reason=str(error))

    def now(self) -> float:
        """The machine's clock, or a later time that the file has seen; all processes of the file follow the latest."""
        return self._clock.now()

    async def exact(self, keys: Keys) -> Found:
        """See EntryStore."""
        lane = self._lanes.inline
        return lane.read(partial(reading.find_exact, lane.session, keys))

    async def nearest(
        self, keys: Keys, vector: Vector, *, count: int, among: Candidates | None
    ) -> tuple[Neighbour, ...]:
        """See EntryStore."""
        if among is None:
            search = partial(self._index.search, keys.partition, vector)
            return await self._lanes.search.read(
                partial(_found, self._lanes.search.session, search, keys=keys, count=count)
            )
        ranking = partial(rank, np.array(among.rows, np.int64), among.matrix, vector)
        return self._lanes.inline.read(partial(_found, self._lanes.inline.session, ranking, keys=keys, count=count))

    async def put(self, entry: NewEntry) -> Entry | None:
        """See EntryStore."""
        lane, limit = self._lanes.write, self._options.max_entries
        return await lane.run(partial(writing.put_entry, lane.session, entry, max_entries=limit))

    async def report_wrong(self, tenant_id: str, entry_id: str, keys: Keys) -> Reported | None:
        """See EntryStore."""
        lane = self._lanes.write
        return await lane.run(partial(writing.report_wrong, lane.session, tenant_id, entry_id, keys))

    async def invalidate(self, tenant_id: str, target: Target, *, dry_run: bool) -> tuple[int, tuple[Entry, ...]]:
        """See EntryStore."""
        lane = self._lanes.write
        if target.kind is TargetKind.ENTRY:
            found = await self.entry(tenant_id, target.value)
            if found is not None and not dry_run:
                await lane.run(partial(invalidating.delete_entry, lane.session, tenant_id, target.value))
            return (0, ()) if found is None else (1, (replace(found, answers=()),))
        marks = None
        if not dry_run:
            marks = await lane.run(partial(invalidating.add_mark, lane.session, tenant_id, target))
        return await count_matching(self._lanes.scan, target, tenant_id=tenant_id, marks=marks)

    async def entry(self, tenant_id: str, entry_id: str) -> Entry | None:
        """See EntryStore."""
        lane = self._lanes.read
        return await lane.read(partial(reading.find_entry, lane.session, tenant_id, entry_id))

    async def listing(self, tenant_id: str, listing: Listing) -> Page:
        """See EntryStore."""
        lane = self._lanes.scan
        return await lane.read(partial(reading.list_entries, lane.session, tenant_id, listing))

    async def count(self, tenant_id: str) -> int:
        """See EntryStore."""
        lane, everything = self._lanes.scan, Target(TargetKind.TENANT)
        count = await lane.read(partial(reading.count_untouched, lane.session, tenant_id))
        if count is not None:
            return count
        return (await count_matching(lane, everything, tenant_id=tenant_id, marks=None))[0]

    async def policy(self, namespace: str) -> Policy | None:
        """See EntryStore."""
        lane = self._lanes.read
        return await lane.read(partial(reading.find_policy, lane.session, namespace))

    async def put_policy(self, policy: Policy, *, expected_etag: str) -> Policy | None:
        """See EntryStore."""
        new, lane = replace(policy, etag=token_hex(8)), self._lanes.write
        done = await lane.run(partial(writing.put_policy, lane.session, new, expected_etag=expected_etag))
        return new if done else None

    async def evidence(self, namespace: str, embedder: str) -> Evidence | None:
        """See EntryStore."""
        lane = self._lanes.read
        return await lane.read(partial(reading.find_evidence, lane.session, namespace, embedder))

    async def add_evidence(self, namespace: str, embedder: str, evidence: Evidence) -> None:
        """See EntryStore."""
        lane = self._lanes.write
        await lane.run(partial(writing.add_evidence, lane.session, namespace, embedder, evidence))

    async def add_usage(self, usage: Usage) -> None:
        """See EntryStore."""
        lane = self._lanes.write
        await lane.run(partial(writing.add_usage, lane.session, usage))

    async def usage(self, tenant_id: str, *, window_s: float) -> Mapping[str, float]:
        """See EntryStore."""
        query = "SELECT name, SUM(value) FROM counts WHERE tenant_id = ? AND minute >= ? GROUP BY name"
        lane, since = self._lanes.read, int((self.now() - window_s) // 60)
        return dict(await lane.read(lambda: lane.session.connection.execute(query, (tenant_id, since)).fetchall()))

    async def sweep(self) -> int:
        """See EntryStore."""
        return await self._sweeper.sweep()

    async def close(self) -> None:
        """See EntryStore."""
        lanes = self._lanes
        if self.warming is not None and not self.warming.done():
            lanes.search.session.connection.interrupt()
            await asyncio.gather(self.warming, return_exceptions=True)
        for lane in (lanes.inline, lanes.read, lanes.search, lanes.scan, lanes.write):
            await lane.close()
        if self._builder is not None:
            await asyncio.to_thread(self._builder.close)


def _found(
    session: Session, search: Callable[..., list[tuple[int, float]]], *, keys: Keys, count: int
) -> tuple[Neighbour, ...]:
    found: tuple[Neighbour, ...] = ()
    for wanted in RANKED:
        ranked = search(count=max(wanted, count))
        found = reading.neighbours(session, keys, ranked, count=count)
        if len(found) == count or len(ranked) < wanted:
            break
    return found


def _builder(options: StoreOptions) -> Builder | None:
    if options.index not in ("exact", "usearch"):
        raise StoreUnusable(f"index {options.index} is unknown; there are: exact, usearch")
    return Builder() if options.index == "usearch" else None
