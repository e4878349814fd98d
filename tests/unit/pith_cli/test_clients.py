"""Tests of the gRPC clients."""

import json

import grpc
import pytest

from fakes_cli import DROPPED, FakeCache, FakeCompressor, serving
from pith.compressor.v1 import compressor_pb2
from pith_cli.clients import (
    CacheClient,
    Channel,
    CompressorClient,
    Engine,
    Options,
    Protected,
    Text,
    prepare_call,
)
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


async def test_an_answer_says_what_was_protected_and_where_the_time_went() -> None:
    """All of a receipt, and the counts of every text."""
    fake = FakeCompressor()
    fake.warnings.append("tightened")
    async with serving(compressor=fake) as address, CompressorClient(address) as client:
        found = await client.compress([Text("user", f"Keep 3.{DROPPED}")])
    assert found.protected == (Protected("number", 3, 2, 1),)
    assert (found.queue_ms, found.stage_ms, found.warnings) == (0.25, {"relevance": 1.0}, ("tightened",))
    assert (found.tokenizer, found.tokenizer_exact, found.degraded_from) == ("words", True, "")
    assert (found.texts[0].tokens_before, found.texts[0].tokens_after) == (5, 2)


async def test_a_prepared_call_can_be_sent_at_any_time() -> None:
    """It is the same request as one that is made when it is sent."""
    fake = FakeCompressor()
    texts, options = [Text("tool", "One."), Text("user", "Two?")], Options(profile="max", min_tokens=0, budget_ms=5)
    async with serving(compressor=fake) as address, CompressorClient(address) as client:
        await client.send(prepare_call(texts, options))
        await client.compress(texts, options)
    assert fake.requests[0] == fake.requests[1]
    assert fake.requests[0].policy.profile == compressor_pb2.PROFILE_MAX
    assert (fake.requests[0].budget_ms, fake.requests[0].policy.HasField("rate")) == (5, False)


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
        assert (missed.outcome, missed.answer) == ("miss", b"")
        assert missed.stage_ms["embed"] == pytest.approx(0.7)
        assert await client.entries("acme") == 0
        assert await client.store("acme", missed.token, b"{}")
        assert await client.entries("acme") == 1
        known = await client.lookup("acme", _body("How do I open it?"))
        assert (known.outcome, known.answer) == ("hit-exact", b'{"id": "stored"}')
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
