"""Puts entries into Redis and takes them out again, with all that leads to them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from cache_service.requests import Keys
from cache_service.stores import Entry, NewEntry, StoreDown, StoreOptions
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import Command, RedisClient, Script, Word, command, run_script
from cache_service.stores.redis_marks import Marks
from cache_service.stores.redis_records import Record, answer_field, meta, new_fields, pairs, read
from cache_service.stores.redis_scripts import BY_ID, DELETE, JOIN, KEPT_S, LIST, REGISTER
from cache_service.terms import Answer

# Others may store the same request meanwhile; the last try takes no heed of them.
TRIES = 5


class PutIndex(Protocol):
    """What an index adds to a put."""

    put_script: Script

    def put_keys(self, keys: Keys) -> Sequence[Word]:
        """The keys that `put_script` touches besides those of the entry."""
        ...

    def put_arguments(self, new: NewEntry) -> Sequence[Word]:
        """Four arguments of `put_script`."""
        ...


class Entries:
    """The entries of one process's store."""

    def __init__(self, client: RedisClient, options: StoreOptions, *, marks: Marks, index: PutIndex) -> None:
        self._client = client
        self._payloads = options.payloads
        self._max_entries = options.max_entries
        self._marks = marks
        self._index = index

    async def put(self, new: NewEntry, *, now: float) -> Entry | None:
        """Adds the answer to the live entry of the same request, or makes a new entry in its place."""
        # `now` is from before the marks are read: a mark made later outdates what is stored here.
        await self._marks.refresh()
        for left in reversed(range(TRIES)):
            fields = pairs(await self._client.call("HGETALL", names.entry(new.keys)))
            held = read(fields, new.keys, self._payloads)
            there = fields[b"i"].decode() if b"i" in fields else ""
            joined = self._joined(held, new, now=now)
            if joined is not None:
                done = await self._join(joined, new, now=now)
            elif self._marks.current.touch(_Labels(new), since=new.asked_at, vector=new.vector):
                return None
            else:
                done = await self._put_anew(new, there if left else "*", went=fields.get(b"i", b"").decode(), now=now)
            if done is not None:
                return done if not isinstance(done, Record) else done.entry
        raise StoreDown("store: others keep storing the same request")

    def _joined(self, held: Record | None, new: NewEntry, *, now: float) -> Record | None:
        """The live entry of the same request that lacks this format, as it will be; one that has it is replaced."""
        if held is None or held.entry.tenant_id != new.tenant_id or held.entry.expires_at <= now:
            return None
        if any(answer.format == new.answer.format for answer in held.entry.answers):
            return None
        if self._marks.current.touch(held.entry, since=held.asked_at, vector=held.vector):
            return None
        tags = tuple(sorted({*held.entry.tags, *new.tags}))
        sources = tuple(sorted({*held.entry.sources, *new.sources}, key=lambda one: (one.id, one.version)))
        answers = (*held.entry.answers, Answer(new.answer.format, new.answer.body))
        entry = replace(held.entry, tags=tags, sources=sources, answers=answers)
        return Record(entry, min(held.asked_at, new.asked_at), held.vector)

    async def _join(self, joined: Record, new: NewEntry, *, now: float) -> Entry | Record | None:
        entry = joined.entry
        if self._marks.current.touch(entry, since=new.asked_at, vector=joined.vector):
            return None
        whole = replace(new, tags=entry.tags, sources=entry.sources, saved=entry.saved)
        document = meta(whole, stored_at=entry.stored_at, asked_at=joined.asked_at)
        field, packed = answer_field(new, entry.entry_id, self._payloads)
        arguments: list[Word] = [repr(now), entry.entry_id, field, packed, document]
        return entry if await self._client.script(JOIN, [names.entry(new.keys)], arguments) else None

    async def _put_anew(self, new: NewEntry, expected: str, *, went: str, now: float) -> Entry | None:
        entry_id = names.new_id(new.keys.partition)
        fields = new_fields(new, entry_id, stored_at=now, payloads=self._payloads)
        written = read(pairs([_bytes(one) for one in fields]), new.keys, self._payloads)
        assert written is not None  # it was packed a line above
        place = names.suffix(new.keys)
        arguments: list[Word] = [
            repr(now), expected, entry_id, repr(written.entry.expires_at), place, new.keys.exact.hex(),
            int(new.vector is not None), *self._index.put_arguments(new), *fields,
        ]  # fmt: skip
        keys = [
            names.entry(new.keys), names.by_id(entry_id), names.of_partition("p", new.keys.partition),
            *self._index.put_keys(new.keys),
        ]  # fmt: skip
        leaving, _, done = await self._client.several(
            [*self._listed(written.entry, went, now=now), run_script(self._index.put_script, keys, arguments)]
        )
        if done == 0:
            await self._unlist([(entry_id, new.tenant_id)])
            return None
        if done.decode() not in ("", went):  # another one came in between and made room
            await self._unlist([(done.decode(), new.tenant_id)])
        if leaving:
            await self.delete([_member_parts(member) for member in leaving])
        return written.entry

    def _listed(self, entry: Entry, went: str, *, now: float) -> list[Command]:
        """An entry is listed before it is there: one that nobody lists could not make room."""
        tenant_id, expires = entry.tenant_id, repr(entry.expires_at)
        of_tenant = [names.of_tenant(kind, tenant_id) for kind in ("l", "d", "s")]
        gone = _member(went, tenant_id) if went else ""
        return [
            run_script(
                REGISTER,
                [names.EXPIRIES, names.CLOCK],
                [_member(entry.entry_id, tenant_id), expires, repr(now), gone, self._max_entries],
            ),
            run_script(LIST, of_tenant, [entry.entry_id, expires, repr(now), went, KEPT_S]),
        ]

    async def record(self, entry_id: str, *, whole: bool) -> Record | None:
        """The entry of an id, expired or not; without answers their bodies are empty."""
        return (await self.records([entry_id], whole=whole))[0]

    async def records(self, ids: Sequence[str], *, whole: bool) -> list[Record | None]:
        """The entries of these ids in one round trip."""
        asked = [run_script(BY_ID, [names.by_id(one)], [one, _up_to_tag(one), int(whole)]) for one in ids]
        found: list[Any] = await self._client.several(asked)
        return [None if row is None else self._read(row, whole=whole) for row in found]

    def _read(self, row: Any, *, whole: bool) -> Record | None:
        return read(pairs(row[1]), names.read_suffix(row[0]), self._payloads, whole=whole)

    async def delete(self, entries: Sequence[tuple[str, str]]) -> int:
        """Deletes entries by id and tenant; how many of them were still listed."""
        if not entries:
            return 0
        await self._client.several(
            [
                run_script(
                    DELETE,
                    [names.by_id(one)],
                    [one, _up_to_tag(one), _up_to_tag(one, "p"), _up_to_tag(one, "u")],
                )
                for one, _ in entries
            ]
        )
        return await self._unlist(entries)

    async def _unlist(self, entries: Sequence[tuple[str, str]]) -> int:
        commands = [command("ZREM", names.EXPIRIES, *(_member(one, tenant) for one, tenant in entries))]
        by_tenant: dict[str, list[str]] = {}
        for one, tenant in entries:
            by_tenant.setdefault(tenant, []).append(one)
        for tenant, ids in by_tenant.items():
            commands += [command("ZREM", names.of_tenant(kind, tenant), *ids) for kind in ("l", "d")]
        return int((await self._client.several(commands))[0])


class _Labels:
    """A new entry as what an invalidation can name."""

    def __init__(self, new: NewEntry) -> None:
        self.tenant_id, self.model_group = new.tenant_id, new.model_group
        self.tags, self.sources = new.tags, new.sources


def _member(entry_id: str, tenant_id: str) -> str:
    return f"{entry_id}{tenant_id}"


def _member_parts(member: bytes) -> tuple[str, str]:
    text = member.decode()
    return text[:32], text[32:]


def members_parts(members: Sequence[bytes]) -> list[tuple[str, str]]:
    """Ids and tenants of what is listed by expiry."""
    return [_member_parts(member) for member in members]


def _up_to_tag(entry_id: str, kind: str = "e") -> str:
    return f"pith:{kind}:{{{entry_id[:16]}}}:"


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
