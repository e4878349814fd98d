"""The first hook."""

from types import SimpleNamespace

import litellm
import pytest

from litellm_hooks.backend import PithCacheBackend
from litellm_hooks.begin import Begin, _cut_fallbacks, begin
from litellm_hooks.decisions import CacheDecision, CompressionDecision
from litellm_hooks.stash import TOKEN_KEY, Caller


async def _begin(parts, key, data, call_type="acompletion"):
    await Begin(lambda: parts).async_pre_call_hook(user_api_key_dict=key, cache=None, data=data, call_type=call_type)
    return parts.stash.find(data)


def test_importing_it_installs_the_backend():
    """LiteLLM's cache is ours once the hook modules are loaded, and long chats are not left out."""
    assert isinstance(begin, Begin)
    assert isinstance(litellm.cache.cache, PithCacheBackend)
    assert litellm.cache.max_messages is None
    assert litellm.cache.supported_call_types == ["acompletion"]


def test_litellm_finds_the_hook_in_the_class_itself():
    """LiteLLM skips an inherited pre-call hook."""
    assert "async_pre_call_hook" in vars(Begin)


async def test_the_state_says_who_asks(parts, key, data):
    """Tenant, key and request come from authentication and the proxy, never from the body."""
    data["metadata"]["tenant"] = "evil"
    data["stream"] = True
    data["proxy_server_request"]["headers"] = {"X-Request-Id": "r-1"}
    state = await _begin(parts, key, data)
    assert state.caller == Caller("acme", "k1")
    assert (state.api, state.model_group, state.stream, state.request_id) == ("chat", "gpt-4o", True, "r-1")
    assert (state.cache_wanted, state.compression_wanted) == (True, True)


async def test_every_own_dict_gets_the_token(parts, key, data):
    """Both dicts that the proxy filled hold the token; a client's dict does not."""
    data["litellm_metadata"] = {"user_api_key_alias": "a"}
    state = await _begin(parts, key, data)
    assert data["metadata"][TOKEN_KEY] == data["litellm_metadata"][TOKEN_KEY] == state.token
    client = {"model": "m", "metadata": {"mine": 1}}
    await _begin(parts, key, client)
    assert client["metadata"] == {"mine": 1}


async def test_a_fresh_token_each_time(parts, key, data):
    """A second run of the hook, for a fallback after a rate limit, makes a new state."""
    first = await _begin(parts, key, data)
    second = await _begin(parts, key, data)
    assert first.token != second.token


@pytest.mark.parametrize("field", [{"cache": False}, "nonsense", None, [1], {"cache": "off"}])
async def test_the_body_field_never_stays(parts, key, data, field):
    """Our field is taken out whatever it holds: a provider would refuse it."""
    data["pith"] = field
    state = await _begin(parts, key, data)
    assert "pith" not in data
    assert state.cache_wanted is (field != {"cache": False})


@pytest.mark.parametrize(
    ("change", "cache", "compression"),
    [
        ({"pith": {"cache": False}}, "bypass;opt-out", "skipped;not-asked"),
        ({"pith": {"compress": False}}, "bypass;not-asked", "skipped;opt-out"),
        ({"proxy_server_request": {"headers": {"X-Pith-Cache": "OFF"}}}, "bypass;opt-out", "skipped;not-asked"),
        ({"proxy_server_request": {"headers": {"x-pith-compress": "off"}}}, "bypass;not-asked", "skipped;opt-out"),
        ({"caching": False}, "bypass;opt-out", "skipped;not-asked"),
    ],
)
async def test_opt_outs(parts, key, data, change, cache, compression):
    """A request may leave out the cache, the compressor or both, in each of its ways."""
    data.update(change)
    state = await _begin(parts, key, data)
    assert (state.cache, state.compression) == (cache, compression)
    assert state.cache_wanted is not cache.endswith("opt-out")


async def test_the_keys_policy_wins(parts, key, data):
    """What the key may not do, its requests cannot ask for; the reason is the policy."""
    key.metadata = {"pith": {"cache": False, "compress": False, "mode": "exact"}}
    data["pith"] = {"cache": True, "compress": False}
    state = await _begin(parts, key, data)
    assert (state.cache, state.compression, state.mode) == (CacheDecision.POLICY, CompressionDecision.POLICY, "exact")
    assert parts.counters.snapshot()['pith_hooks_cache_total{outcome="bypass",reason="policy"}'] == 1


@pytest.mark.parametrize("call_type", ["atext_completion", "anthropic_messages", "aresponses", "aembedding"])
async def test_other_routes_are_left_alone(parts, key, data, call_type):
    """Only chat completions are looked up and compressed; the others are still accounted for."""
    state = await _begin(parts, key, data, call_type)
    assert (state.cache, state.compression) == (CacheDecision.ROUTE, CompressionDecision.ROUTE)
    assert not state.cache_wanted
    assert state.api == {"atext_completion": "text", "anthropic_messages": "messages", "aresponses": "responses"}.get(
        call_type, "embedding"
    )


async def test_without_a_tenant_nothing_is_done(parts, key, data):
    """The administrator's key belongs to nobody's cache."""
    key.team_id = None
    assert (await _begin(parts, key, data)).cache is CacheDecision.NO_TENANT


async def test_switched_off_nothing_is_done(parts, key, data):
    """ENABLED=false lets everything through."""
    parts.settings = type(parts.settings)(enabled=False)
    assert (await _begin(parts, key, data)).compression is CompressionDecision.DISABLED


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("00-" + "a" * 32 + "-" + "b" * 16 + "-01", True), ("00-xyz", False), ("café", False), ("", False)],
)
async def test_only_a_well_formed_traceparent_goes_on(parts, key, data, sent, kept):
    """Metadata of gRPC would refuse anything else."""
    data["proxy_server_request"]["headers"] = {"traceparent": sent}
    assert (await _begin(parts, key, data)).traceparent == (sent if kept else "")


async def test_half_a_character_is_replaced(parts, key, data):
    """JSON may hold a lone surrogate, protobuf may not."""
    data["model"] = "gpt\ud800"
    assert (await _begin(parts, key, data)).model_group == "gpt?"


async def test_cache_control_and_user_are_kept(parts, key, data):
    """What the request says of its own caching, and for whom it is, waits in the state."""
    data["cache"] = {"no-cache": True}
    data["proxy_server_request"]["headers"] = {"Cache-Control": "no-store, max-age=9", "X-Pith-User": "u-1"}
    state = await _begin(parts, key, data)
    assert (state.no_cache, state.no_store, state.max_age_s) == (True, True, 9.0)
    assert state.caller == Caller("acme", "k1", "u-1")
    assert state.cache_wanted


@pytest.mark.parametrize(
    ("control", "age"), [({"s-maxage": 60}, 60.0), ({"s-max-age": 0}, 0.0), ({"s-maxage": "x"}, None), ([], None)]
)
async def test_the_greatest_age_is_read(parts, key, data, control, age):
    """LiteLLM's own way to limit the age of an answer is honoured."""
    data["cache"] = control
    assert (await _begin(parts, key, data)).max_age_s == age


async def test_a_bug_lets_the_request_through(parts, data):
    """A key that is not what it should be does not stop the request."""
    data["pith"] = {}
    hook = Begin(lambda: parts)
    assert (
        await hook.async_pre_call_hook(user_api_key_dict=None, cache=None, data=data, call_type="acompletion") is data
    )
    assert "pith" not in data
    assert parts.counters.snapshot()['pith_hooks_hook_errors_total{hook="begin"}'] == 1


ROUTER = SimpleNamespace(
    fallbacks=[{"gpt-4o": ["claude", "gemini"]}, {"*": ["mini"]}],
    context_window_fallbacks=[{"gpt-4o": ["claude"]}],
    content_policy_fallbacks=None,
)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([], {}),
        (["gpt-4o", "claude", "gemini", "mini"], {}),
        (["gpt-4o", "claude"], {"fallbacks": [{"gpt-4o": ["claude"]}]}),
        (["gpt-4o", "gemini"], {"fallbacks": [{"gpt-4o": ["gemini"]}], "context_window_fallbacks": []}),
        (["gpt-4o"], {"fallbacks": [], "context_window_fallbacks": []}),
    ],
)
def test_fallbacks_are_cut_to_the_keys_models(allowed, expected):
    """A configured fallback that the key may not use is left out; a key without a list may use all."""
    data = {"model": "gpt-4o"}
    _cut_fallbacks(data, allowed, router=ROUTER)
    assert data == {"model": "gpt-4o", **expected}


def test_fallbacks_of_the_body():
    """LiteLLM checks the body's own fallbacks itself, but not the other two kinds: those are replaced."""
    data = {"model": "gpt-4o", "fallbacks": ["x"], "context_window_fallbacks": ["x"], "content_policy_fallbacks": ["x"]}
    _cut_fallbacks(data, ["gpt-4o", "claude"], router=ROUTER)
    assert data["fallbacks"] == ["x"]
    assert data["context_window_fallbacks"] == [{"gpt-4o": ["claude"]}]
    assert data["content_policy_fallbacks"] == []


def test_no_router_no_fallbacks():
    """Without a router there is nothing to cut."""
    data = {"model": "gpt-4o"}
    _cut_fallbacks(data, ["gpt-4o"], router=None)
    assert data == {"model": "gpt-4o"}
