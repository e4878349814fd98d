"""Tests of warming the services up."""

from fakes_cli import FakeCache, FakeCompressor, serving
from pith_cli.clients import CacheClient, CompressorClient
from pith_cli.up.warm_up import TENANT, warm_cache, warm_compressor


async def test_warming_up_touches_no_tenant_of_the_traffic() -> None:
    """Entries of the warm-up belong to a tenant of its own, and there are two, so that one meets the other."""
    cache = FakeCache()
    async with serving(cache=cache) as address, CacheClient(address) as client:
        await warm_cache(client)
    assert {tenant: len(bodies) for tenant, bodies in cache.stored.items()} == {TENANT: 2}


async def test_every_tokenizer_is_loaded() -> None:
    """Each model is compressed for once."""
    compressor = FakeCompressor()
    async with serving(compressor=compressor) as address, CompressorClient(address) as client:
        await warm_compressor(client, "A text.", ["gpt-4o", "claude-sonnet-4-5"])
    assert [request.target_model for request in compressor.requests] == ["gpt-4o", "claude-sonnet-4-5"]
