"""One connection at a time, and how long a file that failed is left alone; the whole is in test_sqlite.py."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from compressor_service.memos import FAILURES
from compressor_service.memos.sqlite_lane import REST_S, Lane


def failures(reason: str) -> float:
    """How many calls went without so far."""
    return FAILURES.labels(reason)._value.get()


def one(connection: sqlite3.Connection) -> int:
    """Some work."""
    return int(connection.execute("SELECT 1").fetchone()[0])


def test_an_unusable_file_is_tried_again_after_a_rest(tmp_path: Path) -> None:
    """Meanwhile calls cost nothing; when the trouble is over, the file is used."""
    now = [0.0]
    (tmp_path / "folder").write_text("in the way")
    with closing(Lane(tmp_path / "folder" / "memo", timeout_s=1.0, clock=lambda: now[0])) as lane:
        before = failures("unusable"), failures("resting")
        assert [lane.run(one), lane.run(one)] == [None, None]
        assert (failures("unusable"), failures("resting")) == (before[0] + 1, before[1] + 1)
        (tmp_path / "folder").unlink()
        assert lane.run(one) is None
        now[0] = REST_S
        assert lane.run(one) == 1


def test_a_thread_that_holds_the_connection_too_long_is_not_waited_for(tmp_path: Path) -> None:
    """The other one goes on without, and it is counted."""
    with closing(Lane(tmp_path / "memo", timeout_s=0.05)) as lane:
        holding, release = threading.Event(), threading.Event()

        def hold(_: sqlite3.Connection) -> None:
            holding.set()
            release.wait(10)

        holder = threading.Thread(target=lane.run, args=[hold])
        holder.start()
        assert holding.wait(10)
        before = failures("busy")
        assert lane.run(one) is None
        assert failures("busy") == before + 1
        release.set()
        holder.join()
        assert lane.run(one) == 1


def test_work_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    """The next work begins its own, on a connection opened anew."""
    with closing(Lane(tmp_path / "memo", timeout_s=1.0, clock=iter(range(0, 1000, 100)).__next__)) as lane:
        assert lane.run(lambda connection: connection.execute("BEGIN IMMEDIATE").execute("SELECT nothing")) is None
        assert lane.run(lambda connection: connection.in_transaction) is False
