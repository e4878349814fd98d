"""The cache service on a real Redis: replicas share it, it may hang, be killed and come back empty."""

import asyncio
import time
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from fakes_cache import CacheClient, served
from pith.cache.v1 import cache_pb2 as pb
from redis_server import RedisProcess, start_redis

pytest_plugins = ["fixtures_redis"]

SERVICE = "pith.cache.v1.CacheService"
BACK_WITHIN_S = 15.0


async def health(client: CacheClient) -> int:
    """What the server says of the service."""
    stub = health_pb2_grpc.HealthStub(client.channel)
    return int((await stub.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=5)).status)


async def until_hit(client: CacheClient, question: str) -> None:
    """Waits until the question is answered from the cache again."""
    ends = time.monotonic() + BACK_WITHIN_S
    while (await client.ask(question)).outcome != pb.OUTCOME_HIT:
        assert time.monotonic() < ends, "the service did not come back"
        await asyncio.sleep(0.1)


async def until_healthy(client: CacheClient, status: int) -> None:
    """Waits for a health status."""
    ends = time.monotonic() + BACK_WITHIN_S
    while await health(client) != status:
        assert time.monotonic() < ends, f"health did not become {status}"
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("store", ["redis_vectorset", "redis_local"])
async def test_replicas_share_what_they_store_and_what_they_invalidate(
    store: str, redis_process: RedisProcess, tmp_path: Path
) -> None:
    """Within half a second; they have the same secret."""
    settings = {"store": store, "redis_url": redis_process.url, "secret_file": tmp_path / "secret"}
    async with served(tmp_path / "one", **settings) as one, served(tmp_path / "other", **settings) as other:
        stored = await one.learn("What is kept in hall 7?", tags=["hall"])
        hit = await other.ask("What is kept in hall 7?")
        assert (hit.outcome, hit.entry_id) == (pb.OUTCOME_HIT, stored.entry_id)
        await one.stub.Invalidate(pb.InvalidateRequest(scope=pb.Scope(tenant_id="acme"), tag="hall"), timeout=5)
        await asyncio.sleep(0.5)
        assert (await other.ask("What is kept in hall 7?")).outcome == pb.OUTCOME_MISS


async def test_an_outage_is_a_miss_in_time_and_shows_in_health(redis_process: RedisProcess, tmp_path: Path) -> None:
    """Hits come back by themselves when Redis does."""
    settings = {"store": "redis_vectorset", "redis_url": redis_process.url, "redis_timeout_s": 0.3}
    async with served(tmp_path, **settings) as client:
        await client.learn("What is kept in hall 7?")
        assert await health(client) == health_pb2.HealthCheckResponse.SERVING
        redis_process.pause()
        for _ in range(5):
            started = time.monotonic()
            assert (await client.ask("What is kept in hall 7?")).outcome == pb.OUTCOME_MISS
            assert time.monotonic() - started < 2.0
        await until_healthy(client, health_pb2.HealthCheckResponse.NOT_SERVING)
        redis_process.resume()
        await until_hit(client, "What is kept in hall 7?")
        await until_healthy(client, health_pb2.HealthCheckResponse.SERVING)


async def test_a_redis_that_comes_back_empty_is_filled_anew(redis_program: str, tmp_path: Path) -> None:
    """Without a restart of the service."""
    server = start_redis(redis_program, tmp_path)
    try:
        async with served(tmp_path, store="redis_vectorset", redis_url=server.url) as client:
            await client.learn("What is kept in hall 7?")
            server.stop()
            assert (await client.ask("What is kept in hall 7?")).outcome == pb.OUTCOME_MISS
            server = start_redis(redis_program, tmp_path, on_port=server.port)
            ends = time.monotonic() + BACK_WITHIN_S
            while time.monotonic() < ends:
                missed = await client.ask("What is kept in hall 7?")
                if missed.lookup_token:
                    try:
                        await client.keep(missed.lookup_token)
                        break
                    except grpc.aio.AioRpcError:
                        pass
                await asyncio.sleep(0.1)
            await until_hit(client, "What is kept in hall 7?")
    finally:
        server.stop()


async def test_a_redis_that_is_not_there_at_start_is_said(tmp_path: Path) -> None:
    """The service does not start, and names the setting."""
    with pytest.raises(Exception, match="PITH_CACHE_STORE: redis_url: the server cannot be used"):
        async with served(tmp_path, store="redis_vectorset", redis_url="redis://127.0.0.1:1/0"):
            pass
