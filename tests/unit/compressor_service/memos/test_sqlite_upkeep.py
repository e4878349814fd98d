"""The thread that keeps the memo's file within its bounds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from compressor_service.memos.sqlite_file import connect
from compressor_service.memos.sqlite_lane import Lane
from compressor_service.memos.sqlite_upkeep import FILE_BYTES, SqliteUpkeep


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody who fills the file."""
    with closing(connect(tmp_path / "memo", timeout_s=5.0)) as opened:
        yield opened


def fill(connection: sqlite3.Connection, rows: int, *, used_at: int) -> None:
    """Add entries of one kilobyte."""
    values = [(f"{used_at}-{row}".encode(), b"x" * 1_000, used_at) for row in range(rows)]
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", values)
    connection.execute("COMMIT")


def upkeep(path: Path, **bounds: float) -> SqliteUpkeep:
    """An upkeep at the time 1,000."""
    limits = {"max_bytes": 10**9, "ttl_s": 10**9} | bounds
    lane = Lane(path, timeout_s=5.0)
    return SqliteUpkeep(lane, path, max_bytes=int(limits["max_bytes"]), ttl_s=limits["ttl_s"], clock=lambda: 1_000.0)


def test_what_is_too_old_goes_in_several_batches(tmp_path: Path, connection: sqlite3.Connection) -> None:
    """However much it is, and nothing else."""
    fill(connection, 500, used_at=100)
    fill(connection, 5, used_at=950)
    with closing(upkeep(tmp_path / "memo", ttl_s=100)) as keeper:
        keeper.tidy()
    assert connection.execute("SELECT COUNT(*) FROM entries").fetchone() == (5,)


def test_what_is_too_much_goes_from_the_least_recently_used(tmp_path: Path, connection: sqlite3.Connection) -> None:
    """The bytes in use are within the bound afterwards, and shown."""
    fill(connection, 600, used_at=100)
    fill(connection, 100, used_at=900)
    with closing(upkeep(tmp_path / "memo", max_bytes=400_000)) as keeper:
        keeper.tidy()
    assert 0 < FILE_BYTES._value.get() <= 400_000
    assert connection.execute("SELECT COUNT(*) FROM entries WHERE used_at = 900").fetchone() == (100,)


def test_the_log_is_moved_into_the_file_and_started_anew_when_long(
    tmp_path: Path, connection: sqlite3.Connection
) -> None:
    """It never grows without bound."""
    fill(connection, 40_000, used_at=900)
    log = tmp_path / "memo-wal"
    long = log.stat().st_size
    assert long > 32 * 2**20
    with closing(upkeep(tmp_path / "memo")) as keeper:
        keeper.tidy()
    fill(connection, 1, used_at=901)
    assert (tmp_path / "memo").stat().st_size > 32 * 2**20
    assert log.stat().st_size <= long


def test_closing_ends_the_thread(tmp_path: Path) -> None:
    """Nothing stays behind."""
    keeper = upkeep(tmp_path / "memo")
    keeper.close()
    assert not keeper._thread.is_alive()
