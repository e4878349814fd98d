"""The real LiteLLM proxy while services are dead, hung or talk nonsense, and while providers fail."""

import json
import statistics
import time
import urllib.request
from uuid import uuid4

import openai
import pytest

from fakes_hooks import compressed, hit

ALLOWED_MS = 150
MODEL = "gpt-4o-mini"


def _ask(client, text, model=MODEL, **extra):
    began = time.perf_counter()
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": text}], **extra
    )
    return raw.headers, raw.parse().choices[0].message.content, (time.perf_counter() - began) * 1000


def _text():
    return f"The sky over {uuid4().hex} is really blue. Which colour has it?"


def _median_ms(client, **extra):
    return statistics.median(_ask(client, _text(), **extra)[2] for _ in range(7))


@pytest.fixture
def gateway(strict_gateway):
    """The proxy with default deadlines, its services healthy and its breakers closed."""
    strict_gateway.open_gates()
    strict_gateway.services.cache.answer = strict_gateway.services.compressor.answer = None
    client = strict_gateway.client()
    deadline = time.monotonic() + 20
    while True:
        headers, _, _ = _ask(client, _text())
        if (headers["x-pith-cache"], headers["x-pith-compression"]) == ("miss", "applied"):
            break
        assert time.monotonic() < deadline, dict(headers)
        time.sleep(0.2)
    yield strict_gateway
    strict_gateway.open_gates()
    strict_gateway.services.cache.answer = strict_gateway.services.compressor.answer = None


@pytest.fixture
def untouched_ms(gateway):
    """What a request takes that asks neither service."""
    return _median_ms(gateway.client(), extra_headers={"x-pith-cache": "off", "x-pith-compress": "off"})


def _added_ms(headers):
    return float(headers["x-pith-cache-ms"]) + float(headers["x-pith-compression-ms"])


def _moved(before, after):
    return {name for name in after if after[name] > before.get(name, 0)}


@pytest.mark.parametrize("way", ["refuse", "hang"])
def test_services_that_are_away(gateway, untouched_ms, way):
    """Killed or hung, every request gets its answer, and header and counter say why.

    What the hooks waited is within the allowance for every request; the whole exchange, which a busy machine stretches
    at random, in the median of the first four and of the last four.
    """
    client, before = gateway.client(), gateway.proxy.counters()
    for name in ("cache", "compressor"):
        gateway.loop.run(getattr(gateway.gates[name], way)())
    answers = [_ask(client, _text()) for _ in range(8)]
    reasons = {"bypass;unavailable", "bypass;timeout", "bypass;breaker-open"}
    assert {headers["x-pith-cache"] for headers, _, _ in answers} <= reasons
    assert all(text for _, text, _ in answers)
    assert max(_added_ms(headers) for headers, _, _ in answers) < ALLOWED_MS
    assert (
        max(statistics.median(ms for *_, ms in answers[:4]), statistics.median(ms for *_, ms in answers[4:]))
        < untouched_ms + ALLOWED_MS
    )
    moved = _moved(before, gateway.proxy.counters())
    assert any(name.startswith('pith_hooks_cache_total{outcome="bypass",reason=') for name in moved)
    assert any(name.startswith('pith_hooks_compression_total{outcome="skipped",reason=') for name in moved)
    if way == "hang":
        assert 'pith_hooks_cache_total{outcome="bypass",reason="timeout"}' in moved


def test_one_service_away_leaves_the_other(gateway):
    """A dead cache is no reason not to compress, a dead compressor none not to cache."""
    gateway.loop.run(gateway.gates["cache"].refuse())
    headers, _, _ = _ask(gateway.client(), _text())
    assert headers["x-pith-cache"].startswith("bypass;")
    assert headers["x-pith-compression"] == "applied"
    gateway.open_gates()
    gateway.loop.run(gateway.gates["compressor"].refuse())
    deadline = time.monotonic() + 10
    while (headers := _ask(gateway.client(), _text())[0])["x-pith-cache"] != "miss":
        assert time.monotonic() < deadline
    assert headers["x-pith-compression"].startswith("skipped;")


@pytest.mark.parametrize("body", [b"\xff\x00", b"{}", b'{"object": "chat.completion", "choices": []}', b'"text"'])
@pytest.mark.parametrize("stream", [False, True])
def test_a_cache_that_answers_garbage(gateway, body, stream):
    """A hit that no client could read is answered by the provider."""
    gateway.services.cache.answer = lambda _: hit(body)
    text = _text()
    raw = gateway.client().chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": text}], stream=stream
    )
    assert raw.headers["x-pith-cache"] == "bypass;bad-answer"
    answer = raw.parse()
    content = (
        "".join(c.delta.content or "" for chunk in answer for c in chunk.choices)
        if stream
        else answer.choices[0].message.content
    )
    assert content


@pytest.mark.parametrize("spoil", ["fewer", "swapped", "empty"])
def test_a_compressor_that_answers_garbage(gateway, spoil):
    """A rewrite that does not fit is not applied: the provider sees the original."""

    def answer(request):
        reply = compressed(request)
        if spoil == "fewer":
            del reply.segments[:]
        elif spoil == "swapped":
            reply.segments[0].id = "7"
        else:
            reply.segments[0].text = ""
        return reply

    gateway.services.compressor.answer = answer
    text = _text()
    headers, _, _ = _ask(gateway.client(), text)
    assert headers["x-pith-compression"] == "skipped;bad-answer"
    assert any(text in json.dumps(body) for body in _provider_bodies(gateway))


def _provider_bodies(gateway):
    with urllib.request.urlopen(f"{gateway.providers.url}/admin/requests?last=20", timeout=5) as response:
        return [request["body"] for request in json.load(response)["requests"]]


def _fault(gateway, **fault):
    request = urllib.request.Request(
        f"{gateway.providers.url}/admin/faults", json.dumps(fault).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        assert response.status == 200


@pytest.fixture
def openai_refuses(gateway):
    """The OpenAI stand-in answers gpt-4o with 401, which LiteLLM does not retry in the group."""
    _fault(gateway, provider="openai", model="gpt-4o", status=401, times=50)
    yield
    request = urllib.request.Request(f"{gateway.providers.url}/admin/faults", method="DELETE")
    with urllib.request.urlopen(request, timeout=5):
        pass


def _until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_the_answer_of_a_fallback_is_not_stored(gateway, openai_refuses):
    """Claude's answer is not what the cache gives for gpt-4o; whoever waits for it is freed."""
    text, released = _text(), len(gateway.services.cache.releases)
    headers, _, _ = _ask(gateway.client(), text, model="gpt-4o")
    assert headers["x-pith-cache"] == "miss"
    _until(lambda: len(gateway.services.cache.releases) > released)
    assert gateway.services.cache.releases[-1].reason == 3
    assert _ask(gateway.client(), text, model="gpt-4o")[0]["x-pith-cache"] == "miss"


def test_fallbacks_are_cut_to_the_keys_models(gateway, openai_refuses):
    """A key for gpt-4o alone gets the error, one that may use Gemini gets Gemini's answer."""
    with pytest.raises(openai.APIStatusError):
        _ask(gateway.client(models=["gpt-4o"]), _text(), model="gpt-4o")
    text = _text()
    assert _ask(gateway.client(models=["gpt-4o", "gemini-2-5-pro"]), text, model="gpt-4o")[1]
    assert any("contents" in body for body in _provider_bodies(gateway)[-1:])


def test_a_failed_request_frees_who_waits_and_is_booked(gateway, openai_refuses):
    """The lookup token is given back, and the event says error."""
    released, tenant = len(gateway.services.cache.releases), uuid4().hex
    with pytest.raises(openai.APIStatusError):
        _ask(gateway.client(tenant, models=["gpt-4o"]), _text(), model="gpt-4o")
    _until(lambda: len(gateway.services.cache.releases) > released)
    assert gateway.services.cache.releases[-1].reason == 1
    _until(lambda: any(event.tenant_id == tenant for event in gateway.services.usage.events))
    assert [event.outcome for event in gateway.services.usage.events if event.tenant_id == tenant] == [4]


def test_what_is_masked_is_seen_by_nobody(gateway):
    """With the mask on, neither the services nor the provider see an address; the model still knows who is who."""
    tag = uuid4().hex
    _ask(gateway.client(), f"In {tag} ann@example.org really wrote to bob@example.org. Who wrote?")
    lookup = next(lookup for lookup in gateway.services.cache.lookups if tag.encode() in lookup.request_json)
    texts = [segment.text for request in gateway.services.compressor.requests for segment in request.segments]
    bodies = json.dumps([body for body in _provider_bodies(gateway) if tag in json.dumps(body)])
    for seen in (lookup.request_json.decode(), next(text for text in texts if tag in text), bodies):
        assert "<EMAIL_1>" in seen
        assert "<EMAIL_2>" in seen
        assert "example.org" not in seen


def test_usage_events_wait_for_their_service(gateway):
    """Events of a time without platform-api arrive when it is back."""
    tenant = uuid4().hex
    gateway.loop.run(gateway.gates["usage"].refuse())
    _ask(gateway.client(tenant), _text())
    time.sleep(0.5)
    assert not any(event.tenant_id == tenant for event in gateway.services.usage.events)
    gateway.open_gates()
    _until(lambda: any(event.tenant_id == tenant for event in gateway.services.usage.events))
