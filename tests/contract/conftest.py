"""Every entry store in turn, for the suites that all of them must pass."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import (
    EntryStore,
    StoreOptions,
)
from cache_service.stores.sqlite import SqliteStore
from fakes_cache import Clock


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[EntryStore]:
    """Each store in turn, empty."""
    assert request.param == "sqlite"
    opened = await SqliteStore.open(StoreOptions(tmp_path, max_entries=100), clock=clock)
    yield opened
    await opened.close()
