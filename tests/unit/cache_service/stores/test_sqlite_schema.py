"""The file of the embedded store."""

import sqlite3
import stat
from pathlib import Path

import pytest

from cache_service.stores import StoreUnusable
from cache_service.stores.sqlite_schema import FILE_NAME, SCHEMA_VERSION, connect, prepare


def test_the_file_is_private_and_made_once(tmp_path: Path) -> None:
    """A second start leaves it as it is; it is in WAL mode."""
    path = prepare(tmp_path / "data", busy_timeout_ms=100)
    with_rows = connect(path, busy_timeout_ms=100)
    with_rows.execute("INSERT INTO counts VALUES ('acme', 1, 'misses', 2)")
    assert prepare(tmp_path / "data", busy_timeout_ms=100) == path
    assert with_rows.execute("SELECT value FROM counts").fetchone() == (2,)
    assert with_rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert with_rows.execute("PRAGMA synchronous").fetchone() == (1,)
    with_rows.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, None])
def test_a_file_of_another_version_is_refused_and_left_alone(tmp_path: Path, version: int | None) -> None:
    """The error names both versions and what to do."""
    path = prepare(tmp_path, busy_timeout_ms=100)
    change = (
        "DELETE FROM meta" if version is None else f"UPDATE meta SET value = {version} WHERE name = 'schema_version'"
    )
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(change)
    with pytest.raises(StoreUnusable, match=f"schema version {version}; this release knows only {SCHEMA_VERSION}"):
        prepare(tmp_path, busy_timeout_ms=100)
    connection.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """By its path."""
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnusable, match=FILE_NAME):
        prepare(tmp_path, busy_timeout_ms=100)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnusable, match="data"):
        prepare(tmp_path / "data", busy_timeout_ms=100)
