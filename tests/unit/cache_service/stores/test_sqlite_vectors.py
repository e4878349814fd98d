"""Exact search over the vectors of a partition."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cache_service.stores.payloads import PLAIN, PLAIN_HEADER
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_session import Session, StoreClock
from cache_service.stores.sqlite_vectors import VectorIndex, rank

PARTITION = b"p"


def units(seed: int, size: int) -> NDArray[np.float32]:
    """Random unit vectors."""
    made = np.random.default_rng(seed).standard_normal((size, 8))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(0, 1000), st.integers(0, 60), st.integers(1, 20))
def test_the_ranking_is_that_of_a_full_sort(seed: int, size: int, count: int) -> None:
    """For any number of rows and any number wanted."""
    vectors, (query,) = units(seed, size), units(seed + 1, 1)
    found = rank(np.arange(size, dtype=np.int64), vectors, query, count=count)
    expected = sorted((float(cosine) for cosine in vectors @ query), reverse=True)[:count]
    assert [cosine for _, cosine in found] == expected


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another connection to the file that the index reads."""
    connection = connect(prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN), busy_timeout_ms=100)
    yield connection
    connection.close()


@pytest.fixture
def index(tmp_path: Path, writer: sqlite3.Connection) -> Iterator[VectorIndex]:
    """An index over an empty file."""
    del writer
    connection = connect(prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN), busy_timeout_ms=100)
    yield VectorIndex(Session(connection, PLAIN, StoreClock(lambda: 0.0)), max_rows=300)
    connection.close()


def search(index: VectorIndex, partition: bytes, vector: NDArray[np.float32], *, count: int) -> list[tuple[int, float]]:
    """A search as the store makes it: with what others have written meanwhile."""
    index.session.refresh()
    return index.search(partition, vector, count=count)


def add(writer: sqlite3.Connection, vectors: NDArray[np.float32], *, partition: bytes = PARTITION) -> None:
    """Stores an entry for each vector."""
    for vector in vectors:
        writer.execute(
            """INSERT INTO entries (entry_id, tenant_id, model_group, api, partition, exact_key, key_text, labels, stored_at,
                 expires_at, prompt_tokens, completion_tokens, cost_usd, vector)
               VALUES (hex(randomblob(8)), 'acme', 'm', 'chat', ?, randomblob(8), 't', '', 0, 9e9, 0, 0, 0, ?)""",
            (partition, PLAIN_HEADER + vector.tobytes()),
        )


def test_it_follows_what_other_connections_write(index: VectorIndex, writer: sqlite3.Connection) -> None:
    """New rows are read with the next search, in any number of steps."""
    vectors = units(1, 250)
    for begin in range(0, 250, 50):
        add(writer, vectors[begin : begin + 50])
        for row in (begin, begin + 49):
            ((found, cosine),) = search(index, PARTITION, vectors[row], count=1)
            assert (found, cosine) == (row + 1, pytest.approx(1))


def test_it_is_read_anew_when_much_of_it_was_deleted(index: VectorIndex, writer: sqlite3.Connection) -> None:
    """A few deleted rows are left to whoever reads the entries."""
    vectors = units(2, 100)
    add(writer, vectors)
    search(index, PARTITION, vectors[0], count=1)
    writer.execute("DELETE FROM entries WHERE seq <= 50")
    found = search(index, PARTITION, vectors[0], count=100)
    assert {row for row, _ in found} == set(range(51, 101))


def test_it_does_not_grow_beyond_its_bound(index: VectorIndex, writer: sqlite3.Connection) -> None:
    """The partition that was not searched longest is forgotten, and read again when it is asked for."""
    for name in (b"1", b"2", b"3"):
        add(writer, units(int(name), 150), partition=name)
    for name in (b"1", b"2", b"3", b"1"):
        query = units(int(name), 1)[0]
        assert search(index, name, query, count=1)[0][1] == pytest.approx(1)
    assert sum(matrix.size for matrix in index._matrices.values()) <= 300


def test_a_partition_as_large_as_the_bound_is_searched_whole(index: VectorIndex, writer: sqlite3.Connection) -> None:
    """Also while old entries go and new ones come; of a larger one the newest rows are searched."""
    vectors = units(5, 700)
    add(writer, vectors[:300])
    for begin in range(0, 200, 10):
        writer.execute("DELETE FROM entries WHERE seq > ? AND seq <= ?", (begin, begin + 10))
        add(writer, vectors[300 + begin : 310 + begin])
        assert search(index, PARTITION, vectors[begin + 10], count=1)[0][0] == begin + 11
        assert sum(matrix.size for matrix in index._matrices.values()) <= 375
    add(writer, vectors[500:])
    found = {row for row, _ in search(index, PARTITION, vectors[600], count=1000)}
    assert found == set(range(401, 701))


def test_an_empty_partition_has_nobody_near(index: VectorIndex) -> None:
    """And that is no error."""
    assert search(index, b"none", units(1, 1)[0], count=4) == []
