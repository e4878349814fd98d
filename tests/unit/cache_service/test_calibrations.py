"""The evidence of namespaces, read and written beside the lookups."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.calibration import Support, encode, no_evidence, observed
from cache_service.calibrations import (
    MAX_PENDING,
    SHIPPED,
    STARTING_EVIDENCE,
    Calibrations,
    EvidenceUnusable,
    load_starting_evidence,
)
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from fakes_cache import Clock, open_evidence, tamper

ALONE = Support.ALONE


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = await SqliteStore.open(StoreOptions(tmp_path))
    yield opened
    await opened.close()


async def test_what_is_learnt_holds_at_once_and_after_a_restart(store: SqliteStore) -> None:
    """In its namespace, for its embedder."""
    calibrations = Calibrations(store, "e1")
    for _ in range(200):
        calibrations.see("acme", 0.95, ALONE)
        assert calibrations.learn("acme", 0.95, ALONE, wrong=False)
    assert (await calibrations.get("acme")).bound(0.95, ALONE) < 0.03
    await calibrations.close()
    again = Calibrations(store, "e1")
    assert (await again.get("acme")).bound(0.95, ALONE) < 0.03
    assert (await again.get("umbrella")).bound(0.95, ALONE) == 1.0
    assert (await Calibrations(store, "e2").get("acme")).bound(0.95, ALONE) == 1.0


async def test_what_another_replica_learns_is_seen_within_a_second(store: SqliteStore) -> None:
    """The first lookup after it sets the reading off and does not wait for it."""
    clock = Clock()
    here = Calibrations(store, "e", clock=clock)
    await here.get("acme")
    evidence = no_evidence()
    for _ in range(100):
        evidence += observed(0.95, wrong=False)
    await store.add_evidence("acme", "e", evidence)
    assert (await here.get("acme")).bound(0.95) == 1.0
    clock.advance(1.0)
    await here.get("acme")
    await here.close()
    assert (await here.refresh("acme")).bound(0.95) < 0.05


async def test_what_was_known_last_holds_while_the_store_is_down(store: SqliteStore, tmp_path: Path) -> None:
    """And what is observed meanwhile is not lost."""
    calibrations = Calibrations(store, "e", starting=open_evidence())
    calibrations.learn("acme", 0.95, ALONE, wrong=True)
    tamper(tmp_path, "ALTER TABLE evidence RENAME TO gone")
    assert (await calibrations.get("acme")).bound(0.95) < 0.05
    assert (await calibrations.refresh("acme")).bound(0.95) < 0.05
    await calibrations.flush()
    tamper(tmp_path, "ALTER TABLE gone RENAME TO evidence")
    calibrations.learn("acme", 0.95, ALONE, wrong=False)
    await calibrations.flush()
    stored = await store.evidence("acme", "e")
    assert stored is not None
    assert (stored.observations, stored.wrong.sum()) == (2.0, 1.0)


async def test_the_starting_evidence_yields_to_ones_own(store: SqliteStore) -> None:
    """It opened what turns out wrong here."""
    calibrations = Calibrations(store, "e", starting=open_evidence(count=100_000.0))
    assert (await calibrations.get("acme")).bound(0.9, ALONE) < 0.03
    for _ in range(100):
        calibrations.see("acme", 0.9, ALONE)
        calibrations.learn("acme", 0.9, ALONE, wrong=True)
    assert (await calibrations.refresh("acme")).bound(0.9, ALONE) > 0.03


async def test_namespaces_that_wait_to_be_written_are_bounded(store: SqliteStore) -> None:
    """Of more, nothing is taken."""
    calibrations = Calibrations(store, "e")
    for index in range(MAX_PENDING):
        assert calibrations.learn(str(index), 0.9, ALONE, wrong=False)
    assert not calibrations.learn("one more", 0.9, ALONE, wrong=False)


def test_the_starting_evidence_lies_beside_the_artefact(tmp_path: Path) -> None:
    """A folder without it means none; a broken file is an error that names it."""
    assert load_starting_evidence(tmp_path) is None
    (tmp_path / STARTING_EVIDENCE).write_bytes(encode(observed(0.9, wrong=True)))
    loaded = load_starting_evidence(tmp_path)
    assert loaded is not None
    assert loaded.wrong.sum() == 1
    (tmp_path / STARTING_EVIDENCE).write_bytes(b"PCE1")
    with pytest.raises(EvidenceUnusable, match=r"evidence\.bin"):
        load_starting_evidence(tmp_path)


def test_the_shipped_artefact_comes_with_evidence() -> None:
    """So that a new namespace is served near entries from its first day."""
    assert (SHIPPED / STARTING_EVIDENCE).is_file()
    assert load_starting_evidence(None) is not None
