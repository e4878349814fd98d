"""The store on Redis: one layout of entries for all ways of finding neighbours.

An entry is a hash under its request's keys, with a time to live of its own. What a lookup needs comes in one round
trip for the exact step and one for the nearest; every step that changes an entry is one script.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

import numpy as np

from cache_service.calibration import Evidence
from cache_service.requests import Keys
from cache_service.stores import (
    SMALL_PARTITION,
    Candidates,
    Entry,
    Found,
    Listing,
    Neighbour,
    NewEntry,
    Page,
    Reported,
    StoreOptions,
    Target,
    TargetKind,
    Usage,
    Vector,
)
from cache_service.stores import redis_keys as names
from cache_service.stores.payloads import PayloadLost
from cache_service.stores.redis_client import RedisClient, Word, connect, run_script
from cache_service.stores.redis_clock import ServerClock, server_time
from cache_service.stores.redis_entries import Entries, PutIndex
from cache_service.stores.redis_ledger import Ledger
from cache_service.stores.redis_marks import Marks
from cache_service.stores.redis_records import Record, pairs, read, read_vector
from cache_service.stores.redis_scripts import EXACT, FETCH, REMEMBER_WRONG
from cache_service.stores.redis_sweeping import Sweeping
from cache_service.stores.watermarks import Mark
from cache_service.terms import Policy
from grpc_serving.errors import InvalidArgument, ServingError

# Of what an index finds, some may be dead: more is asked for only where the first were not enough.
RANKED = (16, SMALL_PARTITION)
# An index orders roughly; so many more than wanted are read, and ordered by their exact cosines.
SPARE = 2
# Entries remembered as wrong for one request, and for how long after the last report.
MAX_WRONG_ENTRIES = 1000
WRONG_KEPT_S = 365 * 86400


class Index(PutIndex, Protocol):
    """One way of finding neighbours in a large partition."""

    async def search(self, keys: Keys, vector: Vector, *, now: float, most: int, ranked: int) -> list[Any]:
        """The nearest live entries as `FETCH` replies them."""
        ...

    async def close(self) -> None:
        """Lets go of what it keeps."""
        ...


class RedisStore:
    """See EntryStore; a subclass says how neighbours are found."""

    def __init__(self, client: RedisClient, options: StoreOptions, *, clock: ServerClock, index: Index) -> None:
        self.client = client
        self._payloads = options.payloads
        self._clock = clock
        self._index = index
        self._marks = Marks(client, options.payloads)
        self._entries = Entries(client, options, marks=self._marks, index=index)
        self._sweeping = Sweeping(client, self._entries, marks=self._marks)
        self._ledger = Ledger(client)

    @classmethod
    async def make_index(cls, client: RedisClient, options: StoreOptions) -> Index:
        """The index of this store; StoreUnusable where the server cannot carry it."""
        raise NotImplementedError

    @classmethod
    async def open(
        cls,
        options: StoreOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        server: Callable[[], Awaitable[float]] | None = None,
    ) -> Self:
        """Connects; StoreUnusable when the server cannot be used. `server` tells its time, which `clock` carries on."""
        client = await connect(options)

        async def told() -> float:
            return await server_time(client)

        of_server = ServerClock(client, local=clock, server=server or told)
        try:
            await of_server.measure()
            return cls(client, options, clock=of_server, index=await cls.make_index(client, options))
        except ServingError:
            await client.close()
            raise

    def now(self) -> float:
        """The server's clock, which all replicas follow."""
        return self._clock.now()

    async def exact(self, keys: Keys) -> Found:
        """See EntryStore."""
        reply = await self._exact_reply(keys, skip=False)
        if reply[0] == 1:
            record = read(pairs(reply[1]), keys, self._payloads)
            if record is not None and record.entry.expires_at > self.now() and not self._is_touched(record):
                return Found(record.entry)
            reply = await self._exact_reply(keys, skip=True)
        return self._offered(keys, reply)

    async def _exact_reply(self, keys: Keys, *, skip: bool) -> Any:
        partition = keys.partition
        asked = run_script(
            EXACT,
            [names.entry(keys), names.of_partition("p", partition)],
            [repr(self.now()), SMALL_PARTITION, names.entry_prefix(partition), int(skip)],
        )
        if self._clock.is_due:
            await self._clock.measure()
        if self._marks.is_fresh:
            return await self.client.run(asked)
        marks, sent_at = self._marks.fresh_command(), time.monotonic()
        new, reply = await self.client.several([marks, asked])
        self._marks.take(marks, new, sent_at=sent_at)
        return reply

    def _offered(self, keys: Keys, reply: Any) -> Found:
        """What the exact step replied without an entry; vectors that cannot be opened are not counted."""
        if len(reply) < 3:
            return Found(None, reply[1])
        rows, vectors = [], []
        for exact, entry_id, tenant_id, packed in reply[2]:
            own = Keys(keys.partition, bytes.fromhex(exact.decode()))
            try:
                vector = read_vector(packed, tenant_id.decode(), entry_id.decode(), keys=own, payloads=self._payloads)
            except PayloadLost:
                continue
            rows.append(int.from_bytes(own.exact, "big"))
            vectors.append(vector)
        if not rows:
            return Found(None, 0)
        return Found(None, len(rows), Candidates(tuple(rows), np.stack(vectors)))

    async def nearest(
        self, keys: Keys, vector: Vector, *, count: int, among: Candidates | None
    ) -> tuple[Neighbour, ...]:
        """See EntryStore."""
        if not np.isfinite(vector).all():
            raise InvalidArgument("vector", "holds a value that is no finite number")
        if not self._marks.is_fresh:
            await self._marks.refresh()
        found: list[Neighbour] = []
        for ranked, most in ((RANKED[0], count + SPARE), (RANKED[1], RANKED[1])):
            if among is None:
                replies = await self._index.search(keys, vector, now=self.now(), most=most, ranked=ranked)
            else:
                replies = await self._fetched(keys, vector, most=most, among=among)
            found = self._neighbours(keys, vector, replies)
            if len(found) >= count or len(replies) < most:
                break
        return tuple(found[:count])

    async def _fetched(self, keys: Keys, vector: Vector, *, most: int, among: Candidates) -> list[Any]:
        order = np.argsort(-(among.matrix @ vector), kind="stable")
        width = len(keys.exact)
        nearest = [among.rows[place].to_bytes(width, "big").hex() for place in order]
        arguments: list[Word] = [
            repr(self.now()), names.entry_prefix(keys.partition), most, *nearest
        ]  # fmt: skip
        found: list[Any] = await self.client.script(FETCH, [names.wrong_for(keys)], arguments)
        return found

    def _neighbours(self, keys: Keys, vector: Vector, replies: Sequence[Any]) -> list[Neighbour]:
        """What may be served of the replies, by the cosine of the vectors that are kept."""
        found = []
        for exact, wrong, fields in replies:
            own = Keys(keys.partition, bytes.fromhex(exact.decode()))
            record = read(pairs(fields), own, self._payloads)
            if record is None or record.vector is None or self._is_touched(record):
                continue
            if record.vector.shape == vector.shape and record.entry.expires_at > self.now():
                found.append(Neighbour(record.entry, float(record.vector @ vector), bool(wrong)))
        return sorted(found, key=lambda near: -near.similarity)

    def _is_touched(self, record: Record) -> bool:
        return self._marks.current.touch(record.entry, since=record.asked_at, vector=record.vector)

    async def put(self, entry: NewEntry) -> Entry | None:
        """See EntryStore."""
        if entry.vector is not None and not np.isfinite(entry.vector).all():
            raise InvalidArgument("vector", "holds a value that is no finite number")
        return await self._entries.put(entry, now=self.now())

    async def report_wrong(self, tenant_id: str, entry_id: str, keys: Keys) -> Reported | None:
        """See EntryStore."""
        entry = await self.entry(tenant_id, entry_id)
        if entry is None:
            return None
        if entry.keys == keys:
            await self._entries.delete([(entry_id, tenant_id)])
            return Reported(entry_removed=True, pair_remembered=False)
        if entry.keys.partition != keys.partition:
            return Reported(entry_removed=False, pair_remembered=False)
        arguments: list[Word] = [entry.keys.exact.hex(), MAX_WRONG_ENTRIES, WRONG_KEPT_S]
        await self.client.script(REMEMBER_WRONG, [names.wrong_for(keys)], arguments)
        return Reported(entry_removed=False, pair_remembered=True)

    async def invalidate(self, tenant_id: str, target: Target, *, dry_run: bool) -> tuple[int, tuple[Entry, ...]]:
        """See EntryStore."""
        if target.kind is TargetKind.ENTRY:
            found = await self.entry(tenant_id, target.value)
            if found is not None and not dry_run:
                await self._entries.delete([(target.value, tenant_id)])
            return (0, ()) if found is None else (1, (replace(found, answers=()),))
        await self._marks.refresh()
        before = self._marks.current
        if not dry_run:
            await self._marks.add(Mark(tenant_id, target, self.now()))
        return await self._sweeping.matching(tenant_id, target, marks=before, now=self.now())

    async def entry(self, tenant_id: str, entry_id: str) -> Entry | None:
        """See EntryStore."""
        await self._marks.refresh()
        record = await self._entries.record(entry_id, whole=True)
        if record is None or record.entry.tenant_id != tenant_id or record.entry.expires_at <= self.now():
            return None
        return None if self._is_touched(record) else record.entry

    async def listing(self, tenant_id: str, listing: Listing) -> Page:
        """See EntryStore."""
        await self._marks.refresh()
        return await self._sweeping.page(tenant_id, listing, now=self.now())

    async def count(self, tenant_id: str) -> int:
        """See EntryStore."""
        await self._marks.refresh()
        return await self._sweeping.count(tenant_id, now=self.now())

    async def policy(self, namespace: str) -> Policy | None:
        """See EntryStore."""
        return await self._ledger.policy(namespace)

    async def put_policy(self, policy: Policy, *, expected_etag: str) -> Policy | None:
        """See EntryStore."""
        return await self._ledger.put_policy(policy, expected_etag=expected_etag)

    async def evidence(self, namespace: str, embedder: str) -> Evidence | None:
        """See EntryStore."""
        return await self._ledger.evidence(namespace, embedder)

    async def add_evidence(self, namespace: str, embedder: str, evidence: Evidence) -> None:
        """See EntryStore."""
        await self._ledger.add_evidence(namespace, embedder, evidence)

    async def add_usage(self, usage: Usage) -> None:
        """See EntryStore."""
        await self._ledger.add_usage(usage, now=self.now())

    async def usage(self, tenant_id: str, *, window_s: float) -> Mapping[str, float]:
        """See EntryStore."""
        return await self._ledger.usage(tenant_id, now=self.now(), window_s=window_s)

    async def sweep(self) -> int:
        """See EntryStore."""
        await self._marks.refresh()
        return await self._sweeping.sweep(now=self.now())

    async def close(self) -> None:
        """See EntryStore."""
        await self._index.close()
        await self.client.close()
