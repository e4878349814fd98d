"""Exact search in the partitions that are too large to be read for every lookup: their vectors, kept in memory."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cache_service.stores import Vector
from cache_service.stores.sqlite_rows import PLACED, vectors
from cache_service.stores.sqlite_session import Session
from cache_service.stores.vector_index import Builder, PartitionIndex

# Rows that were deleted since are skipped; a matrix is read anew when they are more than a quarter of it.
STALE_SHARE = 4
FIRST_CAPACITY = 128
CHUNK = 1000
# A matrix that is full gets room for a fourth more.
GROWTH_SHARE = 4
# Partitions from this size on are read when the store opens, if there are not too many.
WARM_FROM = 2000
MOST_WARM = 50


@dataclass
class _Matrix:
    """The vectors of one partition in the order of their rows, with room to grow."""

    vectors: Vector
    rows: NDArray[np.int64]
    size: int = 0
    last_row: int = 0
    seen_version: int = -1
    deleted: int = 0
    index: PartitionIndex | None = None

    def append(self, rows: list[int], vectors: Vector) -> None:
        """Adds vectors at the end."""
        needed = self.size + len(rows)
        if needed > len(self.rows):
            capacity = max(len(self.rows) + len(self.rows) // GROWTH_SHARE, needed, FIRST_CAPACITY)
            self.vectors = np.concatenate(
                [self.vectors[: self.size], np.empty((capacity - self.size, vectors.shape[1]), np.float32)]
            )
            self.rows = np.concatenate([self.rows[: self.size], np.empty(capacity - self.size, np.int64)])
        self.vectors[self.size : needed] = vectors
        self.rows[self.size : needed] = rows
        self.size = needed


@dataclass
class VectorIndex:
    """Searches partitions in a session of its own, which is refreshed; used by one thread at a time."""

    session: Session
    max_rows: int
    builder: Builder | None = None
    index_from: int = 0
    _matrices: OrderedDict[bytes, _Matrix] = field(default_factory=OrderedDict)

    def search(self, partition: bytes, vector: Vector, *, count: int) -> list[tuple[int, float]]:
        """The rows of the nearest vectors with their cosines, nearest first."""
        matrix = self._refreshed(partition)
        rows, held = matrix.rows[: matrix.size], matrix.vectors[: matrix.size]
        places = self._places(matrix, vector, count=count)
        if places is None:
            return rank(rows, held, vector, count=count)
        return rank(rows[places], held[places], vector, count=count)

    def warm(self) -> None:
        """Reads the large partitions, the largest last, so that no lookup has to wait for it."""
        query = """SELECT partition FROM entries WHERE vector IS NOT NULL
                   GROUP BY partition HAVING COUNT(*) >= ? ORDER BY COUNT(*) LIMIT ?"""
        for (partition,) in self.session.connection.execute(query, (WARM_FROM, MOST_WARM)).fetchall():
            self._follow(self._refreshed(partition))

    def _follow(self, matrix: _Matrix) -> None:
        if self.builder is None or matrix.size < self.index_from or not matrix.size:
            return
        if matrix.index is None:
            matrix.index = PartitionIndex(self.builder, matrix.vectors.shape[1])
        matrix.index.follow(matrix.vectors[: matrix.size])

    def _places(self, matrix: _Matrix, vector: Vector, *, count: int) -> NDArray[np.int64] | None:
        """Where to look by the index, with the rows that it lacks; None to look everywhere."""
        self._follow(matrix)
        if matrix.index is None:
            return None
        indexed = matrix.index.size
        near = matrix.index.nearest(vector, count=count)
        if near is None:
            return None
        tail = np.arange(indexed, matrix.size, dtype=np.int64)
        return np.unique(np.concatenate([near[near < matrix.size], tail]))

    def _refreshed(self, partition: bytes) -> _Matrix:
        version = self.session.version
        matrix = self._matrices.get(partition)
        if matrix is None or (matrix.seen_version != version and self._is_stale(partition, matrix)):
            matrix = self._empty(partition)
        if matrix.seen_version != version:
            self._read_on(partition, matrix)
            if matrix.size > self.max_rows + self.max_rows // STALE_SHARE:
                matrix = self._empty(partition)
                self._read_on(partition, matrix)
            matrix.seen_version = version
        self._matrices[partition] = matrix
        self._matrices.move_to_end(partition)
        self._forget_oldest()
        return matrix

    def _empty(self, partition: bytes) -> _Matrix:
        first = self._first_row(partition)
        return _Matrix(
            np.empty((0, 0), np.float32), np.empty(0, np.int64), last_row=first - 1, deleted=self.session.deleted
        )

    def _is_stale(self, partition: bytes, matrix: _Matrix) -> bool:
        """Whether much of it is gone; counted only once as much is gone of the whole file."""
        if (self.session.deleted - matrix.deleted) * STALE_SHARE <= matrix.size:
            return False
        held = self.session.connection.execute(
            "SELECT COUNT(*) FROM entries WHERE partition = ? AND vector IS NOT NULL AND seq <= ?",
            (partition, matrix.last_row),
        ).fetchone()[0]
        matrix.deleted = self.session.deleted - (matrix.size - held)
        return bool((matrix.size - held) * STALE_SHARE > matrix.size)

    def _first_row(self, partition: bytes) -> int:
        """The oldest row that is read: of a partition beyond the bound only the newest rows are."""
        row = self.session.connection.execute(
            """SELECT seq FROM entries WHERE partition = ? AND vector IS NOT NULL ORDER BY seq DESC
               LIMIT 1 OFFSET ?""",
            (partition, self.max_rows - 1),
        ).fetchone()
        return int(row[0]) if row else 1

    def _read_on(self, partition: bytes, matrix: _Matrix) -> None:
        rows = self.session.connection.execute(
            f"SELECT {PLACED} FROM entries e WHERE e.partition = ? AND e.vector IS NOT NULL AND e.seq > ? ORDER BY e.seq",
            (partition, matrix.last_row),
        )
        while chunk := rows.fetchmany(CHUNK):
            numbers, added = vectors(self.session, chunk)
            if numbers:
                if not matrix.size:
                    matrix.vectors = np.empty((0, added.shape[1]), np.float32)
                matrix.append(numbers, added)
            matrix.last_row = chunk[-1][0]

    def _forget_oldest(self) -> None:
        while len(self._matrices) > 1 and sum(matrix.size for matrix in self._matrices.values()) > self.max_rows:
            self._matrices.popitem(last=False)


def rank(rows: NDArray[np.int64], vectors: Vector, vector: Vector, *, count: int) -> list[tuple[int, float]]:
    """The `count` rows with the highest cosine to a unit vector."""
    if not len(rows):
        return []
    cosines = vectors @ vector
    best = np.argpartition(-cosines, min(count, len(rows)) - 1)[:count]
    best = best[np.argsort(-cosines[best], kind="stable")]
    return [(int(rows[index]), float(cosines[index])) for index in best]
