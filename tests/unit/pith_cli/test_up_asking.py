"""Tests of asking the user."""

import asyncio
import signal
import sys

import pytest

_CODE = """
import asyncio, sys
from rich.console import Console
from pith_cli.up.asking import confirmed
from pith_cli.up.signals import run_until_signal
async def main():
    return 10 if await confirmed(Console(), "send them?") else 20
sys.exit(run_until_signal(main()))
"""


async def _ask(answer: bytes | None) -> tuple[int, bytes]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CODE, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    shown = await process.stdout.readuntil(b"[y/N] ")
    if answer is None:
        process.send_signal(signal.SIGINT)
        code = await asyncio.wait_for(process.wait(), 10)
        process.stdin.close()
        return code, shown
    process.stdin.write(answer)
    process.stdin.close()
    return await process.wait(), shown


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 10), (b"Yes\n", 10), (b"n\n", 20), (b"\n", 20), (b"", 20)])
async def test_only_a_yes_is_a_yes(answer: bytes, code: int) -> None:
    """An empty answer, and none at all, spend nothing."""
    assert await _ask(answer) == (code, b"send them? [y/N] ")


async def test_a_signal_ends_the_question() -> None:
    """Ctrl-C works while the question is open."""
    assert (await _ask(None))[0] == 128 + signal.SIGINT
