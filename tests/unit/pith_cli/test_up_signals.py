"""Tests of ending by a signal."""

# ruff: noqa: ASYNC110  (another process writes the files that are waited for)

import asyncio
import signal
import sys
from pathlib import Path

_CODE = """
import asyncio, sys
from pathlib import Path
from pith_cli.up.signals import run_until_signal
folder = Path(sys.argv[1])
async def main():
    try:
        (folder / "up").touch()
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.2)
        (folder / "released").touch()
    return 0
sys.exit(run_until_signal(main()))
"""


async def _end(folder: Path, *numbers: signal.Signals) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CODE, str(folder))
    while not (folder / "up").exists():
        await asyncio.sleep(0.02)
    for number in numbers:
        process.send_signal(number)
        await asyncio.sleep(0.05)
    return await process.wait()


async def test_a_signal_releases_what_is_held(tmp_path: Path) -> None:
    """SIGTERM ends the run in order, with the exit code of that signal."""
    assert await _end(tmp_path, signal.SIGTERM) == 128 + signal.SIGTERM
    assert (tmp_path / "released").exists()


async def test_a_second_signal_does_not_interrupt_the_release(tmp_path: Path) -> None:
    """Whoever presses Ctrl-C twice leaves no process behind either."""
    assert await _end(tmp_path, signal.SIGINT, signal.SIGINT) == 128 + signal.SIGINT
    assert (tmp_path / "released").exists()


async def test_without_a_signal_the_result_is_the_exit_code() -> None:
    """A run that ends by itself says how it went."""
    code = "import sys\nfrom pith_cli.up.signals import run_until_signal\nasync def m(): return 7\nsys.exit(run_until_signal(m()))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 7
