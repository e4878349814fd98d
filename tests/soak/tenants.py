"""A thousand tenants ask the same prompts in every scope width: nobody hears what another group was told."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import grpc

from fakes_cache import CacheClient
from isolation import PROMPTS, WIDTHS, play, principals, set_width
from redis_server import find_redis_server, start_redis
from soak.check import Check, Found, Step
from soak.processes import ServiceProcess

TENANTS = 1_000


def check(store: str = "sqlite", *, tenants: int = TENANTS) -> Check:
    """Each step is one scope width and one prompt; two keys and two users a tenant, four tenants a pool."""
    return Check(
        f"cache_isolation_{store}",
        f"{tenants} tenants x the same prompts x every scope width: 0 cross hits",
        len(WIDTHS) * len(PROMPTS),
        partial(_open, store, tenants),
        one_life=True,
        params={"tenants": tenants, "store": store},
    )


@asynccontextmanager
async def _open(store: str, tenants: int) -> AsyncIterator[Step]:
    with tempfile.TemporaryDirectory(prefix="pith-soak-") as name:
        folder = Path(name)
        async with (
            _store_settings(store, folder) as own,
            ServiceProcess(
                "cache_service", "PITH_CACHE_", folder, DATA_DIR=name, MAX_ENTRIES="100000", **own
            ) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            client = CacheClient(channel)

            async def step(number: int) -> Found:
                width = WIDTHS[number // len(PROMPTS)]
                if number % len(PROMPTS) == 0:
                    await set_width(client, width, tenants)
                played = await play(client, list(principals(width, tenants)), *PROMPTS[number % len(PROMPTS)])
                hits = {"exact": float(played.exact), "semantic": float(played.semantic)}
                return Found(played.lookups, played.violations, hits)

            yield step


@asynccontextmanager
async def _store_settings(store: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """What a service on this store needs; Redis stores get a private server."""
    if not store.startswith("redis"):
        yield {"STORE": store}
        return
    server = start_redis(find_redis_server(), folder)
    try:
        yield {"STORE": store, "REDIS_URL": server.url}
    finally:
        server.stop()
