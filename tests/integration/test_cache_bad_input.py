"""Bad input over real gRPC: each is refused by field, nothing is stored, the service lives."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes_cache import CacheClient, chat_json, refused, served
from pith.cache.v1 import cache_pb2 as pb

SCOPE = pb.Scope(tenant_id="acme")
QUESTION = "How do I cancel an order?"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the exact tier alone."""
    async with served(tmp_path, max_text_bytes=10_000, max_answer_bytes=5_000) as client:
        yield client


LOOKUPS = [
    ({"request_json": b"{"}, "request_json"),
    ({"request_json": b""}, "request_json"),
    ({"request_json": b"[]"}, "request_json"),
    ({"request_json": b'{"a": "\xff"}'}, "request_json"),
    ({"request_json": b'{"a": NaN}'}, "request_json"),
    ({"request_json": b"[" * 9_000}, "request_json"),
    ({"request_json": chat_json("x" * 10_000)}, "request_json"),
    ({"scope": pb.Scope()}, "scope.tenant_id"),
    ({"scope": pb.Scope(tenant_id="x" * 600)}, "scope.tenant_id"),
    ({"api": pb.API_UNSPECIFIED}, "api"),
    ({"api": 99}, "api"),
    ({"mode": 99}, "mode"),
    ({"max_age_s": -1.0}, "max_age_s"),
    ({"max_age_s": float("nan")}, "max_age_s"),
    ({"coalesce_wait_ms": -1.0}, "coalesce_wait_ms"),
    ({"coalesce_wait_ms": float("inf")}, "coalesce_wait_ms"),
    ({"coalesce_wait_ms": 1e9}, "coalesce_wait_ms"),
    ({"min_similarity": 1.5}, "min_similarity"),
    ({"min_similarity": float("nan")}, "min_similarity"),
    ({"max_wrong_hit_rate": -0.1}, "max_wrong_hit_rate"),
    ({"model_group": "x" * 600}, "model_group"),
]
STORES = [
    ({"lookup_token": b""}, "lookup_token"),
    ({"lookup_token": b"\x01" + b"x" * 100}, "lookup_token"),
    ({"lookup_token": b"\x02"}, "lookup_token"),
    ({"ttl_s": -1.0}, "ttl_s"),
    ({"ttl_s": float("nan")}, "ttl_s"),
    ({"ttl_s": 1e9}, "ttl_s"),
    ({"cost_usd": -1.0}, "cost_usd"),
    ({"cost_usd": float("inf")}, "cost_usd"),
    ({"usage": pb.Usage(prompt_tokens=2**64 - 1)}, "usage.prompt_tokens"),
    ({"tags": ["t"] * 33}, "tags"),
    ({"tags": [""]}, "tags"),
    ({"tags": ["x" * 300]}, "tags"),
    ({"sources": [pb.Source()]}, "sources"),
    ({"sources": [pb.Source(id="a", version="x" * 300)]}, "sources.version"),
    ({"scope": pb.Scope()}, "scope.tenant_id"),
]


@pytest.mark.parametrize(("fields", "field"), LOOKUPS)
async def test_a_lookup_that_cannot_be_is_refused_by_field(
    cache: CacheClient, fields: dict[str, Any], field: str
) -> None:
    """The service lives and stays right."""
    await refused(cache.ask(QUESTION, **fields), "INVALID_ARGUMENT", field)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS


@pytest.mark.parametrize(("fields", "field"), STORES)
async def test_a_store_that_cannot_be_is_refused_by_field(
    cache: CacheClient, fields: dict[str, Any], field: str
) -> None:
    """Nothing is stored, and the token is still good."""
    token = (await cache.ask(QUESTION)).lookup_token
    await refused(cache.keep(**{"token": token, **renamed(fields)}), "INVALID_ARGUMENT", field)
    assert await cache.entries() == 0
    assert (await cache.keep(token)).outcome == pb.STORE_OUTCOME_STORED


async def test_a_tampered_token_is_refused(cache: CacheClient) -> None:
    """One changed bit anywhere is enough."""
    token = (await cache.ask(QUESTION)).lookup_token
    for place in (0, 1, 13, len(token) // 2, len(token) - 1):
        broken = bytearray(token)
        broken[place] ^= 1
        await refused(cache.keep(bytes(broken)), "INVALID_ARGUMENT", "lookup_token")
    assert await cache.entries() == 0


@pytest.mark.parametrize(
    ("method", "request_message", "field"),
    [
        ("Report", pb.ReportRequest(scope=SCOPE, entry_id="x"), "verdict"),
        ("Report", pb.ReportRequest(scope=SCOPE, verdict=9), "verdict"),
        ("Report", pb.ReportRequest(verdict=pb.VERDICT_RIGHT), "scope.tenant_id"),
        ("Report", pb.ReportRequest(scope=SCOPE, verdict=pb.VERDICT_WRONG, lookup_token=b"x"), "lookup_token"),
        ("Report", pb.ReportRequest(scope=SCOPE, verdict=pb.VERDICT_WRONG, request_json=b"{"), "api"),
        ("Invalidate", pb.InvalidateRequest(scope=SCOPE), "target"),
        ("Invalidate", pb.InvalidateRequest(scope=SCOPE, tag=""), "tag"),
        ("Invalidate", pb.InvalidateRequest(scope=SCOPE, source=pb.Source()), "source.id"),
        ("Invalidate", pb.InvalidateRequest(tenant=True), "scope.tenant_id"),
        ("Explain", pb.ExplainRequest(scope=SCOPE, api=pb.API_CHAT, request_json_a=b"{"), "request_json"),
        ("ListEntries", pb.ListEntriesRequest(scope=SCOPE, page_size=501), "page_size"),
        ("ListEntries", pb.ListEntriesRequest(scope=SCOPE, page_token="?"), "page_token"),
        ("SetPolicy", pb.SetPolicyRequest(scope=SCOPE, policy=pb.Policy(ttl_s=-1)), "policy.ttl_s"),
        ("SetPolicy", pb.SetPolicyRequest(scope=SCOPE, policy=pb.Policy(ttl_s=5, namespace="b")), "policy.namespace"),
        ("SetPolicy", pb.SetPolicyRequest(scope=SCOPE, policy=pb.Policy(ttl_s=5, modes=[77])), "policy.modes"),
        ("SetPolicy", pb.SetPolicyRequest(scope=SCOPE, policy=pb.Policy(ttl_s=5, max_wrong_hit_rate=1.1)), "policy.max_wrong_hit_rate"),
        ("GetStats", pb.GetStatsRequest(scope=SCOPE, window_s=1e9), "window_s"),
        ("GetStats", pb.GetStatsRequest(scope=SCOPE, window_s=float("nan")), "window_s"),
        ("Release", pb.ReleaseRequest(scope=SCOPE, reason=9), "reason"),
        ("GetPolicy", pb.GetPolicyRequest(), "scope.tenant_id"),
    ],
)  # fmt: skip
async def test_an_operators_call_that_cannot_be_is_refused_by_field(
    cache: CacheClient, method: str, request_message: object, field: str
) -> None:
    """Every RPC checks what it is given."""
    await refused(getattr(cache.stub, method)(request_message, timeout=10), "INVALID_ARGUMENT", field)


def renamed(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a message as the client's own names."""
    return {("token" if name == "lookup_token" else name): value for name, value in fields.items()}
