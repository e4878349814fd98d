"""What the caller allows is kept, and the material of a question separates what the question alone would mix up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes_cache import CacheClient, chat_json, served
from isolation import set_width
from pith.cache.v1 import cache_pb2 as pb

QUESTION = "How do I cancel an order?"


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the exact tier alone."""
    async with served(tmp_path) as client:
        yield client


@pytest.mark.parametrize(
    ("fields", "served_again", "token"),
    [
        ({"no_cache": True}, False, True),
        ({"no_store": True}, True, False),
        ({"request_json": chat_json(QUESTION, cache={"no-cache": True})}, False, True),
        ({"request_json": chat_json(QUESTION, cache={"no-store": True})}, True, False),
        ({"request_json": chat_json(QUESTION, cache={"s-maxage": 0})}, False, True),
        ({"request_json": chat_json(QUESTION, cache={"s-maxage": 60, "ttl": 60})}, True, True),
    ],
)
async def test_the_callers_cache_control_is_kept(
    cache: CacheClient, fields: dict[str, Any], served_again: bool, token: bool
) -> None:
    """On a miss: whether a token is given; once an answer is there: whether it is served."""
    missed = await cache.ask(QUESTION, **fields)
    assert (missed.outcome, missed.lookup_token != b"") == (pb.OUTCOME_MISS, token)
    await cache.learn(QUESTION)
    again = await cache.ask(QUESTION, **fields)
    assert (again.outcome == pb.OUTCOME_HIT) == served_again
    assert (again.lookup_token != b"") == (not served_again and token)


async def test_who_wants_neither_to_read_nor_to_store_is_bypassed(cache: CacheClient) -> None:
    """By the caller's own wish, in fields or body or one of each."""
    for fields in (
        {"no_cache": True, "no_store": True},
        {"no_store": True, "request_json": chat_json(QUESTION, cache={"no-cache": True})},
        {"request_json": chat_json(QUESTION, cache=False)},
    ):
        reply = await cache.ask(QUESTION, **fields)
        assert (reply.outcome, reply.bypass_reason) == (pb.OUTCOME_BYPASS, pb.BYPASS_REASON_CLIENT)


async def test_the_callers_ttl_ends_an_entry(cache: CacheClient) -> None:
    """The shorter of Store's and the request's counts."""
    short = chat_json(QUESTION, cache={"ttl": 0.2})
    await cache.keep((await cache.ask(QUESTION, request_json=short)).lookup_token, ttl_s=60)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_HIT
    await asyncio.sleep(0.3)
    assert (await cache.ask(QUESTION)).outcome == pb.OUTCOME_MISS


DOCUMENT = "The Eiffel Tower was built in 1889 for a fair. It is made of iron and has three levels. " * 3


async def test_questions_about_the_same_document_meet_and_about_another_never(tmp_path: Path) -> None:
    """Retrieval prompts: the document is in the partition to the byte, the question is compared by meaning."""

    def about(document: str, question: str) -> bytes:
        return chat_json(f"Context:\n{document}\n\nQuestion: {question}\nAnswer:")

    async with served(tmp_path, embedder="onnx_minilm") as client:
        await set_width(client, pb.SCOPE_WIDTH_TENANT, 1)  # its policy serves any near entry
        scope = pb.Scope(tenant_id="tenant-0")

        async def ask(document: str, question: str) -> pb.LookupResponse:
            return await client.ask("", scope=scope, request_json=about(document, question))

        await client.keep((await ask(DOCUMENT, "How do I cancel an order?")).lookup_token, scope=scope)
        assert (await ask(DOCUMENT, "How can I cancel an order?")).hit_kind == pb.HIT_KIND_SEMANTIC
        assert (await ask(DOCUMENT.replace("1889", "1888"), "How do I cancel an order?")).outcome == pb.OUTCOME_MISS
        assert (await ask(DOCUMENT + " ", "How can I cancel an order?")).outcome == pb.OUTCOME_MISS
