"""Runs blocking SQLite work in one thread beside the event loop, with a bounded number of calls waiting."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from cache_service.stores import StoreDown
from cache_service.stores.sqlite_session import Session
from grpc_serving.errors import Overloaded

R = TypeVar("R")


class Lane:
    """One thread with one session: its calls run one after the other."""

    def __init__(self, name: str, session: Session, *, max_waiting: int) -> None:
        self.session = session
        self._name = name
        self._max_waiting = max_waiting
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sqlite-{name}")

    async def run(self, work: Callable[[], R]) -> R:
        """The result of the work; Overloaded when too much waits, StoreDown when SQLite fails."""
        if self._waiting >= self._max_waiting:
            raise Overloaded(f"store: {self._max_waiting} calls wait to {self._name}", retry_after_s=0.1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreDown(f"store: cannot {self._name}: {error}") from error
        finally:
            self._waiting -= 1

    async def read(self, work: Callable[[], R]) -> R:
        """Like `run`, with all statements of the work seeing the file as it was at the first of them."""

        def in_snapshot() -> R:
            with snapshot(self.session):
                return work()

        return await self.run(in_snapshot)

    async def close(self) -> None:
        """Finishes what runs and closes the connection."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        self.session.connection.close()


class Inline:
    """Short reads in the event loop's own thread: to hand one to another thread costs eight times what it takes.

    In WAL mode a read waits for nobody, so that what it can be held up by is the disk.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def read(self, work: Callable[[], R]) -> R:
        """The result of the work, each statement of which sees a moment of its own; StoreDown when SQLite fails."""
        try:
            self.session.refresh()
            return work()
        except sqlite3.Error as error:
            raise StoreDown(f"store: cannot read: {error}") from error

    async def close(self) -> None:
        """Closes the connection."""
        self.session.connection.close()


@contextmanager
def snapshot(session: Session) -> Iterator[None]:
    """A read transaction: other processes may write meanwhile and are not seen."""
    session.connection.execute("BEGIN")
    try:
        session.refresh()
        yield
    finally:
        session.connection.execute("ROLLBACK")
