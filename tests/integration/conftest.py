"""What the tests of the edge share: one upstream and one platform-api a module."""

import pytest_asyncio

from fakes_platform import fake_upstream, running_platform


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream_server():
    """One upstream for all tests of this module."""
    async with fake_upstream() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(upstream_server, tmp_path_factory):
    """One platform-api in front of it, which takes bodies of up to 100 kB."""
    folder = tmp_path_factory.mktemp("platform")
    async with running_platform(folder, litellm_urls=(upstream_server.url,), max_body_bytes=100_000) as platform:
        yield platform


@pytest_asyncio.fixture(loop_scope="module")
async def upstream(upstream_server):
    """The upstream with its memory wiped."""
    upstream_server.reset()
    return upstream_server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def key(platform):
    """A key of tenant acme, limited in every way."""
    limits = {"models": ["gpt-4o"], "rpm": 60, "tpm": 1000, "policy": {"cache": False}}
    return (await platform.new_key("acme", **limits))["key"]
