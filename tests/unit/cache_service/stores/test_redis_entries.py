"""Putting entries while others put the same, and taking out what leads to them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cache_service.stores import redis_keys as names
from cache_service.stores.redis_store import RedisStore
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from cache_service.terms import Answer
from fakes_redis_stores import empty_server, entry_of, keys_of, opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RedisStore]:
    """A store on an empty server."""
    async with opened(RedisVectorsetStore, empty_server(), tmp_path, redis_timeout_s=5.0) as made:
        yield made


async def listed(store: RedisStore) -> set[int]:
    """How many ids each list holds."""
    keys = [names.EXPIRIES, names.of_tenant("l", "acme"), names.of_tenant("d", "acme")]
    return {await store.client.call("ZCARD", key) for key in keys}


async def test_answers_of_one_request_stored_at_once_become_one_entry(store: RedisStore) -> None:
    """In all formats, and nothing of a try that came too late is left in a list."""
    new = entry_of(store, 1)
    formats = ["chat", "messages", "responses", "text"]
    put = [store.put(replace(new, answer=Answer(name, name.encode()))) for name in formats]
    assert all(await asyncio.gather(*put))
    found = (await store.exact(keys_of(1))).entry
    assert found is not None
    assert {answer.body for answer in found.answers} == {answer.format.encode() for answer in found.answers}
    assert await listed(store) == {1}


async def test_of_many_answers_in_one_format_one_is_left(store: RedisStore) -> None:
    """However they came in between each other, no list holds the id of one that was replaced."""
    new = entry_of(store, 1)
    put = [store.put(replace(new, answer=Answer("chat", str(index).encode()))) for index in range(40)]
    assert all(await asyncio.gather(*put))
    assert await listed(store) == {1}
    assert len(await store.client.call("KEYS", "pith:i:*")) == 1


async def test_replaced_and_deleted_entries_leave_no_key(store: RedisStore) -> None:
    """Neither by id nor in a list, whoever took them out."""
    for _ in range(3):
        stored = await store.put(entry_of(store, 1))
        assert stored is not None
    assert await listed(store) == {1}
    assert len(await store.client.call("KEYS", "pith:i:*")) == 1
    assert await store.report_wrong("acme", stored.entry_id, keys_of(1))
    assert await listed(store) == {0}
    assert await store.client.call("KEYS", "pith:[eip]:*") == []


async def test_every_key_of_entries_has_an_end(store: RedisStore) -> None:
    """What a replica that dies leaves behind goes by itself."""
    for index in range(70):
        await store.put(entry_of(store, index))
    keys = await store.client.call("KEYS", "pith:*")
    endless = {key.decode() for key in keys if await store.client.call("TTL", key) < 0}
    assert endless == {names.EXPIRIES, names.CLOCK}
