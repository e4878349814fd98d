"""Runs blocking SQLite work in one thread beside the event loop, with a bounded number of calls waiting."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from cache_service.stores import StoreDown
from grpc_serving.errors import Overloaded

R = TypeVar("R")


class Lane:
    """One thread with one connection: its calls run one after the other."""

    def __init__(self, name: str, connection: sqlite3.Connection, *, max_waiting: int) -> None:
        self.connection = connection
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
            with snapshot(self.connection):
                return work()

        return await self.run(in_snapshot)

    async def close(self) -> None:
        """Finishes what runs and closes the connection."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        self.connection.close()


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """A read transaction: other processes may write meanwhile and are not seen."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
