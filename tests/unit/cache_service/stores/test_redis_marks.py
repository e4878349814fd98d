"""The copy of invalidations that a replica keeps."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.stores import StoreOptions, Target, TargetKind
from cache_service.stores import redis_keys as names
from cache_service.stores.payloads import PLAIN, Payloads
from cache_service.stores.redis_client import RedisClient, connect
from cache_service.stores.redis_marks import Marks
from cache_service.stores.watermarks import KEPT_AFTER_SWEEP_S, MAX_MARKS, MAX_NEIGHBOURHOODS, Mark
from fakes_entries import NEW, unit
from fakes_redis_stores import empty_server
from grpc_serving.errors import Overloaded


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RedisClient]:
    """A client of an empty server."""
    made = await connect(StoreOptions(tmp_path, redis_url=empty_server()))
    yield made
    await made.close()


def tag(name: str, at: float) -> Mark:
    """An invalidation by tag."""
    return Mark("acme", Target(TargetKind.TAG, name), at)


async def test_what_one_marks_another_reads(client: RedisClient) -> None:
    """Only what is new, and a later mark of the same replaces the earlier."""
    one, other = Marks(client, PLAIN), Marks(client, PLAIN)
    await other.refresh()
    await one.add(tag("red", 10.0))
    await one.add(tag("red", 20.0))
    await other.refresh()
    assert [mark.at for _, mark in other.all()] == [20.0]
    assert other.is_fresh
    assert other.current.name_tenant("acme")


async def test_too_many_marks_become_one_of_the_tenant(client: RedisClient) -> None:
    """More is invalidated than was asked for, never less."""
    await client.several([])
    flat = [word for index in range(MAX_MARKS) for word in (1.0, f'["acme","tag","t{index}","",1.0,""]')]
    await client.call("ZADD", names.MARKS, *flat)
    marks = Marks(client, PLAIN)
    await marks.add(tag("one more", 5.0))
    assert await client.call("ZCARD", names.MARKS) == 1
    assert marks.current.touch(NEW, since=4.0)


async def test_neighbourhoods_are_bounded(client: RedisClient) -> None:
    """Each costs every lookup of the tenant a comparison."""
    marks = Marks(client, PLAIN)
    for index in range(MAX_NEIGHBOURHOODS):
        await marks.add(Mark("acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(1, index)), 1.0))
    with pytest.raises(Overloaded, match="neighbourhoods"):
        await marks.add(Mark("acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(0, 1)), 1.0))


async def test_a_neighbourhood_that_cannot_be_opened_is_all_of_its_tenant(client: RedisClient) -> None:
    """Its key is gone: the safe side is to serve nothing that it may have meant."""
    sealed = Marks(client, Payloads([bytes(range(32))]))
    await sealed.add(Mark("acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(1), min_similarity=0.9), 5.0))
    assert sealed.current.need_vector("acme")
    assert not sealed.current.touch(NEW, since=4.0, vector=unit(0, 1))
    without = Marks(client, Payloads([bytes(32)]))
    await without.refresh()
    assert without.current.touch(NEW, since=4.0)


async def test_swept_marks_are_forgotten_when_nothing_can_need_them(client: RedisClient) -> None:
    """A mark that was made again meanwhile stays."""
    marks = Marks(client, PLAIN)
    await marks.add(tag("old", 10.0))
    await marks.add(tag("again", 10.0))
    for member, mark in marks.all():
        await marks.swept(member, mark.at)
        assert await marks.is_swept(member, mark.at)
    await marks.add(tag("again", 10.0 + KEPT_AFTER_SWEEP_S))
    await marks.prune(now=11.0 + KEPT_AFTER_SWEEP_S)
    left = Marks(client, PLAIN)
    await left.refresh()
    assert [mark.target.value for _, mark in left.all()] == ["again"]
