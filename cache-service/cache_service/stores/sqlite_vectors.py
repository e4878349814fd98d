"""Exact search in the partitions that are too large to be read for every lookup: their vectors, kept in memory."""

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cache_service.stores import Vector
from cache_service.stores.sqlite_reading import stacked

# Rows that were deleted since are skipped; a matrix is read anew when they are more than a quarter of it.
STALE_SHARE = 4
FIRST_CAPACITY = 128


@dataclass
class _Matrix:
    """The vectors of one partition in the order of their rows, with room to grow."""

    vectors: Vector
    rows: NDArray[np.int64]
    size: int = 0
    last_row: int = 0
    seen_version: int = -1

    def append(self, rows: list[int], vectors: Vector) -> None:
        """Adds vectors at the end."""
        needed = self.size + len(rows)
        if needed > len(self.rows):
            capacity = max(2 * len(self.rows), needed, FIRST_CAPACITY)
            self.vectors = np.concatenate(
                [self.vectors[: self.size], np.empty((capacity - self.size, vectors.shape[1]), np.float32)]
            )
            self.rows = np.concatenate([self.rows[: self.size], np.empty(capacity - self.size, np.int64)])
        self.vectors[self.size : needed] = vectors
        self.rows[self.size : needed] = rows
        self.size, self.last_row = needed, rows[-1]


@dataclass
class VectorIndex:
    """Searches partitions on a connection of its own; used by one thread at a time."""

    connection: sqlite3.Connection
    max_rows: int
    _matrices: OrderedDict[bytes, _Matrix] = field(default_factory=OrderedDict)

    def search(self, partition: bytes, vector: Vector, *, count: int) -> list[tuple[int, float]]:
        """The rows of the nearest vectors with their cosines, nearest first."""
        matrix = self._refreshed(partition)
        return rank(matrix.rows[: matrix.size], matrix.vectors[: matrix.size], vector, count=count)

    def _refreshed(self, partition: bytes) -> _Matrix:
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        matrix = self._matrices.get(partition)
        if matrix is None or (matrix.seen_version != version and self._is_stale(partition, matrix)):
            matrix = _Matrix(np.empty((0, 0), np.float32), np.empty(0, np.int64))
        if matrix.seen_version != version:
            self._read_on(partition, matrix)
            matrix.seen_version = version
        self._matrices[partition] = matrix
        self._matrices.move_to_end(partition)
        self._forget_oldest()
        return matrix

    def _is_stale(self, partition: bytes, matrix: _Matrix) -> bool:
        held = self.connection.execute(
            "SELECT COUNT(*) FROM entries WHERE partition = ? AND vector IS NOT NULL AND seq <= ?",
            (partition, matrix.last_row),
        ).fetchone()[0]
        return bool((matrix.size - held) * STALE_SHARE > matrix.size)

    def _read_on(self, partition: bytes, matrix: _Matrix) -> None:
        rows = self.connection.execute(
            "SELECT seq, vector FROM entries WHERE partition = ? AND vector IS NOT NULL AND seq > ? ORDER BY seq",
            (partition, matrix.last_row),
        ).fetchall()
        if rows:
            vectors = stacked([vector for _, vector in rows])
            if not matrix.size:
                matrix.vectors = np.empty((0, vectors.shape[1]), np.float32)
            matrix.append([seq for seq, _ in rows], vectors)

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
