"""Tests of creating tenants."""

import aiohttp
import pytest

from fakes_cli import ADMIN_KEY, FakeGateway, web_server
from pith_cli.up.tenants import ManagementClient, ManagementError, create_tenants


async def test_every_tenant_gets_a_key() -> None:
    """Tenants are made with the admin key, in the order given."""
    gateway = FakeGateway()
    async with web_server(gateway.app()) as url, aiohttp.ClientSession() as session:
        keys = await create_tenants(ManagementClient(session, url, ADMIN_KEY), ["acme", "globex"])
    assert keys == {"acme": "sk-pith-acme", "globex": "sk-pith-globex"}
    assert gateway.tenants == ["acme", "globex"]


async def test_a_refusal_says_what_was_asked_and_answered() -> None:
    """A wrong admin key is an error that shows the status."""
    async with web_server(FakeGateway().app()) as url, aiohttp.ClientSession() as session:
        with pytest.raises(ManagementError, match="POST /v1/tenants was answered 409"):
            await ManagementClient(session, url, "sk-wrong").create_tenant("acme")
