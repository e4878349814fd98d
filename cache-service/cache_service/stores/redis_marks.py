"""The marks that invalidations leave in Redis, as this process knows them, re-read at most every 250 ms."""

import base64
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cache_service.stores import Target, TargetKind
from cache_service.stores import redis_keys as names
from cache_service.stores.payloads import PayloadLost, Payloads
from cache_service.stores.redis_client import Command, RedisClient, command
from cache_service.stores.watermarks import KEPT_AFTER_SWEEP_S, MAX_MARKS, MAX_NEIGHBOURHOODS, Mark, Watermarks
from grpc_serving.errors import Overloaded

REREAD_S = 0.25
# From time to time all are read, so that those which others deleted are forgotten.
REREAD_ALL_S = 300.0
# What another replica marked may carry a time a little before the last one seen.
OVERLAP_S = 5.0
PLACE = b"mark"


class Marks:
    """A copy of all marks; `fresh_command` goes along with a lookup when the copy is too old."""

    def __init__(self, client: RedisClient, payloads: Payloads) -> None:
        self._client = client
        self._payloads = payloads
        self._by_member: dict[bytes, Mark] = {}
        self._latest = 0.0
        self._read_at = self._read_all_at = float("-inf")
        self.current = Watermarks()

    @property
    def is_fresh(self) -> bool:
        """Whether the copy may be relied on."""
        return time.monotonic() - self._read_at < REREAD_S

    def all(self) -> list[tuple[bytes, Mark]]:
        """Every mark with the member that stands for it."""
        return list(self._by_member.items())

    def fresh_command(self) -> Command:
        """Reads what is new; its reply goes to `take`."""
        if time.monotonic() - self._read_all_at > REREAD_ALL_S:
            return command("ZRANGEBYSCORE", names.MARKS, "-inf", "+inf", "WITHSCORES")
        return command("ZRANGEBYSCORE", names.MARKS, repr(self._latest - OVERLAP_S), "+inf", "WITHSCORES")

    def take(self, asked: Command, reply: Sequence[bytes], *, sent_at: float) -> None:
        """Takes in what was new when it was asked for."""
        whole = asked.words[2] == "-inf"
        values = iter(reply)
        read = {member: float(score) for member, score in zip(values, values, strict=True)}
        known = {} if whole else self._by_member
        changed = [member for member, at in read.items() if member not in known or known[member].at != at]
        if changed or len(known) != len(self._by_member):
            marks = {member: _read(member, read[member], self._payloads) for member in changed}
            self._by_member = {**known, **{member: mark for member, mark in marks.items() if mark is not None}}
            self.current = Watermarks(self._by_member.values())
        self._latest = max([self._latest, *read.values()])
        self._read_at = sent_at
        if whole:
            self._read_all_at = sent_at

    async def refresh(self) -> None:
        """Reads what is new now."""
        asked, sent_at = self.fresh_command(), time.monotonic()
        self.take(asked, await self._client.run(asked), sent_at=sent_at)

    async def add(self, mark: Mark) -> None:
        """Makes a mark; Overloaded beyond the bound on neighbourhoods, a tenant with too many is marked as a whole."""
        await self.refresh()
        mine = [member for member, known in self._by_member.items() if known.tenant_id == mark.tenant_id]
        if mark.target.kind is TargetKind.NEIGHBOURHOOD:
            self._check_neighbourhoods(mark.tenant_id)
        commands: list[Command] = []
        if len(mine) >= MAX_MARKS:
            mark = Mark(mark.tenant_id, Target(TargetKind.TENANT), mark.at)
            commands = [command("ZREM", names.MARKS, *mine)]
        commands.insert(0, command("ZADD", names.MARKS, repr(mark.at), _member(mark, self._payloads)))
        await self._client.several(commands)
        await self.refresh()

    def _check_neighbourhoods(self, tenant_id: str) -> None:
        near = TargetKind.NEIGHBOURHOOD
        marked = sum(known.tenant_id == tenant_id and known.target.kind is near for known in self._by_member.values())
        if marked >= MAX_NEIGHBOURHOODS:
            raise Overloaded(f"invalidate: {marked} neighbourhoods of this tenant are marked", retry_after_s=60.0)

    async def swept(self, member: bytes, at: float) -> None:
        """Remembers for all replicas that what a mark names is deleted."""
        await self._client.call("ZADD", names.SWEPT, repr(at), member)

    async def is_swept(self, member: bytes, at: float) -> bool:
        """Whether a replica has deleted what the mark names."""
        score = await self._client.call("ZSCORE", names.SWEPT, member)
        return score is not None and float(score) >= at

    async def prune(self, *, now: float) -> None:
        """Forgets marks that are swept and so old that no answer asked for before them can still come."""
        old = await self._client.call(
            "ZRANGEBYSCORE", names.SWEPT, "-inf", repr(now - KEPT_AFTER_SWEEP_S), "LIMIT", 0, 500
        )
        if not old:
            return
        gone = [
            member for member in old if (mark := self._by_member.get(member)) and mark.at < now - KEPT_AFTER_SWEEP_S
        ]
        commands = [command("ZREM", names.SWEPT, *old)]
        if gone:
            commands.append(command("ZREM", names.MARKS, *gone))
        await self._client.several(commands)


def _member(mark: Mark, payloads: Payloads) -> str:
    target, vector = mark.target, ""
    if target.vector is not None:
        raw = target.vector.astype("<f4").tobytes()
        vector = base64.b64encode(payloads.pack(mark.tenant_id, PLACE, raw, compress=False)).decode()
    tenant = "" if target.kind is TargetKind.ALL else mark.tenant_id
    row = [tenant, target.kind.value, target.value, target.keep_version, target.min_similarity, vector]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _read(member: bytes, at: float, payloads: Payloads) -> Mark | None:
    """The mark; one whose vector cannot be opened marks its whole tenant, which is the safe side."""
    row: list[Any] = json.loads(member)
    tenant, kind, value, keep, min_similarity, packed = row
    if not packed:
        return Mark(tenant, Target(TargetKind(kind), value, keep, None, min_similarity), at)
    try:
        raw = payloads.unpack(tenant, PLACE, base64.b64decode(packed))
    except PayloadLost:
        return Mark(tenant, Target(TargetKind.TENANT), at)
    return Mark(tenant, Target(TargetKind(kind), value, keep, np.frombuffer(raw, "<f4"), min_similarity), at)
