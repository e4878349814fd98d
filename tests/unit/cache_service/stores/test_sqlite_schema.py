"""The file of the embedded store."""

import sqlite3
import stat
from pathlib import Path

import pytest

from cache_service.stores import StoreUnusable
from cache_service.stores.payloads import PLAIN
from cache_service.stores.sqlite_schema import FILE_NAME, SCHEMA_VERSION, connect, prepare


def test_the_file_is_private_and_made_once(tmp_path: Path) -> None:
    """A second start leaves it as it is; it is in WAL mode."""
    path = prepare(tmp_path / "data", busy_timeout_ms=100, payloads=PLAIN)
    with_rows = connect(path, busy_timeout_ms=100)
    with_rows.execute("INSERT INTO counts VALUES ('acme', 1, 'misses', 2)")
    assert prepare(tmp_path / "data", busy_timeout_ms=100, payloads=PLAIN) == path
    assert with_rows.execute("SELECT value FROM counts").fetchone() == (2,)
    assert with_rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert with_rows.execute("PRAGMA synchronous").fetchone() == (1,)
    with_rows.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, None])
def test_a_file_of_another_version_is_refused_and_left_alone(tmp_path: Path, version: int | None) -> None:
    """The error names both versions and what to do."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    change = (
        "DELETE FROM meta" if version is None else f"UPDATE meta SET value = {version} WHERE name = 'schema_version'"
    )
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(change)
    with pytest.raises(StoreUnusable, match=f"schema version {version}; this release knows only {SCHEMA_VERSION}"):
        prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    connection.close()


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    """It is kept under another name, and a new one is begun."""
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    connection = connect(path, busy_timeout_ms=100)
    assert connection.execute("SELECT COUNT(*) FROM entries").fetchone() == (0,)
    connection.close()
    (kept,) = tmp_path.glob(f"{FILE_NAME}.damaged-*")
    assert kept.read_bytes() == b"not a database" * 100


def test_a_file_with_broken_pages_is_set_aside(tmp_path: Path) -> None:
    """Also when its header is whole."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO counts VALUES ('acme', ?, 'misses', 2)", [(n,) for n in range(5000)])
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    assert len(list(tmp_path.glob(f"{FILE_NAME}.damaged-*"))) == 1
    assert len(list(tmp_path.glob(f"{FILE_NAME}.damaged-*-wal"))) <= 1


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnusable, match="data"):
        prepare(tmp_path / "data", busy_timeout_ms=100, payloads=PLAIN)
