"""Runs child processes: starts them in groups of their own, watches them, and stops every one."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TAIL_LINES = 25
_POLL_S = 0.1
_MAX_TAIL_BYTES = 64_000
_PR_SET_PDEATHSIG = 1

Probe = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class ProcessSpec:
    """What to start, how to know that it is ready, and how long that may take."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    probe: Probe
    deadline_s: float
    after: Sequence[str] = ()
    where: str = ""
    hint: str = field(default="")


class ChildError(Exception):
    """A child died or was not ready in time; carries what its log said last."""

    def __init__(self, spec: ProcessSpec, what: str, log: Path) -> None:
        super().__init__(f"{spec.name} {what}")
        self.spec = spec
        self.what = what
        self.log = log
        self.tail = read_tail(log, TAIL_LINES)


class Child:
    """One child process and its log file."""

    def __init__(self, spec: ProcessSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id, once started."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process in a session of its own, its output going to the log file."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                env=dict(self.spec.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    async def wait_ready(self) -> None:
        """Return when the probe says yes; raise ChildError when the child dies or the deadline passes first."""
        try:
            async with asyncio.timeout(self.spec.deadline_s):
                while not await self.spec.probe():
                    self.check_alive()
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ChildError(self.spec, f"was not ready after {self.spec.deadline_s:.0f} s", self.log) from None
        # A probe can be answered by somebody else on the port while our own child has died.
        self.check_alive()

    def check_alive(self) -> None:
        """Raise ChildError when the process has ended."""
        if self._process and self._process.returncode is not None:
            raise self._death(self._process.returncode)

    async def wait_death(self) -> ChildError:
        """Return the error once the process has ended."""
        assert self._process is not None, "not started"
        return self._death(await self._process.wait())

    async def stop(self, grace_s: float) -> None:
        """Ask the process group to end, and kill it after the grace period."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:
            # Also what the child left behind in its group.
            self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "not started"
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _death(self, code: int) -> ChildError:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return ChildError(self.spec, how, self.log)


class ProcessGroup:
    """Children started in the order of their needs and stopped in the reverse order."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self.children: dict[str, Child] = {}

    async def start(self, specs: Sequence[ProcessSpec], on_ready: Callable[[str], None]) -> None:
        """Start all, each once those it comes after are ready; raise the first ChildError."""
        ready = {spec.name: asyncio.Event() for spec in specs}
        try:
            async with asyncio.TaskGroup() as tasks:
                for spec in specs:
                    tasks.create_task(self._bring_up(spec, ready, on_ready))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _bring_up(
        self, spec: ProcessSpec, ready: Mapping[str, asyncio.Event], on_ready: Callable[[str], None]
    ) -> None:
        for name in spec.after:
            await ready[name].wait()
        child = self.children[spec.name] = Child(spec, self._log_folder / f"{spec.name}.log")
        await child.start()
        await child.wait_ready()
        ready[spec.name].set()
        on_ready(spec.name)

    async def wait_death(self) -> ChildError:
        """Return the error of the first child that ends."""
        tasks = [asyncio.create_task(child.wait_death()) for child in self.children.values()]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        return next(iter(done)).result()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Stop every child, the last started first; never leaves one behind."""
        for child in reversed(self.children.values()):
            await child.stop(grace_s)


def read_tail(path: Path, lines: int) -> str:
    """Return the last lines of a log file, or an empty text when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MAX_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _die_with_parent() -> None:
    """Let the kernel end the child when this process is killed and cannot do it itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
