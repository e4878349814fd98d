"""Counting without a write per call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from cache_service.tally import Tally
from cache_service.terms import Saved
from fakes_cache import tamper


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = await SqliteStore.open(StoreOptions(tmp_path))
    yield opened
    await opened.close()


async def test_counts_reach_the_store_with_the_flush_and_only_once(store: SqliteStore) -> None:
    """What a hit saves is counted with it."""
    tally = Tally(store)
    tally.count("acme", "misses")
    tally.count("acme", "misses")
    tally.hit("acme", "entry", Saved(10, 2, 0.5))
    assert await store.usage("acme", window_s=60) == {}
    await tally.flush()
    await tally.flush()
    expected = {"misses": 2, "saved_prompt_tokens": 10, "saved_completion_tokens": 2, "saved_cost_usd": 0.5}
    assert await store.usage("acme", window_s=60) == expected


async def test_counts_survive_a_store_that_is_down_for_a_while(store: SqliteStore, tmp_path: Path) -> None:
    """They are written with the next flush."""
    tally = Tally(store)
    tally.count("acme", "misses")
    tally.hit("acme", "entry", Saved())
    tamper(tmp_path, "ALTER TABLE counts RENAME TO gone")
    await tally.flush()
    tamper(tmp_path, "ALTER TABLE gone RENAME TO counts")
    tally.count("acme", "misses")
    await tally.flush()
    assert await store.usage("acme", window_s=60) == {"misses": 2}
