"""Creates tenants and their keys through the management API."""

from collections.abc import Iterable
from typing import Any

import aiohttp

_TIMEOUT_S = 10.0


class ManagementError(Exception):
    """The management API refused a request."""


class ManagementClient:
    """Talks to the management API with the admin key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, admin_key: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"authorization": f"Bearer {admin_key}"}

    async def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Make one call and return its JSON."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        call = self._session.request(method, self._url + path, json=body, headers=self._headers, timeout=timeout)
        async with call as reply:
            if reply.status >= 400:
                raise ManagementError(f"{method} {path} was answered {reply.status}: {await reply.text()}")
            return await reply.json()

    async def create_tenant(self, name: str) -> str:
        """Create a tenant and return a new key of it."""
        await self.request("POST", "/v1/tenants", {"id": name, "name": name.capitalize()})
        created = await self.request("POST", f"/v1/tenants/{name}/keys", {"name": "sample traffic"})
        return str(created["key"])


async def create_tenants(client: ManagementClient, names: Iterable[str]) -> dict[str, str]:
    """Create tenants and return the key of each."""
    return {name: await client.create_tenant(name) for name in names}
