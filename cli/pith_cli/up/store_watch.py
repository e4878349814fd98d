"""Waits until an answer that is stored in the background can be found."""

import asyncio
import time

import grpc

from pith_cli.clients import CacheClient

TIMEOUT_S = 1.0
_POLL_S = 0.01
# Long enough for one embedding and one write where the service does not count its entries.
_BLIND_WAIT_S = 0.25


class StoreWatch:
    """Compares how many entries a tenant has before and after a request."""

    def __init__(self, client: CacheClient, *, timeout_s: float = TIMEOUT_S) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def entries(self, tenant: str) -> int | None:
        """Return how many entries a tenant has, or None when the service does not say."""
        try:
            return await self._client.entries(tenant)
        except grpc.aio.AioRpcError:
            return None

    async def wait_for_more(self, tenant: str, before: int | None) -> bool:
        """Wait until a tenant has more entries than before; False when that does not come about in time."""
        if before is None:
            await asyncio.sleep(_BLIND_WAIT_S)
            return True
        ends = time.monotonic() + self._timeout_s
        while time.monotonic() < ends:
            if (await self.entries(tenant) or 0) > before:
                return True
            await asyncio.sleep(_POLL_S)
        return False
