"""Tests of the gRPC clients."""

import json

import grpc
import pytest

from fakes_cli import DROPPED, FakeCache, FakeCompressor, serving
from pith_cli.clients import CacheClient, Channel, CompressorClient, Engine, Options, Text
from pith_cli.receipts import Span


def _body(question: str) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": question}]}).encode()


async def test_compress_returns_texts_counts_and_receipt() -> None:
    """What was dropped comes as spans, what was not changed with its reason."""
    fake = FakeCompressor()
    async with serving(compressor=fake) as address, CompressorClient(address) as client:
        texts = [Text("user", f"Keep this.{DROPPED}", query="What?"), Text("system", "Short.")]
        found = await client.compress(texts, Options("gpt-4o-mini", 0.5, "sentences", 300, spans=True))
    assert found.texts[0].text == "Keep this."
    assert found.texts[0].spans[1] == Span(10, 29, kept=False, reason="SPAN_REASON_UNSPECIFIED")
    assert (found.texts[1].changed, found.texts[1].skip_reason) == (False, "SKIP_REASON_TOO_SHORT")
    assert (found.tokens_before, found.tokens_after, found.engine, found.total_ms) == (6, 3, "fake", 1.5)
    sent = fake.requests[0]
    assert (sent.policy.rate, sent.policy.engine, sent.target_model, sent.segments[0].query) == (
        0.5,
        "sentences",
        "gpt-4o-mini",
        "What?",
    )


async def test_count_changes_nothing() -> None:
    """Counting turns compression off."""
    fake = FakeCompressor()
    async with serving(compressor=fake) as address, CompressorClient(address) as client:
        assert await client.count([Text("user", f"Keep this.{DROPPED}")], model="gpt-4o") == 5
        assert await client.engines() == [Engine("fake", "f1", 0.5)]


async def test_lookup_store_lookup() -> None:
    """A miss brings the token that a store takes; then the request is known, also in other words."""
    async with serving(cache=FakeCache()) as address, CacheClient(address) as client:
        missed = await client.lookup("acme", _body("How do I open it?"))
        assert missed.outcome == "miss"
        assert missed.stage_ms["embed"] == pytest.approx(0.7)
        assert await client.entries("acme") == 0
        assert await client.store("acme", missed.token, b"{}")
        assert await client.entries("acme") == 1
        assert (await client.lookup("acme", _body("How do I open it?"))).outcome == "hit-exact"
        assert (await client.lookup("acme", _body("How can I open it?"))).outcome == "hit-semantic"
        assert (await client.lookup("globex", _body("How do I open it?"))).outcome == "miss"


async def test_health_says_what_is_wrong() -> None:
    """A part that serves, a service that is not there, a server that is not there."""
    async with serving(cache=FakeCache()) as address, Channel(address, timeout_s=2) as channel:
        assert await channel.health() == "SERVING"
        assert await channel.health("no.such.Service") == "NOT_FOUND"
        await channel.echo()
    async with Channel(address, timeout_s=0.5) as channel:
        assert await channel.health() in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}


async def test_an_error_of_the_service_is_raised() -> None:
    """Whoever calls decides what to do about it."""
    async with serving(cache=FakeCache()) as address, CompressorClient(address) as client:
        with pytest.raises(grpc.aio.AioRpcError):
            await client.engines()
