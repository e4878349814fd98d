"""Chat completions through the real LiteLLM proxy, with small services and stand-in providers."""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import anthropic
import openai
import pytest

from e2e.stack import MASTER_KEY

MODELS = ["gpt-4o", "claude-sonnet-4-5", "gemini-2-5-flash", "groq-llama-3-3-70b"]
SYSTEM = "You are a really careful assistant."


def _question(tag):
    return f"The sky over {tag} is really blue. Grass is really green. What colour is the sky over {tag}?"


def _ask(client, model, tag, *, stream=False, **extra):
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": _question(tag)}]
    create = client.chat.completions.with_raw_response.create
    if not stream:
        raw = create(model=model, messages=messages, **extra)
        answer = raw.parse()
        return raw.headers, answer.choices[0].message.content, answer.choices[0].finish_reason
    raw = create(model=model, messages=messages, stream=True, **extra)
    choices = [choice for chunk in raw.parse() for choice in chunk.choices]
    text = "".join(choice.delta.content or "" for choice in choices)
    return raw.headers, text, next(choice.finish_reason for choice in reversed(choices) if choice.finish_reason)


def _until(condition, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def _stored(gateway, tag):
    return any(tag in store.answer.body.decode() for store in gateway.services.cache.stores)


def _seen(gateway, tag):
    """The bodies of the provider calls that a test caused."""
    with urllib.request.urlopen(f"{gateway.providers.url}/admin/requests", timeout=5) as response:
        requests = json.load(response)["requests"]
    return [request["body"] for request in requests if tag in json.dumps(request["body"])]


@pytest.fixture
def tag():
    """A word that makes a test's requests its own."""
    return "T" + uuid4().hex[:10]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("model", MODELS)
def test_a_miss_then_a_hit(gateway, model, stream, tag):
    """The provider sees the compressed prompt once; the second time the cache answers, for nothing, with the same text."""
    client = gateway.client()
    headers, first, reason = _ask(client, model, tag, stream=stream)
    assert (headers["x-pith-cache"], headers["x-pith-compression"], reason) == ("miss", "applied", "stop")
    assert (headers["x-pith-tokens-saved"], float(headers["x-pith-cache-ms"]) > 0) == ("2", True)
    _until(lambda: _stored(gateway, tag))
    headers, second, reason = _ask(client, model, tag, stream=stream)
    assert (headers["x-pith-cache"], headers["x-pith-compression"], reason) == ("hit-exact", "skipped;hit", "stop")
    assert headers["x-litellm-response-cost"] == "0.0"
    assert second == first
    seen = _seen(gateway, tag)
    assert len(seen) == 1
    text = json.dumps(seen[0])
    assert SYSTEM in text
    assert f"What colour is the sky over {tag}?" in text
    assert f"The sky over {tag} is blue." in text
    assert "pith" not in text


@pytest.mark.parametrize("first_streams", [False, True])
def test_a_stream_serves_a_whole_answer_and_back(gateway, first_streams, tag):
    """One entry serves both ways of asking."""
    client = gateway.client()
    _, first, _ = _ask(client, "gpt-4o", tag, stream=first_streams)
    _until(lambda: _stored(gateway, tag))
    headers, second, _ = _ask(client, "gpt-4o", tag, stream=not first_streams)
    assert headers["x-pith-cache"] == "hit-exact"
    assert second == first


def test_what_the_cache_service_is_told(gateway, tag):
    """Scope, model group and the request as the client meant it: nothing that LiteLLM added."""
    _ask(
        gateway.client("globex", sub="k7"), "gpt-4o", tag, temperature=0, user="u1", extra_body={"metadata": {"a": "b"}}
    )
    lookup = next(lookup for lookup in gateway.services.cache.lookups if tag.encode() in lookup.request_json)
    assert (lookup.scope.tenant_id, lookup.scope.key_id, lookup.model_group) == ("globex", "k7", "gpt-4o")
    body = json.loads(lookup.request_json)
    assert set(body) == {"model", "messages", "temperature", "user"}
    assert body["messages"][1]["content"] == _question(tag)


def test_a_stored_answer_comes_with_its_cost(gateway, tag):
    """Usage and the price of the call are stored with the answer; a stream is stored once."""
    _ask(gateway.client(), "groq-llama-3-3-70b", tag, stream=True)
    _until(lambda: _stored(gateway, tag))
    time.sleep(0.3)
    stores = [store for store in gateway.services.cache.stores if tag in store.answer.body.decode()]
    assert len(stores) == 1
    store = stores[0]
    assert (store.answer.format, store.finish_reason) == ("chat", "stop")
    cost = store.usage.prompt_tokens * 5.9e-7 + store.usage.completion_tokens * 7.9e-7
    assert store.cost_usd == pytest.approx(cost)
    assert cost > 0


def test_another_tenant_misses(gateway, tag):
    """The tenant of the token is the tenant of the lookup."""
    _ask(gateway.client("acme"), "gpt-4o", tag)
    _until(lambda: _stored(gateway, tag))
    assert _ask(gateway.client("globex"), "gpt-4o", tag)[0]["x-pith-cache"] == "miss"
    assert _ask(gateway.client("acme", sub="other-key"), "gpt-4o", tag)[0]["x-pith-cache"] == "hit-exact"


@pytest.mark.parametrize(
    ("extra", "cache", "compression"),
    [
        ({"extra_body": {"pith": {"cache": False}}}, "bypass;opt-out", "applied"),
        ({"extra_body": {"pith": {"compress": False}}}, "miss", "skipped;opt-out"),
        ({"extra_headers": {"x-pith-cache": "off", "x-pith-compress": "off"}}, "bypass;opt-out", "skipped;opt-out"),
        ({"extra_body": {"caching": False}}, "bypass;opt-out", "applied"),
    ],
)
def test_opt_outs(gateway, extra, cache, compression, tag):
    """A request can leave out either service, and the provider never sees how it said so."""
    headers, _, _ = _ask(gateway.client(), "gpt-4o", tag, **extra)
    assert (headers["x-pith-cache"], headers["x-pith-compression"]) == (cache, compression)
    text = json.dumps(_seen(gateway, tag))
    assert "pith" not in text
    assert (f"sky over {tag} is really blue" in text) is (compression == "skipped;opt-out")


def test_the_keys_policy(gateway, tag):
    """What the token's policy switches off stays off."""
    client = gateway.client(policy={"cache": False, "compress": False})
    headers, _, _ = _ask(client, "gpt-4o", tag, extra_body={"pith": {"cache": True}})
    assert (headers["x-pith-cache"], headers["x-pith-compression"]) == ("bypass;policy", "skipped;policy")


def test_many_at_once_get_their_own_answers(gateway, tag):
    """Concurrent requests never see each other's state."""
    client, tags = gateway.client(), [f"{tag}n{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for expected in ("miss", "hit-exact"):
            answers = list(pool.map(lambda own: _ask(client, "gpt-4o-mini", own), tags))
            assert [headers["x-pith-cache"] for headers, _, _ in answers] == [expected] * 8
            assert all(own in text for own, (_, text, _) in zip(tags, answers, strict=True))
            _until(lambda: all(_stored(gateway, own) for own in tags))


def test_usage_events(gateway, tag):
    """Each request is booked once on its tenant: what it cost, what the cache and the compressor saved."""
    client = gateway.client(tag, sub="k3")
    _ask(client, "gpt-4o", tag)
    _until(lambda: _stored(gateway, tag))
    _ask(client, "gpt-4o", tag, stream=True)
    _until(lambda: len(_events(gateway, tag)) == 2)
    miss, hit = _events(gateway, tag)
    assert (miss.key_id, miss.model, miss.api, miss.outcome) == ("k3", "gpt-4o", "chat", 1)
    assert (hit.outcome, hit.cost_usd) == (2, 0)
    assert miss.cost_usd == pytest.approx(miss.prompt_tokens * 2.5e-6 + miss.completion_tokens * 1e-5)
    assert hit.saved_cache_usd == pytest.approx(miss.cost_usd)
    assert miss.saved_compression_usd == pytest.approx(2 * 2.5e-6)
    assert hit.saved_compression_usd == 0
    assert miss.event_id != hit.event_id


def _events(gateway, tenant):
    return [event for event in gateway.services.usage.events if event.tenant_id == tenant]


def _completions(gateway, text):
    return gateway.client().completions.with_raw_response.create(model="gpt-4o", prompt=text).headers


def _responses(gateway, text):
    return gateway.client().responses.with_raw_response.create(model="gpt-4o", input=text).headers


def _messages(gateway, text, model="claude-sonnet-4-5"):
    messages = [{"role": "user", "content": text}]
    with anthropic.Anthropic(base_url=gateway.proxy.url, api_key=gateway.signer.token(), max_retries=0) as client:
        return client.messages.with_raw_response.create(model=model, max_tokens=100, messages=messages).headers


def _bridged_messages(gateway, text):
    return _messages(gateway, text, model="gemini-2-5-flash")


@pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning")
@pytest.mark.parametrize("call", [_completions, _responses, _messages, _bridged_messages])
def test_other_routes_pass_untouched(gateway, call, tag):
    """Routes that are not chat completions are neither looked up, compressed nor stored; twice asked, twice answered."""
    for _ in range(2):
        headers = call(gateway, _question(tag))
        assert (headers["x-pith-cache"], headers["x-pith-compression"]) == ("bypass;route", "skipped;route")
    seen = _seen(gateway, tag)
    assert len(seen) == 2
    assert f"sky over {tag} is really blue" in json.dumps(seen[1])
    assert not any(tag.encode() in lookup.request_json for lookup in gateway.services.cache.lookups)
    assert not _stored(gateway, tag)


def test_the_models_are_listed(gateway):
    """A token may ask which models there are, and about one."""
    client = gateway.client()
    assert set(MODELS) <= {model.id for model in client.models.list()}
    assert client.models.retrieve("gpt-4o").id == "gpt-4o"


@pytest.mark.parametrize("credential", ["", "sk-garbage", "expired"])
def test_no_valid_token_no_answer(gateway, credential):
    """Whoever platform-api did not send gets 401."""
    token = gateway.signer.token(exp=int(time.time()) - 60) if credential == "expired" else credential
    client = gateway.client_with(token or "x")
    extra = {"extra_headers": {"Authorization": ""}} if not token else {}
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}], **extra)


def test_a_token_opens_no_admin_route(gateway):
    """A tenant's token gets 403 where the master key is let in."""
    client = gateway.client()
    for path in ("/health", "/model/info"):
        with pytest.raises(openai.PermissionDeniedError):
            client.get(gateway.proxy.url + path, cast_to=object)


def test_a_key_gets_its_models_only(gateway):
    """A model that is not in the token's list is refused."""
    client = gateway.client(models=["gpt-4o-mini"])
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])


def test_rate_limits_hang_on_the_key_not_on_the_token(gateway, tag):
    """Four tokens of one key share its limit."""
    answers = []
    for number in range(4):
        client = gateway.client(tag, rpm=2, exp=int(time.time()) + 60 + number)
        try:
            _ask(client, "gpt-4o-mini", f"{tag}n{number}")
            answers.append(200)
        except openai.RateLimitError:
            answers.append(429)
    assert answers == [200, 200, 429, 429]


def test_the_counters_add_up(gateway, tag):
    """The counters on the hooks' own port move with the decisions."""
    before = gateway.proxy.counters()
    _ask(gateway.client(), "gpt-4o", tag)
    _until(lambda: _stored(gateway, tag))
    _ask(gateway.client(), "gpt-4o", tag)
    after = gateway.proxy.counters()
    moved = {name for name in after if after[name] > before.get(name, 0)}
    assert 'pith_hooks_cache_total{outcome="miss",reason=""}' in moved
    assert 'pith_hooks_cache_total{outcome="hit-exact",reason=""}' in moved
    assert 'pith_hooks_compression_total{outcome="applied",reason=""}' in moved
    assert not any("hook_errors" in name for name in after)


def test_prometheus_counts_the_hit(gateway):
    """LiteLLM's own metrics know cache hits, and want a credential."""
    request = urllib.request.Request(f"{gateway.proxy.url}/metrics/", headers={"Authorization": f"Bearer {MASTER_KEY}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert "litellm_cache_hits_metric_total" in response.read().decode()
