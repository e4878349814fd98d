"""Goes through the SQLite file chunk by chunk, in a lane of its own: counts what an invalidation names, and sweeps."""

import asyncio
import time
from functools import partial

import structlog

from cache_service.stores import Entry, Target
from cache_service.stores import sqlite_invalidating as invalidating
from cache_service.stores.sqlite_lane import Lane
from cache_service.stores.sqlite_reading import find_numbers
from cache_service.stores.watermarks import Mark, Watermarks

SAMPLES = 10
LOGGED_EVERY_S = 1.0
# Between two chunks, for lookups that wait for the interpreter.
PAUSE_S = 0.002

log = structlog.get_logger("cache_service.stores.sqlite")


async def count_matching(
    lane: Lane, target: Target, *, tenant_id: str, marks: Watermarks | None
) -> tuple[int, tuple[Entry, ...]]:
    """How many entries a target names that these marks (none: the file's) do not, with the newest of them."""
    count, samples, before, logged = 0, list[Entry](), 2**62, time.monotonic()
    while before:
        chunk = partial(_chunk, lane, target, tenant_id=tenant_id, before=before, marks=marks)
        before, found, made = await lane.read(partial(chunk, samples=SAMPLES - len(samples)))
        count += found
        samples += made
        await asyncio.sleep(PAUSE_S)
        if time.monotonic() - logged > LOGGED_EVERY_S:
            logged = time.monotonic()
            log.info("counting what an invalidation names", target=target.kind.value, found=count, next_row=before)
    return count, tuple(samples)


def _chunk(
    lane: Lane, target: Target, *, tenant_id: str, before: int, marks: Watermarks | None, samples: int
) -> tuple[int, int, tuple[Entry, ...]]:
    session = lane.session
    end, numbers = invalidating.matching(session, target, tenant_id=tenant_id, before=before, marks=marks)
    current = session.marks
    if marks is not None:
        session.marks = marks
    try:
        made = find_numbers(session, numbers[:samples])
    finally:
        session.marks = current
    return end, len(numbers), made


class Sweeper:
    """Deletes in small batches; where it stopped it goes on, and what was marked meanwhile has its turn after."""

    def __init__(self, scan: Lane, write: Lane) -> None:
        self._scan = scan
        self._write = write
        self._marks: tuple[Mark, ...] = ()
        self._after = 0

    async def sweep(self) -> int:
        """Deletes a batch of what has expired and one of what was invalidated; how many entries went."""
        gone = await self._write.run(partial(invalidating.sweep_expired, self._write.session))
        return gone + await self._sweep_marked()

    async def _sweep_marked(self) -> int:
        gone = 0
        while not gone:
            if not self._marks:
                self._marks = await self._scan.read(partial(self._scan.session.read_marks, swept=False))
                self._after = 0
            if not self._marks:
                return 0
            read = partial(invalidating.marked_rows, self._scan.session, self._marks, after=self._after)
            self._after, dead = await self._scan.read(read)
            if dead:
                gone = await self._write.run(partial(invalidating.delete_rows, self._write.session, dead))
            if not self._after:
                await self._write.run(partial(invalidating.swept, self._write.session, self._marks))
                self._marks = ()
            await asyncio.sleep(PAUSE_S)
        return gone
