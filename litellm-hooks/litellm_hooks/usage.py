"""Sends usage events to platform-api in batches, off every request's path."""

import asyncio
from collections import deque

from litellm_hooks.clients import UsageClient
from litellm_hooks.counters import Counters
from litellm_hooks.exchange import UsageEvent
from litellm_hooks.line import CallFailed

_MAX_BATCH = 500
_PAUSE_S = 0.2  # events of this long go out together; also what a killed worker loses at most


class UsageQueue:
    """A bounded queue with one sender, which starts with the first event and ends with the last."""

    def __init__(
        self,
        client: UsageClient,
        counters: Counters,
        *,
        max_events: int,
        timeout_s: float,
        retry_pause_s: float = 2.0,
    ) -> None:
        self._client, self._counters, self._timeout_s, self._retry_pause_s = client, counters, timeout_s, retry_pause_s
        self._events: deque[UsageEvent] = deque()
        self._max_events = max_events
        self._sender: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: UsageEvent) -> None:
        """Queue an event; a full queue loses its oldest."""
        self._events.append(event)
        self._drop_oldest()
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._events:
            await asyncio.sleep(_PAUSE_S)
            batch = [self._events.popleft() for _ in range(min(_MAX_BATCH, len(self._events)))]
            if not await self._send(batch):
                self._events.extendleft(reversed(batch))
                self._drop_oldest()
                await asyncio.sleep(self._retry_pause_s)

    async def _send(self, batch: list[UsageEvent]) -> bool:
        """Whether the batch is done with; one that the service refuses as wrong is dropped, not tried for ever."""
        try:
            await self._client.record(batch, timeout_s=self._timeout_s)
        except CallFailed as failed:
            if failed.is_final:
                self._counters.add("usage_events_total", {"outcome": "refused"}, amount=len(batch))
            return failed.is_final
        self._counters.add("usage_events_total", {"outcome": "sent"}, amount=len(batch))
        return True

    def _drop_oldest(self) -> None:
        while len(self._events) > self._max_events:
            self._events.popleft()
            self._counters.add("usage_events_total", {"outcome": "dropped"})
