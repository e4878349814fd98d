"""Knows what the evidence of each namespace allows, and gathers new evidence for the store.

A lookup never waits for the store here, but for the first of a namespace: what is remembered serves while it is read
again, and new observations are added up in memory until `flush` writes them, once a second.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cache_service.calibration import Calibration, Evidence, Support, cell, decode, no_evidence
from cache_service.stores import EntryStore
from grpc_serving.errors import ServingError

FRESH_S = 1.0
MAX_REMEMBERED = 1_000
# Namespaces with observations that are not written yet; of more, none are taken until the store is back.
MAX_PENDING = 1_000
# What the shipped evidence counts for beside a namespace's own, in observations a cell.
STARTING_WORTH = 8.0
STARTING_EVIDENCE = "evidence.bin"
SHIPPED = Path(__file__).parent / "weights"


class EvidenceUnusable(Exception):  # noqa: N818  # as ArtefactMismatch
    """The file of the starting evidence is not one of this version."""


def load_starting_evidence(weights_dir: Path | None) -> Evidence | None:
    """The evidence that lies beside an artefact, by default the shipped one; None where there is none."""
    path = (weights_dir or SHIPPED) / STARTING_EVIDENCE
    if not path.is_file():
        return None
    try:
        return decode(path.read_bytes())
    except ValueError as error:
        raise EvidenceUnusable(f"{path}: {error}") from error


class Calibrations:
    """The calibrations of all namespaces for one embedder."""

    def __init__(
        self,
        store: EntryStore,
        embedder: str,
        *,
        starting: Evidence | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._starting = no_evidence() if starting is None else starting.worth(STARTING_WORTH)
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, Calibration]] = OrderedDict()
        self._pending: dict[str, Evidence] = {}
        self._refreshing: dict[str, asyncio.Task[Calibration]] = {}

    async def get(self, namespace: str) -> Calibration:
        """What is allowed now, about a second old; while the store is down, what was known last."""
        remembered = self._remembered.get(namespace)
        if remembered is None:
            return await self.refresh(namespace)
        if self._clock() - remembered[0] >= FRESH_S and namespace not in self._refreshing:
            task = asyncio.create_task(self.refresh(namespace), name="cache-calibration")
            self._refreshing[namespace] = task
            task.add_done_callback(lambda _: self._refreshing.pop(namespace, None))
        return remembered[1]

    async def refresh(self, namespace: str) -> Calibration:
        """Reads the evidence again; with what has been observed here and is not written yet."""
        own = await self.own(namespace)
        if own is None:
            own = self._pending.get(namespace, no_evidence())
            if namespace in self._remembered:
                return self._remembered[namespace][1]
        calibration = Calibration(self._starting + own)
        self._remembered[namespace] = (self._clock(), calibration)
        self._remembered.move_to_end(namespace)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return calibration

    async def own(self, namespace: str) -> Evidence | None:
        """What was observed in the namespace itself; None while the store is down."""
        try:
            stored = await self._store.evidence(namespace, self._embedder)
        except ServingError:
            return None
        return (stored or no_evidence()) + self._pending.get(namespace, no_evidence())

    def see(self, namespace: str, similarity: float, support: Support) -> None:
        """Counts a candidate that came."""
        if (pending := self._open(namespace)) is not None:
            pending.seen[cell(similarity, support)] += 1

    def learn(self, namespace: str, similarity: float, support: Support, *, wrong: bool) -> bool:
        """Counts a candidate whose answer became known; False when there is no room for it."""
        pending = self._open(namespace)
        if pending is None:
            return False
        pending.checked[cell(similarity, support)] += 1
        pending.wrong[cell(similarity, support)] += wrong
        return True

    async def flush(self) -> None:
        """Writes what was observed; it is kept for the next time when the store fails."""
        pending, self._pending = self._pending, {}
        for namespace, evidence in pending.items():
            try:
                await self._store.add_evidence(namespace, self._embedder, evidence)
            except ServingError:
                self._put_back(namespace, evidence)

    async def close(self) -> None:
        """Ends running reads and writes what is left."""
        tasks = list(self._refreshing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.flush()

    def _put_back(self, namespace: str, evidence: Evidence) -> None:
        pending = self._open(namespace)
        if pending is None:
            return
        for have, more in zip(_rows(pending), _rows(evidence), strict=True):
            np.add(have, more, out=have)

    def _open(self, namespace: str) -> Evidence | None:
        if namespace not in self._pending:
            if len(self._pending) >= MAX_PENDING:
                return None
            self._pending[namespace] = no_evidence()
        return self._pending[namespace]


def _rows(evidence: Evidence) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    return evidence.seen, evidence.checked, evidence.wrong
