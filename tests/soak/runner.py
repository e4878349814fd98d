"""Runs a long check step by step until it is whole or the time is over."""

import time
from collections.abc import Callable

from soak.check import Check
from soak.ledger import Ledger

_SAVE_EVERY_S = 5.0

Progress = Callable[[Ledger], None]


async def run(check: Check, ledger: Ledger, *, seconds: float, progress: Progress) -> None:
    """Go on where the ledger stands; it is saved every few seconds and at the end, also when a step raises."""
    started = saved = time.monotonic()
    try:
        async with check.open() as step:
            while ledger.done < check.steps and time.monotonic() - started < seconds:
                before = time.monotonic()
                found = await step(ledger.done)
                ledger.add(found, time.monotonic() - before)
                if time.monotonic() - saved > _SAVE_EVERY_S:
                    saved = time.monotonic()
                    ledger.save()
                progress(ledger)
    finally:
        ledger.save()
