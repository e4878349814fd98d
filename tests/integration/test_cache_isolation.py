"""No principal is told what another was told, on any store and in any scope width; no foreign token stores anything."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cache_service.keys import load_keyring
from cache_service.terms import Scope
from cache_service.tokens import LIFETIME_S, seal, unseal
from fakes_cache import CacheClient, chat_json, refused, served
from fakes_redis_stores import empty_server
from isolation import PROMPTS, WIDTHS, Principal, play, principals, set_width
from pith.cache.v1 import cache_pb2 as pb

TENANTS = 8
STORES = ("sqlite", "redis_vectorset", "redis_local")
QUESTION = PROMPTS[0][0]


def settings(store: str) -> dict[str, str]:
    """What a service on this store needs."""
    return {"store": store} | ({"redis_url": empty_server()} if store.startswith("redis") else {})


@pytest.mark.parametrize("store", STORES)
async def test_nobody_hears_what_another_group_was_told(tmp_path: Path, store: str) -> None:
    """Every width in turn, over one cache: the same prompts, also in other words, and answers that name their group."""
    async with served(tmp_path, embedder="onnx_minilm", **settings(store)) as client:
        semantic = 0
        for width in WIDTHS:
            await set_width(client, width, TENANTS)
            everybody = list(principals(width, TENANTS))
            for prompt, reworded in PROMPTS:
                played = await play(client, everybody, prompt, reworded)
                assert played.violations == []
                assert played.exact >= len(everybody)
                semantic += played.semantic
        assert semantic > 0  # else the tier that could mix them up was never asked


@pytest.fixture(params=STORES)
async def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the exact tier alone, on each store."""
    async with served(tmp_path, **settings(request.param)) as client:
        yield client


async def test_a_token_that_is_not_this_callers_stores_nothing(cache: CacheClient, tmp_path: Path) -> None:
    """Foreign by tenant, key, user or pool; cut, changed, made with another secret, or too old."""
    own = pb.Scope(tenant_id="acme", key_id="k", user_id="u")
    token = (await cache.ask(QUESTION, scope=own)).lookup_token
    foreign = [
        pb.Scope(tenant_id="umbrella", key_id="k", user_id="u"),
        pb.Scope(tenant_id="acme", key_id="l", user_id="u"),
        pb.Scope(tenant_id="acme", key_id="k", user_id="v"),
        pb.Scope(tenant_id="acme", key_id="k", user_id="u", pool="p"),
    ]
    for scope in foreign:
        await refused(cache.keep(token, scope=scope), "INVALID_ARGUMENT", "lookup_token")
    key = load_keyring(tmp_path / "secret").token
    opened = unseal(token, key=key, scope=Scope("acme", "k", "u"), embedder="none", now=0.0)
    old = seal(replace(opened, issued_at=opened.issued_at - LIFETIME_S - 1), key=key)
    changed = [token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :] for place in (0, 5, 40, len(token) - 1)]
    for bad in (b"", token[:-1], token + b"x", seal(opened, key=b"x" * 32), old, *changed):
        await refused(cache.keep(bad, scope=own), "INVALID_ARGUMENT", "lookup_token")
    for scope in (own, *foreign):
        assert (await cache.ask(QUESTION, scope=scope)).outcome == pb.OUTCOME_MISS
    assert await cache.entries() == 0
    assert (await cache.keep(token, scope=own)).outcome == pb.STORE_OUTCOME_STORED


async def test_who_is_not_named_is_not_served_and_leaves_nothing(cache: CacheClient) -> None:
    """Under a user's width a request without one is bypassed by reason; the user may also come from the body."""
    await set_width(cache, pb.SCOPE_WIDTH_USER, 1)
    nameless = pb.Scope(tenant_id="tenant-0", key_id="one")
    for _ in range(2):
        reply = await cache.ask(QUESTION, scope=nameless)
        assert (reply.outcome, reply.bypass_reason, reply.lookup_token) == (
            pb.OUTCOME_BYPASS, pb.BYPASS_REASON_SCOPE, b"",
        )  # fmt: skip
    named = pb.Scope(tenant_id="tenant-0", user_id="one")
    await cache.keep((await cache.ask(QUESTION, scope=named)).lookup_token, scope=named)
    in_body = chat_json(QUESTION, user="one")
    assert (await cache.ask(QUESTION, scope=nameless, request_json=in_body)).outcome == pb.OUTCOME_HIT
    in_body = chat_json(QUESTION, user="two")
    assert (await cache.ask(QUESTION, scope=nameless, request_json=in_body)).outcome == pb.OUTCOME_MISS


async def test_a_pool_is_read_by_members_and_filled_by_curators(cache: CacheClient) -> None:
    """A member's answer is rejected by reason, a stranger is bypassed, and who is taken off the list is out."""
    await set_width(cache, pb.SCOPE_WIDTH_POOL, 2)
    curator, _, member, _ = principals(pb.SCOPE_WIDTH_POOL, 2)
    missed = await cache.ask(QUESTION, scope=member.scope)
    kept = await cache.keep(missed.lookup_token, scope=member.scope)
    assert (kept.outcome, kept.reject_reason) == (pb.STORE_OUTCOME_REJECTED, pb.REJECT_REASON_POLICY)
    await cache.keep((await cache.ask(QUESTION, scope=curator.scope)).lookup_token, scope=curator.scope)
    assert (await cache.ask(QUESTION, scope=member.scope)).outcome == pb.OUTCOME_HIT
    await set_width(cache, pb.SCOPE_WIDTH_POOL, 1)  # the pool's list now names the curator alone
    outcome = pb.OUTCOME_HIT
    for _ in range(100):  # policies are read again after half a second
        reply = await cache.ask(QUESTION, scope=member.scope)
        outcome = reply.outcome
        if outcome == pb.OUTCOME_BYPASS:
            break
        await asyncio.sleep(0.02)
    assert (outcome, reply.bypass_reason) == (pb.OUTCOME_BYPASS, pb.BYPASS_REASON_SCOPE)


def test_the_principals_are_as_many_groups_as_they_should_be() -> None:
    """Else the checks above would compare nothing."""
    groups = {width: {asker.group for asker in principals(width, 8)} for width in WIDTHS}
    assert [len(groups[width]) for width in WIDTHS] == [8, 16, 16, 2]
    assert all(isinstance(asker, Principal) for asker in principals(WIDTHS[0], 1))


async def test_what_reaches_beyond_one_tenant_needs_a_token_bound_to_none(tmp_path: Path) -> None:
    """The policy of a pool, read or set, and the invalidation of everything: not for an operator of some tenants."""
    tokens = tmp_path / "tokens"
    tokens.write_text(f"operator {'b' * 20} acme,pool:faq\noperator {'u' * 20}\n")
    bound, unbound = [(("authorization", f"Bearer {letter * 20}"),) for letter in "bu"]
    acme, pool = pb.Scope(tenant_id="acme"), pb.Scope(tenant_id="pool:faq")
    policy = pb.Policy(namespace="pool:faq", ttl_s=60, pool_members=["acme"])
    async with served(tmp_path, tokens_file=tokens) as client:
        stub = client.stub
        calls = [
            (stub.SetPolicy, pb.SetPolicyRequest(scope=acme, policy=policy)),
            (stub.GetPolicy, pb.GetPolicyRequest(scope=pool)),
            (stub.Invalidate, pb.InvalidateRequest(scope=acme, all=True)),
            (stub.Invalidate, pb.InvalidateRequest(scope=pool, tenant=True)),
        ]
        for call, message in calls:
            await refused(call(message, timeout=10, metadata=bound), "PERMISSION_DENIED")
        for call, message in calls:
            await call(message, timeout=10, metadata=unbound)
        read = await stub.GetPolicy(pb.GetPolicyRequest(scope=pool), timeout=10, metadata=unbound)
        assert list(read.policy.pool_members) == ["acme"]
        own = pb.SetPolicyRequest(scope=acme, policy=pb.Policy(ttl_s=60))
        await stub.SetPolicy(own, timeout=10, metadata=bound)
