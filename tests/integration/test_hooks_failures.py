"""The hooks' pipeline over real connections to services that are healthy, dead, hung, or talk nonsense."""

import asyncio
import time

import pytest

from fakes_hooks import Gate, broken_bytes, compressed, fake_services, hit
from litellm_hooks.config import HookSettings
from litellm_hooks.decisions import CacheDecision, CompressionDecision
from litellm_hooks.stash import Caller, RequestState
from litellm_hooks.worker import build
from pith.cache.v1 import cache_pb2

TEXTS = ["Be brief.", "It is really blue. Why?"]
DATA = {
    "model": "gpt-4o",
    "messages": [{"role": "system", "content": TEXTS[0]}, {"role": "user", "content": TEXTS[1]}],
}
ALLOWED_MS = 150


@pytest.fixture
async def services():
    """The three services."""
    async with fake_services() as running:
        yield running


@pytest.fixture
async def gate(services):
    """A gate in front of them that lets everything through."""
    gate = Gate(services.port)
    await gate.forward()
    yield gate
    await gate.close()


def _worker(port, **settings):
    address = f"127.0.0.1:{port}"
    usual = {"breaker_failures": 2, "breaker_cooldown_s": 0.3}
    return build(HookSettings(cache_address=address, compressor_address=address, **{**usual, **settings}))


async def _run(worker):
    state = RequestState("t", Caller("acme", "k1"), "chat", "gpt-4o")
    began = time.perf_counter()
    texts = await worker.pipeline.run(state, DATA, texts=TEXTS)
    return state, texts, (time.perf_counter() - began) * 1000


async def _until_healthy(worker, attempts=100):
    for _ in range(attempts):
        state, texts, _ = await _run(worker)
        if state.cache is CacheDecision.MISS and state.compression is CompressionDecision.APPLIED:
            return texts
        await asyncio.sleep(0.05)
    raise AssertionError(worker.counters.snapshot())


async def test_healthy(gate):
    """Through a gate that lets everything through, a miss is compressed."""
    worker = _worker(gate.port, lookup_timeout_ms=2000, compress_timeout_ms=2000)
    state, texts, _ = await _run(worker)
    assert (state.cache, state.compression) == (CacheDecision.MISS, CompressionDecision.APPLIED)
    assert texts == ["Be brief.", "It is blue. Why?"]


async def test_dead_services_cost_next_to_nothing_and_come_back(gate):
    """A closed port fails at once; when the service is there again it is used again."""
    worker = _worker(gate.port)
    await _until_healthy(worker)
    await gate.refuse()
    took = []
    for _ in range(5):
        state, texts, ms = await _run(worker)
        took.append(ms)
        assert texts == TEXTS
        assert state.cache in (CacheDecision.UNAVAILABLE, CacheDecision.TIMEOUT)
        assert state.compression in (CompressionDecision.UNAVAILABLE, CompressionDecision.TIMEOUT)
    assert sorted(took)[2] < ALLOWED_MS
    await gate.forward()
    await _until_healthy(worker)


async def test_hung_services_cost_their_deadline_until_the_breaker_opens(gate):
    """A service that accepts and never answers costs at most the total deadline, a few times."""
    worker = _worker(gate.port)
    await _until_healthy(worker)
    await gate.hang()
    runs = [await _run(worker) for _ in range(6)]
    assert all(texts == TEXTS for _, texts, _ in runs)
    assert {state.cache for state, _, _ in runs[:2]} == {CacheDecision.TIMEOUT}
    assert CacheDecision.BREAKER_OPEN in {state.cache for state, _, _ in runs[2:]}
    assert sorted(ms for _, _, ms in runs)[3] < ALLOWED_MS
    counts = worker.counters.snapshot()
    assert counts['pith_hooks_breaker_opened_total{service="cache"}'] >= 1
    assert counts['pith_hooks_cache_total{outcome="bypass",reason="timeout"}'] >= 2
    await gate.forward()
    await _until_healthy(worker)


async def test_a_port_where_nobody_ever_listened(gate):
    """A worker that starts before its services lets requests through."""
    await gate.refuse()
    worker = _worker(gate.port)
    state, texts, _ = await _run(worker)
    assert texts == TEXTS
    assert state.cache in (CacheDecision.UNAVAILABLE, CacheDecision.TIMEOUT)
    await gate.forward()
    await _until_healthy(worker)


@pytest.mark.parametrize(
    "reply",
    [
        hit(b"\x00\xff nonsense"),
        hit(b"[]"),
        hit(b'{"object": "chat.completion", "choices": []}'),
        hit(b'{"object": "chat.completion", "choices": [{"finish_reason": "stop", "message": {}}]}'),
        hit(b'{"object": "response", "output": []}', shape="responses"),
        cache_pb2.LookupResponse(outcome=cache_pb2.OUTCOME_HIT, hit_kind=cache_pb2.HIT_KIND_EXACT),
        cache_pb2.LookupResponse(),
    ],
)
async def test_a_hit_that_is_nonsense(gate, services, reply):
    """An answer that no client could read is a bypass, and the request goes on compressed."""
    worker = _worker(gate.port, lookup_timeout_ms=2000, compress_timeout_ms=2000)
    services.cache.answer = lambda _: reply
    state, texts, _ = await _run(worker)
    assert (state.cache, state.answers) == (CacheDecision.BAD_ANSWER, {})
    assert texts[0] == TEXTS[0]


def _fewer(request):
    reply = compressed(request)
    del reply.segments[0]
    return reply


def _swapped(request):
    reply = compressed(request)
    reply.segments[0].id, reply.segments[1].id = reply.segments[1].id, reply.segments[0].id
    return reply


def _empty(request):
    reply = compressed(request)
    reply.segments[1].text = ""
    return reply


def _longer(request):
    reply = compressed(request)
    reply.segments[1].text = reply.segments[1].text * 3
    return reply


@pytest.mark.parametrize("spoil", [_fewer, _swapped, _empty, _longer])
async def test_a_compression_that_is_nonsense(gate, services, spoil):
    """Wrong counts, swapped ids, empty or longer texts: the original goes on."""
    worker = _worker(gate.port, lookup_timeout_ms=2000, compress_timeout_ms=2000)
    services.compressor.answer = spoil
    state, texts, _ = await _run(worker)
    assert texts == TEXTS
    assert state.compression is CompressionDecision.BAD_ANSWER


@pytest.mark.parametrize(
    ("service", "method"),
    [("pith.cache.v1.CacheService", "Lookup"), ("pith.compressor.v1.CompressorService", "Compress")],
)
async def test_bytes_that_are_no_protobuf(service, method):
    """Whatever bytes come back, the request goes on with its original texts."""
    async with broken_bytes(service, method) as port:
        worker = _worker(port, lookup_timeout_ms=2000, compress_timeout_ms=2000)
        state, texts, _ = await _run(worker)
    assert texts == TEXTS
    bad = state.cache if method == "Lookup" else state.compression
    assert bad.endswith("bad-answer")


async def test_a_port_that_speaks_another_protocol():
    """A web server where a gRPC service should be is a service that is away."""

    async def answer(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    worker = _worker(server.sockets[0].getsockname()[1])
    state, texts, _ = await _run(worker)
    server.close()
    assert texts == TEXTS
    assert state.cache in (CacheDecision.UNAVAILABLE, CacheDecision.TIMEOUT)
