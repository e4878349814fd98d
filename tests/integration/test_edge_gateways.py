"""Which upstream gets a request: failover, the Kong rollback, platform paths, loops."""

import contextlib
import json
import socket

import pytest
from aiohttp import web

from fakes_platform import break_store, fake_upstream, running_platform

CHAT = "/v1/chat/completions"


@pytest.fixture
async def upstreams():
    """Three upstreams."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(fake_upstream()) for _ in range(3)]


@pytest.fixture
def closed_url():
    """The URL of a port that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}"


async def ask(platform, key, body, path=CHAT):
    """Send one JSON body and return status, JSON and headers."""
    return await ask_raw(platform, key, json.dumps(body), path)


async def ask_raw(platform, key, body, path=CHAT):
    """Send one body as it is and return status, JSON and headers."""
    headers = {"authorization": f"Bearer {key}"}
    async with platform.http.post(platform.edge + path, data=body, headers=headers) as response:
        return response.status, json.loads(await response.text()), response.headers


async def test_upstreams_take_turns(upstreams, tmp_path):
    """Requests are spread over the list."""
    one, two, _ = upstreams
    async with running_platform(tmp_path, litellm_urls=(one.url, two.url)) as platform:
        key = (await platform.new_key("acme"))["key"]
        for _ in range(6):
            assert (await ask(platform, key, {}))[0] == 200
    assert (len(one.seen), len(two.seen)) == (3, 3)


async def test_a_closed_upstream_is_passed_over(upstreams, closed_url, tmp_path):
    """With one of two down every request is answered, body and all, and the gateway page says which is down."""
    alive = upstreams[0]
    async with running_platform(tmp_path, litellm_urls=(closed_url, alive.url)) as platform:
        key = (await platform.new_key("acme"))["key"]
        for number in range(6):
            assert (await ask(platform, key, {"n": number}))[0] == 200
        _, shown = await platform.call("GET", "/v1/gateway")
    assert [json.loads(seen.body)["n"] for seen in alive.seen] == list(range(6))
    assert shown["litellm"] == [{"url": closed_url, "up": False}, {"url": alive.url, "up": True}]


async def test_all_down_is_503_with_retry_after(closed_url, tmp_path):
    """Without an upstream the client is told when to come back."""
    async with running_platform(tmp_path, litellm_urls=(closed_url,)) as platform:
        key = (await platform.new_key("acme"))["key"]
        status, answer, headers = await ask(platform, key, {})
        assert (status, answer["error"]["code"], answer["error"]["type"]) == (
            503,
            "upstream_unavailable",
            "server_error",
        )
        assert headers["retry-after"] == "2"
        status, answer, _ = await ask(platform, key, {}, "/v1/messages")
        assert (status, answer["error"]["type"]) == (503, "api_error")


async def test_the_rollback_sends_llm_traffic_to_kong(upstreams, tmp_path):
    """Kong's routes get the provider of the model, and no credential of ours."""
    kong, litellm, _ = upstreams
    fields = {"litellm_urls": (litellm.url,), "kong_urls": (kong.url,), "llm_gateway": "kong"}
    async with running_platform(tmp_path, **fields) as platform:
        key = (await platform.new_key("acme", models=["gpt-4o", "claude-opus-4-1", "mystery"]))["key"]
        assert (await ask(platform, key, {"model": "gpt-4o"}))[0] == 200
        assert (await ask(platform, key, {"model": "claude-opus-4-1"}, "/v1/messages"))[0] == 200
        assert [seen.header("x-llm-provider") for seen in kong.seen] == ["openai", "anthropic"]
        assert json.loads(kong.seen[0].body) == {"model": "gpt-4o"}
        assert "sk-pith" not in str(kong.seen)
        assert all(seen.header("authorization") is None for seen in kong.seen)
        status, answer, _ = await ask(platform, key, {"model": "gemini-2-5-pro"})
        assert (status, answer["error"]["code"]) == (403, "model_not_allowed")
        status, answer, _ = await ask(platform, key, {"model": "mystery"})
        assert (status, answer["error"]["code"]) == (404, "model_not_found")
        for odd in ("{}", '{"model": 1}', "[]", '"x"', "{", "[" * 100_000, ""):
            status, answer, _ = await ask_raw(platform, key, odd)
            assert (status, answer["error"]["param"]) == (400, "model")
        async with platform.http.get(platform.edge + "/v1/models", headers={"x-api-key": key}) as response:
            assert response.status == 404
    assert len(kong.seen) == 2
    assert litellm.seen == []


async def test_platform_paths_go_to_kong_where_there_is_one(upstreams, tmp_path):
    """With Kong configured its upstream answers, and the caller's own key goes along."""
    kong = upstreams[0]
    async with running_platform(tmp_path, kong_urls=(kong.url,)) as platform:
        headers = {"authorization": "Bearer some-key"}
        for path in ("/v1/tenants?limit=1", "/v1/agents/a/run"):
            async with platform.http.get(platform.edge + path, headers=headers) as response:
                assert response.status == 200
    assert [seen.path for seen in kong.seen] == ["/v1/tenants?limit=1", "/v1/agents/a/run"]
    assert kong.seen[0].header("authorization") == "Bearer some-key"


async def test_platform_paths_are_served_in_process_without_kong(tmp_path):
    """The edge answers as the management listener does, with a request id added."""
    async with running_platform(tmp_path) as platform:
        headers = {"authorization": f"Bearer {platform.running.admin_key}"}
        url = platform.edge + "//v1/tenants/"
        async with platform.http.post(url, json={"id": "acme", "name": "A"}, headers=headers) as response:
            assert response.status == 201
            assert response.headers["x-request-id"]
        async with platform.http.get(platform.edge + "/v1/tenants/acme", headers=headers) as response:
            assert (await response.json())["name"] == "A"
        async with platform.http.get(platform.edge + "/v1/tenants/acme") as response:
            assert response.status == 401


async def test_a_loop_through_kong_is_broken(upstreams, tmp_path):
    """A Kong whose upstream is the edge gets 508 the second time round."""
    kong = upstreams[0]
    async with running_platform(tmp_path, kong_urls=(kong.url,)) as platform:

        async def back_to_the_edge(request):
            url = platform.edge + request.path
            async with platform.http.get(url, headers=request.headers) as response:
                return web.Response(status=response.status, body=await response.read())

        kong.answer = back_to_the_edge
        async with platform.http.get(platform.edge + "/v1/usage") as response:
            assert response.status == 508
            assert json.loads(await response.read())["error"]["code"] == "loop_detected"
    assert [seen.header("x-pith-hops") for seen in kong.seen] == ["1", "2"]


async def test_a_store_that_fails_is_503_and_nothing_leaves(upstreams, tmp_path):
    """When keys cannot be read nobody gets in, and the process lives on."""
    async with running_platform(tmp_path, litellm_urls=(upstreams[0].url,), auth_cache_ttl_s=0) as platform:
        key = (await platform.new_key("acme"))["key"]
        await break_store(tmp_path)
        status, answer, headers = await ask(platform, key, {})
        assert (status, answer["error"]["code"], headers["retry-after"]) == (503, "store_unavailable", "2")
        status, answer = await platform.call("GET", "/v1/tenants/acme/keys")
        assert (status, answer["error"]["code"]) == (503, "store_unavailable")
    assert upstreams[0].seen == []
