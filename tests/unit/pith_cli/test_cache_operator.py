"""Tests of the operator's calls that a server must see rightly."""

from typing import Any

from fakes_cli import FakeCache, serving
from pith.cache.v1 import cache_pb2
from pith_cli.cache.operator import Access, Body, OperatorClient, neighbourhood, source


class Listening(FakeCache):
    """Remembers what was asked, and by whom."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []
        self.tokens: list[str] = []

    async def Invalidate(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Count one."""
        self.asked.append(request)
        self.tokens.append(dict(context.invocation_metadata()).get("authorization", ""))
        return cache_pb2.InvalidateResponse(matched=1)

    async def Release(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Remember."""
        self.asked.append(request)
        return cache_pb2.ReleaseResponse()


async def test_selectors_and_the_token_arrive() -> None:
    """Each in its field."""
    fake = Listening()
    async with serving(cache=fake) as address, OperatorClient(Access(address, "acme", "secret")) as client:
        await client.invalidate({"source": source("doc", "3")}, dry_run=True)
        found = await client.invalidate({"neighbourhood": neighbourhood("text", 0.8)}, dry_run=False)
    assert found["matched"] == 1
    assert [one.WhichOneof("target") for one in fake.asked] == ["source", "neighbourhood"]
    assert (fake.asked[0].source.version, fake.asked[0].dry_run) == ("3", True)
    assert fake.asked[1].neighbourhood.min_similarity == 0.8
    assert fake.tokens == ["Bearer secret"] * 2


async def test_a_lookup_that_misses_lets_nobody_wait() -> None:
    """Its token is given back at once and not shown."""
    fake = Listening()
    async with serving(cache=fake) as address, OperatorClient(Access(address, "acme")) as client:
        body = Body(b'{"messages": [{"role": "user", "content": "a b c d"}]}')
        found = await client.lookup(body, mode="exact")
    assert (found["outcome"], found["lookup_token"]) == ("miss", "")
    assert fake.asked[0].reason == cache_pb2.RELEASE_REASON_NOT_CACHEABLE


async def test_a_policy_keeps_what_is_not_named() -> None:
    """Lists are replaced, not extended."""
    fake = Listening()
    async with serving(cache=fake) as address, OperatorClient(Access(address, "pool:help")) as client:
        await client.change_policy({"pool_members": ["a", "b"], "ttl_s": 60.0})
        found = await client.change_policy(
            {"pool_members": ["c"], "scope_width": "pool", "modes": ["exact"]}, etag="e1"
        )
    policy = found["policy"]
    assert (policy["pool_members"], policy["ttl_s"], policy["scope_width"]) == (["c"], 60.0, "pool")
    assert (policy["modes"], policy["etag"]) == (["exact"], "e1")
