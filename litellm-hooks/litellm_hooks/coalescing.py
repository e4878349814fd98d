"""Waits for an answer that is already on its way to somebody else, and says that our own calls still run."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from litellm_hooks.config import HookSettings
from litellm_hooks.counters import Counters
from litellm_hooks.exchange import Lookup, LookupQuestion
from litellm_hooks.line import CallFailed
from litellm_hooks.stash import Caller

# Long enough that the service looks for a call under way, too short to be felt.
TOUCH_MS = 1.0
# A lease of the cache service lasts five seconds; two renewals may be lost.
RENEW_EVERY_S = 1.6


class WaitingCache(Protocol):
    """The part of the cache client that coalescing uses."""

    async def lookup(self, question: LookupQuestion, *, timeout_s: float, counted: bool = True) -> Lookup:
        """Ask for a stored answer."""
        ...

    async def renew(self, caller: Caller, lookup_token: bytes, *, timeout_s: float) -> bool:
        """Say that a call still runs; False when nobody waits for this one any more."""
        ...


@dataclass(frozen=True)
class _Lead:
    caller: Caller
    lookup_token: bytes
    since_s: float


@dataclass
class Coalescing:
    """The lookups of one worker that wait, and its calls that others may wait for; both are bounded."""

    cache: WaitingCache
    counters: Counters
    settings: HookSettings
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    _waiting: int = 0
    _leads: OrderedDict[bytes, _Lead] = field(default_factory=OrderedDict)

    @property
    def touch_ms(self) -> float:
        """What the first lookup of a request asks to wait; 0 where coalescing is off."""
        return TOUCH_MS if self.settings.coalesce_wait_ms else 0.0

    async def wait(self, question: LookupQuestion, found: Lookup) -> Lookup:
        """Look up again and wait, where the answer is on its way; what was found before, where waiting fails."""
        wait_ms = self.settings.coalesce_wait_ms
        if not (wait_ms and found.in_flight):
            return found
        if self._waiting >= self.settings.coalesce_max_waiting:
            self.counters.add("coalesce_total", {"outcome": "full"})
            return found
        self._waiting += 1
        try:
            timeout_s = (wait_ms + self.settings.lookup_timeout_ms) / 1000
            waited = await self.cache.lookup(
                replace(question, coalesce_wait_ms=wait_ms), timeout_s=timeout_s, counted=False
            )
        except CallFailed as failed:
            self.counters.add("coalesce_total", {"outcome": failed.failure.value})
            return found
        finally:
            self._waiting -= 1
        self.counters.add("coalesce_total", {"outcome": "hit" if waited.decision.is_hit else "miss"})
        return waited

    def lead(self, caller: Caller, lookup_token: bytes) -> bool:
        """Note that this call's answer may be waited for; True when somebody has to start `keep_leases`."""
        if not self.settings.coalesce_wait_ms or len(self._leads) >= self.settings.coalesce_max_leads:
            return False
        idle = not self._leads
        self._leads[lookup_token] = _Lead(caller, lookup_token, self.clock())
        return idle

    def end(self, lookup_token: bytes) -> None:
        """Forget a call that ended: Store or Release says so to the service."""
        self._leads.pop(lookup_token, None)

    async def keep_leases(self) -> None:
        """Renew the leases of all calls under way, until there are none."""
        while self._leads:
            await self.sleep(RENEW_EVERY_S)
            oldest_s = self.clock() - self.settings.stash_max_age_s
            for lead in list(self._leads.values()):
                if lead.since_s < oldest_s or not await self._renewed(lead):
                    self.end(lead.lookup_token)

    async def _renewed(self, lead: _Lead) -> bool:
        if lead.lookup_token not in self._leads:  # it ended while others were renewed
            return True
        try:
            return await self.cache.renew(
                lead.caller, lead.lookup_token, timeout_s=self.settings.lookup_timeout_ms / 1000
            )
        except CallFailed:
            return True  # counted by the line; the next round tries again
