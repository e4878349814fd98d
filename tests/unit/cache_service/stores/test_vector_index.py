"""The approximate index over a large partition."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cache_service.stores import StoreOptions, StoreUnusable
from cache_service.stores.sqlite import SqliteStore
from cache_service.stores.sqlite_vectors import rank
from cache_service.stores.vector_index import SPARE, TAIL, Builder, PartitionIndex
from fakes_cache import Clock
from fakes_entries import key, new

ROWS = 3000


def clustered(seed: int, size: int) -> NDArray[np.float32]:
    """Unit vectors in clusters, as texts are."""
    numbers = np.random.default_rng(seed)
    centres = numbers.standard_normal((40, 64))
    made = centres[numbers.integers(0, 40, size)] + 0.5 * numbers.standard_normal((size, 64))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def built(vectors: NDArray[np.float32], builder: Builder) -> PartitionIndex:
    """An index over all of these."""
    index = PartitionIndex(builder, vectors.shape[1])
    index.follow(vectors)
    until = time.monotonic() + 30
    while index.nearest(vectors[0], count=1) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return index


def test_the_best_four_are_among_what_it_finds() -> None:
    """For queries that have a near entry, in at least 99 of 100 cases."""
    vectors = clustered(1, ROWS)
    builder = Builder()
    index = built(vectors, builder)
    found = wanted = 0
    for query in vectors[::15] + 0.02 * clustered(2, len(vectors[::15])):
        places = index.nearest((query / np.linalg.norm(query)).astype(np.float32), count=4)
        assert places is not None
        assert len(places) == 4 + SPARE
        best = {row for row, _ in rank(np.arange(ROWS, dtype=np.int64), vectors, query, count=4)}
        found += len(best & set(places.tolist()))
        wanted += 4
    builder.close()
    assert found / wanted >= 0.99


def test_a_tail_is_added_once_it_is_long_enough() -> None:
    """Until then it is compared one by one."""
    vectors = clustered(3, 1000 + TAIL + 1)
    builder = Builder()
    index = built(vectors[:1000], builder)
    index.follow(vectors[: 1000 + TAIL])
    assert index.size == 1000
    index.follow(vectors)
    until = time.monotonic() + 30
    while index.size < len(vectors):
        assert time.monotonic() < until
        time.sleep(0.01)
    places = index.nearest(vectors[-1], count=1)
    assert places is not None
    assert len(vectors) - 1 in places
    builder.close()


def test_closing_ends_a_build() -> None:
    """It does not wait for the rest."""
    builder = Builder()
    index = PartitionIndex(builder, 64)
    index.follow(clustered(4, 20_000))
    builder.close()
    assert index.nearest(clustered(4, 1)[0], count=1) is None


async def test_the_store_finds_the_same_with_it_and_without(tmp_path: Path) -> None:
    """While it is built, after, and for what is stored and deleted later; also after a restart."""
    clock = Clock()
    options = StoreOptions(tmp_path, index="usearch", index_from=200)
    vectors = clustered(5, 400)
    store = await SqliteStore.open(options, clock=clock)
    for place, vector in enumerate(vectors[:300]):
        await store.put(new(clock, f"q{place}", vector=vector))
    for _ in range(2):
        for place, vector in enumerate(vectors[300:]):
            await store.put(new(clock, f"late{place}", vector=vector))
            near = await store.nearest(key("x"), vector, count=4, among=None)
            assert near[0].similarity == pytest.approx(1, abs=1e-5)
            assert near[0].entry.keys == key(f"late{place}")
        await asyncio.sleep(0.3)
        await store.close()
        store = await SqliteStore.open(options, clock=clock)
    await store.close()


async def test_an_unknown_index_is_refused(tmp_path: Path) -> None:
    """With those that there are."""
    with pytest.raises(StoreUnusable, match="index tree is unknown; there are: exact, usearch"):
        await SqliteStore.open(StoreOptions(tmp_path, index="tree"))
