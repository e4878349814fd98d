"""Tests of starting, watching and stopping child processes, with small real ones."""

# ruff: noqa: ASYNC110, ASYNC240  (another process writes the files that are waited for)

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pith_cli.up.probes import file_exists
from pith_cli.up.processes import Child, ChildError, ProcessGroup, ProcessSpec, read_tail

_SLEEP = "import time; time.sleep(60)"


def _spec(name: str, code: str, ready: Path, *, deadline_s: float = 20.0, after: tuple[str, ...] = ()) -> ProcessSpec:
    command = [sys.executable, "-u", "-c", code]
    return ProcessSpec(name, command, dict(os.environ), file_exists(ready), deadline_s, after=after)


def _ready_then(path: Path, rest: str = _SLEEP) -> str:
    return f"from pathlib import Path; Path({str(path)!r}).write_text('up'); {rest}"


def _is_alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_children_start_in_the_order_of_their_needs(tmp_path: Path) -> None:
    """What comes after another starts only once that one is ready."""
    first, second = tmp_path / "first", tmp_path / "second"
    needs = f"import sys; from pathlib import Path; sys.exit(1) if not Path({str(first)!r}).exists() else None; "
    specs = [
        _spec("second", needs + _ready_then(second), second, after=("first",)),
        _spec("first", "import time; time.sleep(0.3); " + _ready_then(first), first),
    ]
    group = ProcessGroup(tmp_path / "logs")
    ready: list[str] = []
    try:
        await group.start(specs, ready.append)
        assert ready == ["first", "second"]
    finally:
        await group.stop()
    assert not any(_is_alive(child.pid) for child in group.children.values())


async def test_a_child_that_dies_before_it_is_ready_shows_its_log(tmp_path: Path) -> None:
    """The error names the process, its exit code and what it said last."""
    spec = _spec("broken", "import sys; print('port is gone'); sys.exit(3)", tmp_path / "never")
    group = ProcessGroup(tmp_path / "logs")
    with pytest.raises(ChildError, match="broken ended with exit code 3") as error:
        await group.start([spec], lambda _: None)
    assert error.value.tail == "port is gone"
    assert error.value.log == tmp_path / "logs" / "broken.log"


async def test_a_child_that_is_not_ready_in_time_is_an_error(tmp_path: Path) -> None:
    """No process is waited for without end."""
    group = ProcessGroup(tmp_path / "logs")
    try:
        with pytest.raises(ChildError, match="slow was not ready after 0 s"):
            await group.start([_spec("slow", _SLEEP, tmp_path / "never", deadline_s=0.3)], lambda _: None)
    finally:
        await group.stop()


async def test_the_death_of_a_running_child_is_noticed(tmp_path: Path) -> None:
    """A child that is killed from outside ends the wait with the signal's name."""
    up = tmp_path / "up"
    group = ProcessGroup(tmp_path / "logs")
    try:
        await group.start([_spec("victim", _ready_then(up), up)], lambda _: None)
        os.kill(group.children["victim"].pid or 0, signal.SIGKILL)
        error = await asyncio.wait_for(group.wait_death(), 10)
        assert str(error) == "victim was ended by SIGKILL"
    finally:
        await group.stop()


async def test_stopping_also_ends_what_a_child_started(tmp_path: Path) -> None:
    """Grandchildren are in the group and do not outlive it."""
    pid_file = tmp_path / "pid"
    grandchild = "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    code = f"import subprocess, sys, time; from pathlib import Path; {grandchild}; Path({str(pid_file)!r}).write_text(str(p.pid)); p.wait()"
    group = ProcessGroup(tmp_path / "logs")
    await group.start([_spec("parent", code, pid_file)], lambda _: None)
    pid = int(pid_file.read_text())
    assert _is_alive(pid)
    await group.stop()
    await _gone(pid)


async def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    """Stopping takes no longer than the grace period."""
    up = tmp_path / "up"
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _ready_then(up)
    group = ProcessGroup(tmp_path / "logs")
    await group.start([_spec("stubborn", stubborn, up)], lambda _: None)
    started = time.monotonic()
    await group.stop(grace_s=0.3)
    assert time.monotonic() - started < 10
    await _gone(group.children["stubborn"].pid or 0)


async def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """Even a parent that cannot clean up leaves no orphan."""
    pid_file = tmp_path / "pid"
    code = f"""
import asyncio, sys
from pathlib import Path
from pith_cli.up.processes import Child, ProcessSpec
async def main():
    spec = ProcessSpec("child", [sys.executable, "-c", "import time; time.sleep(60)"], {{}}, None, 1.0)
    child = Child(spec, Path({str(tmp_path)!r}) / "child.log")
    await child.start()
    Path({str(pid_file)!r}).write_text(str(child.pid))
    await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    while not await file_exists(pid_file)():
        await asyncio.sleep(0.05)
    parent.kill()
    await parent.wait()
    await _gone(int(pid_file.read_text()))


async def test_stopping_what_was_never_started_does_nothing(tmp_path: Path) -> None:
    """A stack that failed half way can be stopped as a whole."""
    await Child(_spec("idle", _SLEEP, tmp_path / "never"), tmp_path / "idle.log").stop(0.1)


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    """A long log is cut, a missing one is empty, and broken text does no harm."""
    log = tmp_path / "x.log"
    log.write_bytes(b"\n".join(b"line %d" % number for number in range(20_000)) + b"\nlast \xff")
    assert read_tail(log, 2) == "line 19999\nlast \ufffd"
    assert read_tail(tmp_path / "none.log", 2) == ""


async def _gone(pid: int) -> None:
    """Wait until a process is gone, or a zombie that only its new parent can bury."""
    async with asyncio.timeout(10):
        while _is_alive(pid) and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
            await asyncio.sleep(0.05)
