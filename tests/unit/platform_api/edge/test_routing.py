"""The path table and the model table."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.edge.routing import Destination, provider_of, resolve, segments_of
from platform_api.errors import Dialect

LLM_PATHS = [
    ("POST", "/v1/chat/completions", Dialect.OPENAI),
    ("POST", "/v1/completions", Dialect.OPENAI),
    ("POST", "/v1/embeddings", Dialect.OPENAI),
    ("POST", "/v1/messages", Dialect.ANTHROPIC),
    ("POST", "/v1/messages/count_tokens", Dialect.ANTHROPIC),
    ("POST", "/v1/responses", Dialect.OPENAI_RESPONSES),
    ("GET", "/v1/models", Dialect.OPENAI),
]
PLATFORM_PATHS = ["tenants", "providers", "quotas", "usage", "gateway"]
KONG_PATHS = ["agents", "workflows", "knowledge", "documents"]


@pytest.mark.parametrize(("method", "path", "dialect"), LLM_PATHS)
def test_llm_paths_go_to_the_llm_gateway(method, path, dialect):
    """Each path of the table is found by its method and speaks its dialect."""
    route = resolve(method, path.encode())
    assert route is not None
    assert (route.destination, route.path, route.name, route.dialect) == (Destination.LLM, path, path, dialect)


def test_ids_are_taken_for_what_they_are():
    """One more segment is an id where the table has one."""
    model = resolve("GET", b"/v1/models/gpt-4o")
    assert (model.destination, model.name, model.path) == (Destination.LLM, "/v1/models/{id}", "/v1/models/gpt-4o")
    for method in ("GET", "DELETE"):
        assert resolve(method, b"/v1/responses/resp_1").destination is Destination.STORED_RESPONSE


@pytest.mark.parametrize("name", PLATFORM_PATHS)
def test_platform_paths_and_what_lies_below(name):
    """A platform path takes every method and everything below it."""
    assert resolve("GET", f"/v1/{name}".encode()).destination is Destination.PLATFORM
    assert resolve("DELETE", f"/v1/{name}/a/b".encode()).path == f"/v1/{name}/a/b"


@pytest.mark.parametrize("name", KONG_PATHS)
def test_paths_behind_kong(name):
    """Paths of other services are known as such."""
    assert resolve("POST", f"/v1/{name}/x".encode()).destination is Destination.BEHIND_KONG


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/completions-x"),
        ("POST", "/v1/chat/completions/"[:-1] + "/../../admin"),
        ("POST", "/v1/chat/completions/%2e%2e/%2E%2E/admin"),
        ("POST", "/v1/chat%2fcompletions"),
        ("POST", "/v1/chat%252fcompletions"),
        ("POST", "/v1/chat\\completions"),
        ("POST", "/V1/chat/completions"),
        ("POST", "/v1/chat"),
        ("POST", "/v1"),
        ("POST", "/"),
        ("POST", ""),
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("GET", "/v1/models/a/b"),
        ("GET", "/v1/models/..%2fkey"),
        ("PUT", "/v1/responses/resp_1"),
        ("GET", "/v1/tenantsx"),
        ("GET", "/v1/tenants/%00"),
        ("GET", "/v1/tenants/%ff"),
        ("GET", "/v1/tenants/a%3fb"),
        ("GET", "/key/generate"),
        ("GET", "/metrics"),
        ("GET", "/v1/tenants" + "/a" * 40),
        ("OPTIONS", "*"),
        ("GET", "http://example.com/v1/models"),
    ],
)
def test_nothing_else_is_served(method, path):
    """A path outside the table, or one that another server might read differently, has no route."""
    assert resolve(method, path.encode()) is None


@pytest.mark.parametrize(
    "path",
    ["//v1//chat//completions", "/v1/chat/completions/", "/v1/./chat/%2e/completions", "/%76%31/chat/completions"],
)
def test_spellings_of_one_path_are_one_path(path):
    """Doubled slashes, dots, percent-encoding and a trailing slash lead to the canonical path."""
    assert resolve("POST", path.encode()).path == "/v1/chat/completions"


@given(st.binary(max_size=60), st.sampled_from(["GET", "POST", "DELETE"]))
def test_any_bytes_have_a_route_or_none(raw, method):
    """No path makes the table fail, and what is forwarded is always canonical."""
    route = resolve(method, b"/v1/tenants/" + raw)
    if route is not None:
        assert route.path.startswith("/v1/tenants")
        assert ".." not in route.path.split("/")
        assert "//" not in route.path
        assert resolve(method, route.path.encode()) == route


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\%?#"), min_size=1), max_size=5
    )
)
def test_segments_survive_quoting(words):
    """Segments are given back as they were before they were quoted."""
    words = [word for word in words if word not in {".", ".."}]
    raw = "/" + "/".join(quote(word, safe="") for word in words)
    assert list(segments_of(raw.encode())) == [unquote(quote(word)) for word in words]


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o", "openai"),
        ("GPT-4o-mini", "openai"),
        ("o3-mini", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("gemini-2-5-pro", "google"),
        ("groq-llama-3-3-70b", "groq"),
        ("mistral-large", None),
        ("", None),
    ],
)
def test_models_belong_to_providers_by_prefix(model, provider):
    """The beginning of a model's name tells its provider."""
    assert provider_of(model) == provider
