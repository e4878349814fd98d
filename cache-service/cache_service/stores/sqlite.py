"""The embedded store: one SQLite file in WAL mode, which several processes of one machine share."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Self

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import (
    Candidates,
    Entry,
    Found,
    Listing,
    Neighbour,
    NewEntry,
    Page,
    StoreOptions,
    Target,
    Usage,
    Vector,
)
from cache_service.stores import sqlite_reading as reading
from cache_service.stores import sqlite_writing as writing
from cache_service.stores.sqlite_lane import Lane
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_vectors import VectorIndex, rank
from cache_service.terms import Mode, Policy, ScopeWidth

# More rows than asked for are ranked, since some of them may have expired or been invalidated.
RANKED = 16


class SqliteStore:
    """Three lanes: reads, searches in large partitions, writes. WAL lets reads go on beside a write."""

    def __init__(self, options: StoreOptions, lanes: tuple[Lane, Lane, Lane], *, clock: Callable[[], float]) -> None:
        self._options = options
        self._read, self._search, self._write = lanes
        self._index = VectorIndex(self._search.connection, options.max_index_rows)
        self._clock = clock

    @classmethod
    async def open(cls, options: StoreOptions, *, clock: Callable[[], float] = time.time) -> Self:
        """Opens the file and makes it where it is missing; StoreUnusable when it cannot be used."""
        path = await asyncio.to_thread(prepare, options.data_dir, busy_timeout_ms=options.busy_timeout_ms)
        read, search, write = (
            Lane(name, connect(path, busy_timeout_ms=options.busy_timeout_ms), max_waiting=options.max_waiting)
            for name in ("read", "search", "write")
        )
        return cls(options, (read, search, write), clock=clock)

    def now(self) -> float:
        """The machine's clock, which the processes that share the file also share."""
        return self._clock()

    async def exact(self, keys: Keys) -> Found:
        """See EntryStore."""
        return await self._read.read(lambda: reading.find_exact(self._read.connection, keys, now=self.now()))

    async def nearest(
        self, keys: Keys, vector: Vector, *, count: int, among: Candidates | None
    ) -> tuple[Neighbour, ...]:
        """See EntryStore."""
        lane = self._search if among is None else self._read

        def find() -> tuple[Neighbour, ...]:
            wanted = max(count, RANKED)
            if among is None:
                ranked = self._index.search(keys.partition, vector, count=wanted)
            else:
                ranked = rank(np.array(among.rows, np.int64), among.matrix, vector, count=wanted)
            return reading.neighbours(lane.connection, keys, ranked, count=count, now=self.now())

        return await lane.read(find)

    async def put(self, entry: NewEntry) -> Entry | None:
        """See EntryStore."""
        limit = self._options.max_entries
        return await self._write.run(
            lambda: writing.put_entry(self._write.connection, entry, now=self.now(), max_entries=limit)
        )

    async def report_wrong(self, tenant_id: str, entry_id: str, keys: Keys) -> bool:
        """See EntryStore."""
        return await self._write.run(lambda: writing.report_wrong(self._write.connection, tenant_id, entry_id, keys))

    async def invalidate(self, tenant_id: str, target: Target, *, dry_run: bool) -> tuple[int, tuple[Entry, ...]]:
        """See EntryStore."""
        connection = self._write.connection
        return await self._write.run(
            lambda: writing.invalidate(connection, tenant_id, target, now=self.now(), dry_run=dry_run)
        )

    async def entry(self, tenant_id: str, entry_id: str) -> Entry | None:
        """See EntryStore."""
        return await self._read.read(
            lambda: reading.find_entry(self._read.connection, tenant_id, entry_id, now=self.now())
        )

    async def listing(self, tenant_id: str, listing: Listing) -> Page:
        """See EntryStore."""
        return await self._read.read(
            lambda: reading.list_entries(self._read.connection, tenant_id, listing, now=self.now())
        )

    async def count(self, tenant_id: str) -> int:
        """See EntryStore."""
        return await self._read.read(lambda: reading.count_entries(self._read.connection, tenant_id, now=self.now()))

    async def policy(self, namespace: str) -> Policy | None:
        """See EntryStore."""
        query = "SELECT scope_width, ttl_s, modes, max_temperature, etag FROM policies WHERE namespace = ?"
        row = await self._read.read(lambda: self._read.connection.execute(query, (namespace,)).fetchone())
        if row is None:
            return None
        width, ttl_s, modes, max_temperature, etag = row
        known = tuple(Mode(mode) for mode in modes.split(",") if mode)
        return Policy(namespace, ScopeWidth(width), ttl_s, known, max_temperature, etag)

    async def put_policy(self, policy: Policy, *, expected_etag: str) -> Policy | None:
        """See EntryStore."""
        new = replace(policy, etag=token_hex(8))
        connection = self._write.connection
        done = await self._write.run(lambda: writing.put_policy(connection, new, expected_etag=expected_etag))
        return new if done else None

    async def add_usage(self, usage: Usage) -> None:
        """See EntryStore."""
        await self._write.run(lambda: writing.add_usage(self._write.connection, usage, now=self.now()))

    async def usage(self, tenant_id: str, *, window_s: float) -> Mapping[str, float]:
        """See EntryStore."""
        query = "SELECT name, SUM(value) FROM counts WHERE tenant_id = ? AND minute >= ? GROUP BY name"
        since = int((self.now() - window_s) // 60)
        return dict(await self._read.read(lambda: self._read.connection.execute(query, (tenant_id, since)).fetchall()))

    async def sweep(self) -> int:
        """See EntryStore."""
        return await self._write.run(lambda: writing.sweep(self._write.connection, now=self.now()))

    async def close(self) -> None:
        """See EntryStore."""
        for lane in (self._read, self._search, self._write):
            await lane.close()
