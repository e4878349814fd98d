"""The edge in front of a LiteLLM stand-in: who gets in, and by which paths."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from fakes_platform import BODY, CHAT, bearer, raw_exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_request_reaches_litellm_with_a_jwt(platform, upstream, key):
    """The key stays at the edge; LiteLLM gets tenant, key id, models, limits and policy, signed for a minute."""
    headers = bearer(key, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    async with platform.http.post(platform.edge + CHAT + "?a=1&b=%20", json=BODY, headers=headers) as response:
        assert response.status == 200
        assert await response.json() == {"ok": True}
    (seen,) = upstream.seen
    assert (seen.method, seen.path, json.loads(seen.body)) == ("POST", CHAT + "?a=1&b=%20", BODY)
    assert seen.header("traceparent") == headers["traceparent"]
    assert seen.header("host") == upstream.url.removeprefix("http://")
    assert "sk-pith" not in str(seen.headers)
    claims = jwt.decode(
        seen.header("authorization").removeprefix("Bearer "),
        (platform.folder / "jwt_public.pem").read_bytes(),
        algorithms=["EdDSA"],
        audience="pith",
        issuer="pith-platform",
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    assert (claims["tenant"], claims["models"], claims["rpm"], claims["tpm"]) == ("acme", ["gpt-4o"], 60, 1000)
    assert claims["sub"] == key.removeprefix("sk-pith-")[:8]
    assert claims["policy"] == {"cache": False}
    assert claims["exp"] - claims["iat"] == 60


async def test_the_jwt_is_reused_while_it_is_young(platform, upstream, key):
    """Two requests in a row carry the same token."""
    for _ in range(2):
        async with platform.http.post(platform.edge + CHAT, json=BODY, headers=bearer(key)) as response:
            assert response.status == 200
    first, second = upstream.seen
    assert first.header("authorization") == second.header("authorization")


async def test_x_api_key_is_as_good(platform, upstream, key):
    """The way of Anthropic's SDK works too, and its header goes no further."""
    async with platform.http.post(platform.edge + "/v1/messages", json=BODY, headers={"x-api-key": key}) as response:
        assert response.status == 200
    assert upstream.seen[0].header("x-api-key") is None
    assert upstream.seen[0].header("authorization").startswith("Bearer ey")


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer sk-pith-garbage"}, {"authorization": "Bearer eyJ.x.y"}])
async def test_without_a_good_key_nothing_is_forwarded(platform, upstream, sent):
    """No key and a bad key are 401 in OpenAI's shape."""
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=sent) as response:
        assert response.status == 401
        assert response.headers["www-authenticate"] == "Bearer"
        error = (await response.json())["error"]
    assert set(error) == {"message", "type", "code", "param"}
    assert error["type"] == "authentication_error"
    assert upstream.seen == []


async def test_errors_on_messages_have_anthropics_shape(platform, upstream):
    """Anthropic's SDK finds its own error format."""
    async with platform.http.post(platform.edge + "/v1/messages", json=BODY) as response:
        assert response.status == 401
        answer = await response.json()
    assert answer["type"] == "error"
    assert answer["error"]["type"] == "authentication_error"


async def test_a_key_with_another_secret_is_refused(platform, upstream, key):
    """The id alone opens nothing: a well-formed key with that id and another secret is 401."""
    from platform_api.domain.keys import key_text, new_secret

    forged = key_text(key.removeprefix("sk-pith-")[:8], new_secret())
    async with platform.http.post(platform.edge + CHAT, json=BODY, headers=bearer(forged)) as response:
        assert response.status == 401
    assert upstream.seen == []


async def test_revoked_expired_and_suspended_keys_are_refused(platform, upstream):
    """Each way of losing a key counts at once and is named."""
    revoked = await platform.new_key("beta")
    soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    expired = await platform.new_key("beta", expires_at=soon)
    suspended = await platform.new_key("gamma")
    async with platform.http.get(platform.edge + "/v1/models", headers=bearer(revoked["key"])) as response:
        assert response.status == 200
    assert (await platform.call("DELETE", f"/v1/tenants/beta/keys/{revoked['id']}"))[0] == 204
    assert (await platform.call("PATCH", "/v1/tenants/gamma", {"status": "suspended"}))[0] == 200
    await asyncio.sleep(0.4)
    answers = {}
    for name, made in {"revoked": revoked, "expired": expired, "suspended": suspended}.items():
        async with platform.http.get(platform.edge + "/v1/models", headers=bearer(made["key"])) as response:
            answers[name] = (response.status, (await response.json())["error"]["code"])
    assert answers == {
        "revoked": (401, "key_revoked"),
        "expired": (401, "key_expired"),
        "suspended": (403, "tenant_suspended"),
    }


@pytest.mark.parametrize(
    "target",
    [
        "/v1/completions-x",
        "/v1/chat/completions/../../admin",
        "/v1/chat/completions/%2e%2e/%2e%2e/admin",
        "/v1/chat%2Fcompletions",
        "/v1/chat/completionsx",
        "/key/generate",
        "/health",
        "/metrics",
        "/healthz",
        "/v1/audio/speech",
        "/",
    ],
)
async def test_other_paths_are_404_of_the_edge(platform, upstream, key, target):
    """A path outside the table is never forwarded, with or without a good key."""
    request = f"POST {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 2\r\n"
    answer = await raw_exchange(platform.running.edge_port, request.encode() + b"connection: close\r\n\r\n{}")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert json.loads(body)["error"]["code"] == "unknown_url"
    assert upstream.seen == []


@pytest.mark.parametrize("target", ["//v1/chat//completions/", "/v1/./chat/%63ompletions"])
async def test_what_is_forwarded_is_the_canonical_path(platform, upstream, key, target):
    """Another spelling of a served path arrives in the table's spelling."""
    request = f"POST {target}?q=1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 2\r\n"
    answer = await raw_exchange(platform.running.edge_port, request.encode() + b"connection: close\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert upstream.seen[0].path == CHAT + "?q=1"


async def test_stored_responses_are_404_after_the_key(platform, upstream, key):
    """Whose a stored response is cannot be told yet, so nobody gets one."""
    url = platform.edge + "/v1/responses/resp_1"
    async with platform.http.get(url) as response:
        assert response.status == 401
    for method in ("GET", "DELETE"):
        async with platform.http.request(method, url, headers=bearer(key)) as response:
            assert response.status == 404
            assert (await response.json())["error"]["code"] == "response_not_found"
    assert upstream.seen == []


async def test_paths_behind_kong_say_that_there_is_none(platform, upstream, key):
    """Without a Kong these paths do not exist here, and the answer says why."""
    async with platform.http.get(platform.edge + "/v1/agents", headers=bearer(key)) as response:
        assert response.status == 404
        assert "no Kong is configured" in (await response.json())["error"]["message"]
