"""The switch that opens a store by name."""

from pathlib import Path

import pytest

from cache_service.stores import LATER, StoreOptions, StoreUnusable, open_store
from cache_service.stores.sqlite import SqliteStore


async def test_the_embedded_store_is_there(tmp_path: Path) -> None:
    """By its name."""
    store = await open_store("sqlite", StoreOptions(tmp_path))
    assert isinstance(store, SqliteStore)
    await store.close()


@pytest.mark.parametrize("name", LATER)
async def test_stores_to_come_say_so(tmp_path: Path, name: str) -> None:
    """No other one is opened in their place."""
    with pytest.raises(StoreUnusable, match=f"store {name} comes with a later release; this one has: sqlite"):
        await open_store(name, StoreOptions(tmp_path))


async def test_an_unknown_store_is_refused(tmp_path: Path) -> None:
    """With the names that there are."""
    with pytest.raises(StoreUnusable, match="store tape is unknown"):
        await open_store("tape", StoreOptions(tmp_path))
