"""The switch that opens a store by name."""

from pathlib import Path

import pytest

from cache_service.stores import StoreOptions, StoreUnusable, open_store
from cache_service.stores.sqlite import SqliteStore


async def test_the_embedded_store_is_there(tmp_path: Path) -> None:
    """By its name."""
    store = await open_store("sqlite", StoreOptions(tmp_path))
    assert isinstance(store, SqliteStore)
    await store.close()


@pytest.mark.parametrize("name", ["redis_vectorset", "redis_local", "redis_search"])
async def test_a_redis_store_needs_a_server_that_answers(tmp_path: Path, name: str) -> None:
    """Without a URL, or with one where nobody listens, nothing is opened, and the setting is named."""
    with pytest.raises(StoreUnusable, match="redis_url: is empty"):
        await open_store(name, StoreOptions(tmp_path))
    with pytest.raises(StoreUnusable, match="redis_url: the server cannot be used"):
        await open_store(name, StoreOptions(tmp_path, redis_url="redis://127.0.0.1:1/0"))


async def test_an_unknown_store_is_refused(tmp_path: Path) -> None:
    """With the names that there are."""
    with pytest.raises(StoreUnusable, match="store tape is unknown"):
        await open_store("tape", StoreOptions(tmp_path))
