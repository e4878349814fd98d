"""The management API on its own listener: tenants, keys, limits, providers, gateway, health."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from fakes_platform import running_platform

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(tmp_path_factory):
    """One platform-api for all tests of this module; each uses tenants of its own."""
    async with running_platform(tmp_path_factory.mktemp("platform")) as platform:
        yield platform


async def test_the_life_of_a_tenant(platform):
    """Made, shown, changed, deleted, gone for good."""
    status, made = await platform.call("POST", "/v1/tenants", {"id": "life", "name": "Life"})
    assert (status, made["status"], made["name"]) == (201, "active", "Life")
    assert datetime.fromisoformat(made["created_at"]).tzinfo is not None
    assert await platform.call("GET", "/v1/tenants/life") == (200, made)
    status, changed = await platform.call("PATCH", "/v1/tenants/life", {"name": "New"})
    assert (status, changed) == (200, {**made, "name": "New"})
    status, changed = await platform.call("PATCH", "/v1/tenants/life", {"status": "suspended"})
    assert (status, changed["status"], changed["name"]) == (200, "suspended", "New")
    assert await platform.call("DELETE", "/v1/tenants/life") == (204, None)
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        status, answer = await platform.call(method, "/v1/tenants/life", body)
        assert (status, answer["error"]["code"]) == (404, "tenant_not_found")
    status, answer = await platform.call("POST", "/v1/tenants", {"id": "life", "name": "Again"})
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (409, "tenant_exists", "id")


async def test_a_tenant_without_an_id_gets_one(platform):
    """The id is made when none is given."""
    status, made = await platform.call("POST", "/v1/tenants", {"name": "Anonymous"})
    assert status == 201
    assert (await platform.call("GET", f"/v1/tenants/{made['id']}"))[0] == 200


async def test_tenants_come_in_pages(platform):
    """`after` and `has_more` lead through the list without gaps."""
    for number in range(3):
        await platform.call("POST", "/v1/tenants", {"id": f"page-{number}", "name": "P"})
    _, first = await platform.call("GET", "/v1/tenants?limit=2&after=page")
    assert ([t["id"] for t in first["data"]], first["has_more"]) == (["page-0", "page-1"], True)
    _, second = await platform.call("GET", "/v1/tenants?limit=1&after=page-1")
    assert [t["id"] for t in second["data"]] == ["page-2"]


async def test_the_life_of_a_key(platform):
    """Its text is shown once; later it is known by id, limits and state."""
    expires = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    wanted = {
        "name": "ci",
        "models": ["gpt-4o", "gpt-4o", "claude-opus-4-1"],
        "rpm": 10,
        "tpm": 1000,
        "expires_at": expires.isoformat(),
        "policy": {"cache": False},
    }
    made = await platform.new_key("keys", **wanted)
    assert made["key"].startswith(f"sk-pith-{made['id']}_")
    assert made["models"] == ["gpt-4o", "claude-opus-4-1"]
    assert (made["rpm"], made["tpm"], made["state"], made["name"]) == (10, 1000, "active", "ci")
    assert made["policy"] == {"cache": False, "compress": None}
    assert datetime.fromisoformat(made["expires_at"]) == expires
    text = made.pop("key")
    status, listed = await platform.call("GET", "/v1/tenants/keys/keys")
    assert (status, listed) == (200, {"data": [made], "has_more": False})
    assert text not in json.dumps(listed)
    assert await platform.call("DELETE", f"/v1/tenants/keys/keys/{made['id']}") == (204, None)
    _, listed = await platform.call("GET", "/v1/tenants/keys/keys")
    assert listed["data"][0]["state"] == "revoked"
    stored = b"".join(path.read_bytes() for path in platform.folder.glob("platform.sqlite3*"))
    assert made["id"].encode() in stored
    assert text.rpartition("_")[2].encode() not in stored


async def test_keys_belong_to_their_tenant(platform):
    """No key without a tenant, none seen or revoked through another one."""
    made = await platform.new_key("mine")
    await platform.call("POST", "/v1/tenants", {"id": "yours", "name": "Y"})
    assert (await platform.call("GET", "/v1/tenants/yours/keys"))[1]["data"] == []
    status, answer = await platform.call("DELETE", f"/v1/tenants/yours/keys/{made['id']}")
    assert (status, answer["error"]["code"]) == (404, "key_not_found")
    for method in ("GET", "POST"):
        status, answer = await platform.call(method, "/v1/tenants/nobody/keys", {} if method == "POST" else None)
        assert (status, answer["error"]["code"]) == (404, "tenant_not_found")


@pytest.mark.parametrize(
    ("body", "param", "limit"),
    [
        ({"models": [""]}, "models[0]", "at least 1"),
        ({"models": ["m"] * 101}, "models", "at most 100"),
        ({"rpm": 0}, "rpm", "greater than or equal to 1"),
        ({"tpm": 10**10}, "tpm", "less than or equal to 1000000000"),
        ({"rpm": "many"}, "rpm", "integer"),
        ({"policy": {"cache": "maybe"}}, "policy.cache", "boolean"),
        ({"policy": {"cach": True}}, "policy.cach", "not permitted"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "future"),
        ({"expires_at": "2030-01-01T00:00:00"}, "expires_at", "timezone"),
        ({"name": "n" * 201}, "name", "at most 200"),
        ({"model": ["gpt-4o"]}, "model", "not permitted"),
    ],
)
async def test_a_bad_key_request_names_field_and_limit(platform, body, param, limit):
    """Every refusal says which field broke which rule."""
    await platform.call("POST", "/v1/tenants", {"id": "bad", "name": "B"})
    status, answer = await platform.call("POST", "/v1/tenants/bad/keys", body)
    error = answer["error"]
    assert (status, error["code"], error["param"], error["type"]) == (
        400,
        "invalid_value",
        param,
        "invalid_request_error",
    )
    assert error["message"].startswith(f"{param}: ")
    assert limit in error["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [({"id": "UPPER", "name": "n"}, "id"), ({"id": "a"}, "name"), ({"name": ""}, "name"), ({"name": "n", "x": 1}, "x")],
)
async def test_a_bad_tenant_request_names_the_field(platform, body, param):
    """Tenants too are refused by field."""
    status, answer = await platform.call("POST", "/v1/tenants", body)
    assert (status, answer["error"]["param"]) == (400, param)


async def test_what_is_no_json_is_400(platform):
    """A broken body is the caller's mistake."""
    headers = {"authorization": f"Bearer {platform.running.admin_key}", "content-type": "application/json"}
    async with platform.http.post(platform.management + "/v1/tenants", data=b'{"id":', headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["type"] == "invalid_request_error"


async def test_a_huge_body_is_413(platform):
    """Declared or not, a body beyond what any call needs is refused."""

    async def chunks():
        for _ in range(30):
            yield b"x" * 10_000

    headers = {"authorization": f"Bearer {platform.running.admin_key}", "content-type": "application/json"}
    for url in (platform.management, platform.edge):
        async with platform.http.post(url + "/v1/tenants", data=chunks(), headers=headers) as response:
            assert response.status == 413
            assert (await response.json())["error"]["code"] == "request_too_large"


PATHS = ["/v1/tenants", "/v1/tenants/x", "/v1/tenants/x/keys", "/v1/quotas", "/v1/providers", "/v1/gateway"]


@pytest.mark.parametrize("path", PATHS)
async def test_only_the_admin_key_opens_management(platform, path):
    """No key is 401, a tenant's key is 403."""
    async with platform.http.get(platform.management + path) as response:
        assert response.status == 401
    tenants_key = (await platform.new_key("outsider"))["key"]
    status, answer = await platform.call("GET", path, key=tenants_key)
    assert (status, answer["error"]["code"]) == (403, "admin_key_needed")


async def test_unknown_paths_and_methods_are_refused_in_shape(platform):
    """What the API lacks is refused as OpenAI would."""
    status, answer = await platform.call("GET", "/v1/nothing")
    assert (status, answer["error"]["code"]) == (404, "unknown_url")
    status, answer = await platform.call("PUT", "/v1/tenants", {})
    assert (status, answer["error"]["code"]) == (405, "method_not_allowed")


async def test_quotas_show_what_keys_carry(platform):
    """The limits of every live tenant's keys are listed by key id."""
    made = await platform.new_key("quota", rpm=7)
    _, quotas = await platform.call("GET", "/v1/quotas?limit=1000")
    assert {"key_id": made["id"], "tenant_id": "quota", "rpm": 7, "tpm": None} in quotas["data"]


async def test_providers_and_gateway_show_what_is_known(platform):
    """The table of providers, the gateway in use and its upstreams."""
    _, providers = await platform.call("GET", "/v1/providers")
    assert [provider["name"] for provider in providers["data"]] == ["openai", "anthropic", "google", "groq"]
    assert await platform.call("GET", "/v1/gateway") == (
        200,
        {
            "llm_gateway": "litellm",
            "platform_paths": "in-process",
            "litellm": [{"url": "http://127.0.0.1:4000", "up": True}],
            "kong": [],
        },
    )


async def test_health_needs_no_key(platform):
    """Probes see that the process lives and that it is ready."""
    for path, said in (("/healthz", "ok"), ("/readyz", "ready")):
        async with platform.http.get(platform.management + path) as response:
            assert (response.status, await response.json()) == (200, {"status": said})


async def test_readiness_ends_with_the_shutdown(tmp_path):
    """A replica that drains asks for no more requests."""
    async with running_platform(tmp_path) as platform:
        platform.running._stopping.set()
        async with platform.http.get(platform.management + "/readyz") as response:
            assert response.status == 503
        async with platform.http.get(platform.management + "/healthz") as response:
            assert response.status == 200
