"""The memo's file: shared, kept, and done without when it is no good."""

import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from compressor_service.memos import FAILURES
from compressor_service.memos.sqlite import SqliteMemo

TTL_S = 1000.0


class Files:
    """Opens memos on one file, as several workers would, and closes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_000_000.0
        self.opened: list[SqliteMemo] = []

    def open(self, *, max_bytes: int = 100_000_000, timeout_s: float = 5.0) -> SqliteMemo:
        """Open another memo."""
        memo = SqliteMemo(self.path, max_bytes=max_bytes, ttl_s=TTL_S, timeout_s=timeout_s, clock=lambda: self.now)
        self.opened.append(memo)
        return memo

    def broken_files(self) -> list[str]:
        """Names of what was set aside."""
        return [file.name for file in self.path.parent.iterdir() if "broken" in file.name]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    """A file that does not exist yet."""
    files = Files(tmp_path / "data" / "memo.sqlite3")
    yield files
    for memo in files.opened:
        memo.close()


def failures(reason: str) -> float:
    """How many calls went without so far."""
    return FAILURES.labels(reason)._value.get()


def test_workers_agree_and_restarts_remember(files: Files) -> None:
    """The first of two on one file holds for both, and for a third that opens later."""
    one, other = files.open(), files.open()
    assert one.remember_many([(b"k", b"first")]) == [b"first"]
    assert other.remember_many([(b"k", b"second")]) == [b"first"]
    one.close()
    other.close()
    assert files.open().get_many([b"k"]) == [b"first"]
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.path.parent.stat().st_mode) == 0o700


WRITER = """
import sys
from pathlib import Path
from compressor_service.memos.sqlite import SqliteMemo
memo = SqliteMemo(Path(sys.argv[1]), max_bytes=10**8, ttl_s=1000.0, timeout_s=20.0)
items = [(f"key-{number}".encode(), sys.argv[2].encode()) for number in range(200)]
held = [memo.remember_many([item])[0] for item in items]
print(b"".join(held).decode())
memo.close()
"""


def test_processes_that_start_at_once_agree_on_every_key(files: Files) -> None:
    """Four of them write two hundred keys, each its own value: all are told the same ones."""
    command = [sys.executable, "-c", WRITER, str(files.path)]
    started = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "abcd"]
    said = {process.communicate(timeout=50)[0].strip() for process in started}
    assert len(said) == 1
    assert len(said.pop()) == 200


def test_a_file_that_is_none_is_set_aside(files: Files) -> None:
    """The service goes on with a new one, and the old one is kept for people to look at."""
    files.path.parent.mkdir()
    files.path.write_bytes(b"this is no database" * 100)
    before = failures("unusable")
    memo = files.open()
    assert memo.get_many([b"k"]) == [None]
    assert memo.remember_many([(b"k", b"v")]) == [b"v"]
    assert memo.get_many([b"k"]) == [b"v"]
    assert files.broken_files() == ["memo.sqlite3.broken"]
    assert failures("unusable") > before


def test_a_file_that_breaks_in_use_is_set_aside_by_all(files: Files) -> None:
    """Both workers find the damage, one renames the file, and they share the new one."""
    one, other = files.open(), files.open()
    one.remember_many([(str(number).encode(), b"x" * 1000) for number in range(300)])
    one.tidy()
    with files.path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff" * 200_000)
    keys = [str(number).encode() for number in range(300)]
    for _ in range(4):
        one.get_many(keys)
        other.get_many(keys)
    assert files.broken_files() == ["memo.sqlite3.broken"]
    assert one.remember_many([(b"new", b"first")]) == [b"first"]
    assert other.get_many([b"new"]) == [b"first"]
    assert files.broken_files() == ["memo.sqlite3.broken"]


def test_a_deleted_file_is_made_anew(files: Files) -> None:
    """Workers do not go on with a file that only they still see."""
    one, other = files.open(), files.open()
    one.remember_many([(b"k", b"v")])
    for ending in ("", "-wal", "-shm"):
        files.path.with_name(files.path.name + ending).unlink()
    assert one.get_many([b"k"]) == [None]
    assert one.remember_many([(b"k", b"again")]) == [b"again"]
    assert other.get_many([b"k"]) == [b"again"]


def test_where_no_file_can_be_the_service_goes_on_without(tmp_path: Path) -> None:
    """Nothing is known, values come back, and it is counted."""
    (tmp_path / "file").write_text("not a folder")
    before = failures("unusable")
    with closing(SqliteMemo(tmp_path / "file" / "memo", max_bytes=10**6, ttl_s=TTL_S, timeout_s=0.1)) as memo:
        assert memo.get_many([b"k"]) == [None]
        assert memo.remember_many([(b"k", b"v")]) == [b"v"]
        assert memo.get_many([b"k"]) == [None]
    assert failures("unusable") > before


def test_another_process_that_writes_for_long_is_not_waited_for(files: Files) -> None:
    """The value comes back within the deadline, reads go on, and the next write works again."""
    memo = files.open(timeout_s=0.05)
    memo.remember_many([(b"known", b"1")])
    before = failures("busy")
    with closing(sqlite3.connect(files.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert memo.remember_many([(b"k", b"v")]) == [b"v"]
        assert time.monotonic() - started < 1.0
        assert memo.get_many([b"known", b"k"]) == [b"1", None]
        writer.execute("ROLLBACK")
    assert failures("busy") > before
    assert memo.remember_many([(b"k", b"w")]) == [b"w"]
    assert memo.get_many([b"k"]) == [b"w"]


def test_what_is_not_used_runs_out_and_what_is_used_does_not(files: Files) -> None:
    """A read counts as a use, from a quarter of an entry's life on."""
    memo = files.open()
    memo.remember_many([(b"used", b"1"), (b"unused", b"2")])
    files.now += TTL_S * 0.9
    memo.get_many([b"used"])
    files.now += TTL_S * 0.9
    memo.tidy()
    assert memo.get_many([b"used", b"unused"]) == [b"1", None]


def test_the_file_keeps_within_its_bytes(files: Files) -> None:
    """The least recently used go first, and their room is used again."""
    memo = files.open(max_bytes=500_000)
    for number in range(1_000):
        files.now += 1
        memo.remember_many([(str(number).encode(), b"x" * 1_000)])
        if number % 100 == 99:
            memo.tidy()
    assert memo.get_many([b"0", b"999"]) == [None, b"x" * 1_000]
    assert files.path.stat().st_size < 1_000_000


def test_a_closed_memo_knows_nothing(files: Files) -> None:
    """A request that is still under way when the service ends does not fail."""
    memo = files.open()
    memo.remember_many([(b"k", b"v")])
    memo.close()
    assert memo.get_many([b"k"]) == [None]
    assert memo.remember_many([(b"k", b"w")]) == [b"w"]
