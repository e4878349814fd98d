"""Walks over the entries of a tenant in Redis: pages, counts, what an invalidation names, what has to be deleted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from cache_service.stores import Entry, Listing, Page, Target, TargetKind
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import RedisClient
from cache_service.stores.redis_entries import Entries, members_parts
from cache_service.stores.redis_marks import Marks
from cache_service.stores.redis_records import Record
from cache_service.stores.watermarks import Mark, Watermarks, applies

CHUNK = 200
BATCH = 500
SAMPLES = 10
# A page looks at so many entries at most; a filter that leaves few of them gives short pages.
LOOKED_AT = 1000
# A replica that does not end its sweep within this leaves it to another.
CLAIM_S = 60
STEPS_AT_ONCE = 10


@dataclass
class _Sweep:
    """A mark whose entries are being deleted, and how far that is."""

    member: bytes
    mark: Mark
    cursor: int = 0


class Sweeping:
    """The walks of one process's store."""

    def __init__(self, client: RedisClient, entries: Entries, *, marks: Marks) -> None:
        self._client = client
        self._entries = entries
        self._marks = marks
        self._done: dict[bytes, float] = {}
        self._current: _Sweep | None = None

    async def page(self, tenant_id: str, listing: Listing, *, now: float) -> Page:
        """A page of a tenant's live entries, newest first."""
        before, found, looked_at = listing.before, list[Entry](), 0
        while len(found) < listing.limit and looked_at < LOOKED_AT:
            rows = await self._older(tenant_id, before)
            records = await self._entries.records([one for one, _ in rows], whole=False)
            for (_, number), record in zip(rows, records, strict=True):
                if len(found) == listing.limit:
                    return Page(tuple(found), before)
                before = number
                if record is not None and self._is_live(record, now) and _is_listed(record.entry, listing):
                    found.append(record.entry)
            looked_at += len(rows)
            if len(rows) < CHUNK:
                return Page(tuple(found), 0)
        return Page(tuple(found), before)

    async def _older(self, tenant_id: str, before: int) -> list[tuple[str, int]]:
        highest = f"({before}" if before else "+inf"
        key = names.of_tenant("l", tenant_id)
        reply = await self._client.call("ZREVRANGEBYSCORE", key, highest, "-inf", "WITHSCORES", "LIMIT", 0, CHUNK)
        values = iter(reply)
        return [(one.decode(), int(float(number))) for one, number in zip(values, values, strict=True)]

    async def count(self, tenant_id: str, *, now: float) -> int:
        """How many live entries a tenant has; only where something was invalidated are they looked at."""
        if not self._marks.current.name_tenant(tenant_id):
            return int(await self._client.call("ZCOUNT", names.of_tenant("d", tenant_id), f"({now!r}", "+inf"))
        everything = Target(TargetKind.TENANT)
        return (await self.matching(tenant_id, everything, marks=self._marks.current, now=now))[0]

    async def matching(
        self, tenant_id: str, target: Target, *, marks: Watermarks, now: float
    ) -> tuple[int, tuple[Entry, ...]]:
        """How many entries a target names that no mark named before, with some of them."""
        count, samples = 0, list[Entry]()
        async for record in self._walk(tenant_id, target):
            if record.entry.expires_at <= now or not applies(target, record.entry, vector=record.vector):
                continue
            if not marks.touch(record.entry, since=record.asked_at, vector=record.vector):
                count += 1
                samples += [record.entry] if len(samples) < SAMPLES else []
        return count, tuple(samples)

    async def _walk(self, tenant_id: str, target: Target) -> AsyncIterator[Record]:
        cursor = -1
        seen: set[str] = set()  # a scan may show one twice
        while cursor:
            cursor, rows = await self._scanned(tenant_id, target, max(cursor, 0))
            ids = [one for one, _ in rows if one not in seen]
            seen.update(ids)
            for record in await self._entries.records(ids, whole=False):
                if record is not None:
                    yield record

    async def _scanned(self, tenant_id: str, target: Target, cursor: int) -> tuple[int, list[tuple[str, str]]]:
        """One step over the ids of a tenant, or of all."""
        everybody = target.kind is TargetKind.ALL
        key = names.EXPIRIES if everybody else names.of_tenant("l", tenant_id)
        following, flat = await self._client.call("ZSCAN", key, cursor, "COUNT", CHUNK)
        members = list(flat[::2])
        if everybody:
            return int(following), members_parts(members)
        return int(following), [(one.decode(), tenant_id) for one in members]

    async def sweep(self, *, now: float) -> int:
        """Deletes one batch of what has expired, else of what was invalidated."""
        expired = await self._client.call("ZRANGEBYSCORE", names.EXPIRIES, "-inf", repr(now), "LIMIT", 0, BATCH)
        gone = await self._entries.delete(members_parts(expired))
        if len(expired) == BATCH:
            return gone
        for _ in range(STEPS_AT_ONCE):
            if not await self._next_sweep():
                break
            if deleted := await self._step(now):
                gone += deleted
                break
        await self._marks.prune(now=now)
        return gone

    async def _step(self, now: float) -> int:
        assert self._current is not None
        sweep = self._current
        sweep.cursor, rows = await self._scanned(sweep.mark.tenant_id, sweep.mark.target, sweep.cursor)
        records = await self._entries.records([one for one, _ in rows], whole=False)
        dead = [row for row, record in zip(rows, records, strict=True) if record and not self._is_live(record, now)]
        gone = await self._entries.delete(dead)
        if not sweep.cursor:
            self._done[sweep.member] = sweep.mark.at
            await self._marks.swept(sweep.member, sweep.mark.at)
            self._current = None
        return gone

    async def _next_sweep(self) -> bool:
        """Whether there is a mark to sweep that no other replica has swept or is sweeping."""
        if self._current is not None:
            return True
        known = dict(self._marks.all())
        self._done = {member: at for member, at in self._done.items() if member in known}
        for member, mark in known.items():
            if self._done.get(member, 0.0) >= mark.at:
                continue
            if await self._marks.is_swept(member, mark.at):
                self._done[member] = mark.at
            elif await self._claimed(mark):
                self._current = _Sweep(member, mark)
                return True
        return False

    async def _claimed(self, mark: Mark) -> bool:
        key = f"{names.of_tenant('claim', mark.tenant_id)}:{mark.at!r}"
        reply: Any = await self._client.call("SET", key, 1, "NX", "EX", CLAIM_S)
        return reply is not None

    def _is_live(self, record: Record, now: float) -> bool:
        touched = self._marks.current.touch(record.entry, since=record.asked_at, vector=record.vector)
        return record.entry.expires_at > now and not touched


def _is_listed(entry: Entry, listing: Listing) -> bool:
    return (
        listing.model_group in ("", entry.model_group)
        and (not listing.tag or listing.tag in entry.tags)
        and listing.contains.lower() in entry.key_text.lower()
    )
