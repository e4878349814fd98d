"""Tests of sending the sample traffic."""

import aiohttp
import pytest

from fakes_cli import FakeCache, FakeCompressor, FakeGateway, serving, web_server
from pith_cli.clients import CacheClient, CompressorClient
from pith_cli.up.client import EdgeClient
from pith_cli.up.models import Model
from pith_cli.up.results import Row
from pith_cli.up.session import Session
from pith_cli.up.store_watch import StoreWatch
from pith_cli.up.traffic import Expect, SampleRequest

_BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "one two three"}], "stream": False}
_MODEL = Model("openai", 0.01, 0.1)


def _sample(cache: str = "miss", compression: str = "applied") -> SampleRequest:
    expect = Expect(cache, compression, "Plain")
    return SampleRequest("s1", "chat", "acme", "openai", "gpt-4o", stream=False, body=_BODY, expect=expect)


async def _send(gateway: FakeGateway, *samples: SampleRequest) -> list[Row]:
    compressor, cache = FakeCompressor(), FakeCache()
    async with (
        serving(compressor=compressor, cache=cache) as address,
        web_server(gateway.app()) as url,
        aiohttp.ClientSession() as http,
        CompressorClient(address) as compressor_client,
        CacheClient(address) as cache_client,
    ):
        stores = StoreWatch(cache_client, timeout_s=0.05)
        keys = {"acme": "sk-pith-acme"}
        session = Session(EdgeClient(http, url), compressor_client, stores, keys, {"gpt-4o": _MODEL})
        seen: list[Row] = []
        rows = await session.run(samples, seen.append)
        assert seen == rows
        return rows


async def test_a_row_holds_what_the_services_counted() -> None:
    """Tokens, eligible tokens and times come from the headers, costs from the prices."""
    gateway = FakeGateway()
    gateway.headers |= {
        "x-pith-tokens-before": "100",
        "x-pith-tokens-after": "40",
        "x-pith-eligible-before": "90",
        "x-pith-eligible-after": "30",
        "x-pith-cache-ms": "3.5",
        "x-pith-compression-ms": "7.5",
    }
    (row,) = await _send(gateway, _sample())
    assert (row.tokens_before, row.tokens_after, row.eligible_before, row.eligible_after) == (100, 40, 90, 30)
    assert (row.cache_ms, row.compression_ms, row.missed) == (3.5, 7.5, ())
    assert row.cost_without_usd == pytest.approx(100 * 0.01 + 4 * 0.1)
    assert row.cost_with_usd == pytest.approx(40 * 0.01 + 4 * 0.1)


async def test_a_hit_costs_nothing_and_would_have_cost_its_prompt() -> None:
    """The compressor counts a prompt that it never saw."""
    gateway = FakeGateway()
    gateway.headers = {"x-pith-cache": "hit-exact", "x-pith-similarity": "1.0"}
    (row,) = await _send(gateway, _sample("hit-exact", ""))
    assert (row.tokens_before, row.tokens_after, row.cost_with_usd) == (3, 0, 0.0)
    assert row.cost_without_usd == pytest.approx(3 * 0.01 + 4 * 0.1)
    assert row.is_hit
    assert not row.is_wrong_hit


async def test_a_missed_expectation_stays_in_its_row() -> None:
    """A run goes on after a surprise."""
    gateway = FakeGateway()
    gateway.headers = {"x-pith-cache": "bypass;timeout", "x-pith-compression": "skipped;timeout"}
    rows = await _send(gateway, _sample(), _sample("bypass", "skipped"))
    assert rows[0].missed == (
        "cache bypass (timeout), expected miss",
        "compression skipped (timeout), expected applied",
    )
    assert rows[1].missed == ()


async def test_an_estimate_counts_every_prompt() -> None:
    """What real providers would cost is known before anything is sent."""
    async with serving(compressor=FakeCompressor()) as address, CompressorClient(address) as client:
        session = Session(None, client, None, {}, {"gpt-4o": _MODEL})  # type: ignore[arg-type]
        assert await session.estimate_usd([_sample(), _sample()], 10) == pytest.approx(2 * (3 * 0.01 + 10 * 0.1))
