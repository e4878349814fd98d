"""What only the embedded store has: a file that others can read."""

from pathlib import Path

import numpy as np
import pytest

from cache_service.stores import StoreOptions, Target, TargetKind
from cache_service.stores.payloads import Payloads
from cache_service.stores.sqlite import SqliteStore
from cache_service.terms import Answer
from fakes_cache import Clock
from fakes_entries import new, unit

PROMPT, ANSWER = "What is the salary of Ms Example?", b"It is 123456 a year, she says. "


def content(folder: Path) -> bytes:
    """The file and its log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("cache.sqlite3*")))


@pytest.mark.parametrize("sealed", [False, True])
async def test_with_a_key_no_text_and_no_vector_is_in_the_file(tmp_path: Path, sealed: bool) -> None:
    """Nor in its log; without one they can be read, which shows that the test looks where they would be."""
    payloads = Payloads([bytes(range(32))]) if sealed else Payloads()
    clock = Clock()
    store = await SqliteStore.open(StoreOptions(tmp_path, payloads=payloads), clock=clock)
    vector = unit(0.1, 0.2, 0.3, 0.4)
    await store.put(new(clock, key_text=PROMPT, answer=Answer("chat", ANSWER), vector=vector))
    target = Target(TargetKind.NEIGHBOURHOOD, vector=vector, min_similarity=0.99)
    await store.invalidate("umbrella", target, dry_run=False)
    in_use = content(tmp_path)
    await store.close()
    at_rest = content(tmp_path)
    for secret in (PROMPT.encode(), ANSWER, vector.tobytes()):
        assert (secret in in_use, secret in at_rest) == (not sealed, not sealed)


async def test_when_the_nearest_are_dead_the_living_behind_them_are_found(tmp_path: Path) -> None:
    """However many expired entries lie nearer."""
    clock = Clock()
    store = await SqliteStore.open(StoreOptions(tmp_path), clock=clock)
    for index in range(200):
        await store.put(new(clock, f"dead{index}", vector=unit(1, index / 1e4), ttl_s=1.0))
    for index in range(100):
        await store.put(new(clock, f"q{index}", vector=unit(1, 1 + index / 100)))
    clock.advance(1)
    near = await store.nearest(new(clock, "x").keys, unit(1), count=4, among=None)
    assert [np.round(item.similarity, 3) for item in near] == [0.707, 0.704, 0.7, 0.697]
    await store.close()
