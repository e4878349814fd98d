"""Asks whether a part is ready: by gRPC health, by HTTP, by a file."""

import asyncio
from pathlib import Path

import aiohttp
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from pith_cli.redis_server import process_id
from pith_cli.up.processes import Probe

_TIMEOUT_S = 1.0


def grpc_serving(address: str) -> Probe:
    """Return a probe that is true when the server's overall health is SERVING."""

    async def probe() -> bool:
        async with grpc.aio.insecure_channel(address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            try:
                reply = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_S)
            except grpc.aio.AioRpcError:
                return False
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)

    return probe


def http_ok(url: str) -> Probe:
    """Return a probe that is true when a GET is answered with 200."""

    async def probe() -> bool:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as reply:
                return reply.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    return probe


def all_of(*probes: Probe) -> Probe:
    """Return a probe that is true when all others are."""

    async def probe() -> bool:
        return all(await asyncio.gather(*(one() for one in probes)))

    return probe


def redis_is(port: int) -> Probe:
    """Return a probe that is true when a Redis on this machine answers."""

    async def probe() -> bool:
        return await asyncio.to_thread(process_id, port) is not None

    return probe


def file_exists(path: Path) -> Probe:
    """Return a probe that is true when a file is there and not empty."""

    async def probe() -> bool:
        return await asyncio.to_thread(lambda: path.is_file() and path.stat().st_size > 0)

    return probe


def log_says(path: Path, words: str, *, times: int) -> Probe:
    """Return a probe that is true when a log file holds some words at least so many times."""

    async def probe() -> bool:
        try:
            text = await asyncio.to_thread(path.read_text, encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return False
        return text.count(words) >= times

    return probe
