"""Asks the user a question without holding up a signal that arrives meanwhile."""

import asyncio
import os
import sys
import threading

from rich.console import Console

_MAX_ANSWER_BYTES = 1024


async def confirmed(console: Console, question: str) -> bool:
    """Return whether the user answers yes; no answer is a no."""
    console.print(f"{question} [y/N] ", end="", markup=False)
    answer = await _line()
    if not sys.stdin.isatty():
        console.print()
    return answer.strip().lower() in {"y", "yes"}


async def _line() -> str:
    """Read in a daemon thread: one of an executor would have to be waited for, and nothing ends its read."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def deliver(line: bytes) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        # Not sys.stdin.readline, which would hold a lock that the interpreter wants at its end.
        loop.call_soon_threadsafe(deliver, os.read(sys.stdin.fileno(), _MAX_ANSWER_BYTES))

    threading.Thread(target=read, daemon=True).start()
    return (await answer).decode("utf-8", "replace")
