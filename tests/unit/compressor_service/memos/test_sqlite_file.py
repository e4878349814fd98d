"""Making, opening and setting aside the memo's file."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from compressor_service.memos.sqlite_file import (
    connect,
    inode_of,
    is_broken,
    is_busy,
    make_file,
    set_aside,
    transaction,
)


def test_the_file_is_its_owners_and_its_inode_is_told(tmp_path: Path) -> None:
    """Making it twice changes nothing."""
    path = tmp_path / "made" / "memo"
    inode = make_file(path)
    assert inode == make_file(path) == inode_of(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert inode_of(tmp_path / "none") == 0


def test_a_file_that_another_process_replaced_is_not_set_aside(tmp_path: Path) -> None:
    """Only the file that was found broken is renamed, with what belongs to it."""
    path = tmp_path / "memo"
    path.write_text("new and good")
    set_aside(path, inode_of(path) + 1)
    assert path.read_text() == "new and good"
    path.with_name("memo-wal").write_text("log")
    set_aside(path, inode_of(path))
    assert sorted(file.name for file in tmp_path.iterdir() if not file.name.startswith(".")) == ["memo.broken"]


def test_errors_are_told_apart(tmp_path: Path) -> None:
    """A file that is none is broken, a locked one is busy."""
    path = tmp_path / "memo"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError) as none:
        connect(path, timeout_s=0.1)
    assert (is_broken(none.value), is_busy(none.value)) == (True, False)
    path.unlink()
    with closing(connect(path, timeout_s=0.01)) as one, closing(connect(path, timeout_s=0.01)) as other:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            other.execute("BEGIN IMMEDIATE")
        assert (is_broken(locked.value), is_busy(locked.value)) == (False, True)
    assert (is_broken(OSError()), is_busy(OSError())) == (False, False)


def test_a_transaction_is_kept_or_undone_as_a_whole(tmp_path: Path) -> None:
    """An error inside undoes it and goes on to the caller."""
    insert = "INSERT INTO entries VALUES (?, ?, ?)"
    with closing(connect(tmp_path / "memo", timeout_s=1.0)) as connection:
        with transaction(connection):
            connection.execute(insert, (b"kept", b"", 0))
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany(insert, [(b"undone", b"", 0), (b"kept", b"", 0)])
        assert connection.execute("SELECT key FROM entries").fetchall() == [(b"kept",)]
