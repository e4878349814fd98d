"""Runs several copies of a server in spawned processes that share one port, and ends with them."""

import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

import structlog

from grpc_serving.addresses import reserved_port
from grpc_serving.settings import ServingSettings

log = structlog.get_logger("grpc_serving.workers")

# After the grace time a worker still closes its stores; then it is killed.
CLOSING_S = 5.0


def run_workers(settings: ServingSettings, work: Callable[..., None], *arguments: object) -> int:
    """Spawns `work(settings, index, *arguments)` per worker and waits; 0 after SIGTERM or SIGINT, 1 when one dies."""
    with reserved_port(settings.address) as address:
        shared = settings.model_copy(update={"address": address})
        spawn = multiprocessing.get_context("spawn")
        workers = [
            spawn.Process(target=work, args=(shared, index, *arguments), name=f"worker-{index}")
            for index in range(settings.workers)
        ]
        stop = _StopSignals()
        for worker in workers:
            worker.start()
        return _watch(workers, stop, patience_s=settings.grace_s + CLOSING_S)


class _StopSignals:
    """Turns SIGTERM and SIGINT into a socket, `told`, that can be waited for beside the workers."""

    def __init__(self) -> None:
        self.told, self._tell = socket.socketpair()
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            self._tell.send(b"!")


def _watch(workers: Sequence[BaseProcess], stop: _StopSignals, *, patience_s: float) -> int:
    happened = wait([*(worker.sentinel for worker in workers), stop.told])
    asked = stop.asked
    for worker in workers:
        if worker.sentinel not in happened:
            worker.terminate()
        elif not asked:
            worker.join()
            log.error("worker ended unexpectedly, stopping the others", worker=worker.name, exit_code=worker.exitcode)
    in_time = _join(workers, until=time.monotonic() + patience_s)
    clean = all(worker.exitcode in {0, -signal.SIGTERM} for worker in workers)
    return 0 if asked and in_time and clean else 1


def _join(workers: Sequence[BaseProcess], *, until: float) -> bool:
    in_time = True
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
        if worker.is_alive():
            log.error("worker did not end in time, killing it", worker=worker.name)
            worker.kill()
            worker.join()
            in_time = False
    return in_time
