"""Puts platform-api together: one store, one HTTP client, three listeners."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp

from grpc_serving.environment import SettingsError
from grpc_serving.server import Health, Service
from grpc_serving.server import start as start_grpc

from .edge.body import Limits
from .edge.entrance import Edge, Gateways
from .edge.forward import Forwarder, open_session
from .edge.identity import Authenticator, TokenMinter
from .edge.upstreams import UpstreamList
from .listener import HttpListener
from .management.app import create_management
from .management.parts import ManagementParts
from .secret_files import JWT_PUBLIC, SecretFileError, Secrets, load_or_make, write_private, write_public
from .settings import PlatformSettings
from .storage.database import open_database, sqlite_url
from .storage.keys import KeyRepository
from .storage.tenants import TenantRepository
from .storage.usage import UsageRepository
from .usage_servicer import usage_service

log = structlog.get_logger("platform_api")


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    """A platform-api that answers until it is stopped; `admin_key` is known on first start only."""

    edge_port: int
    management_port: int
    usage_port: int
    admin_key: str | None
    _stopping: asyncio.Event
    _closing: AsyncExitStack

    async def stop(self) -> None:
        """Drain the edge, then management, then usage; then close the HTTP client and the store."""
        self._stopping.set()
        await self._closing.aclose()


async def start(settings: PlatformSettings) -> RunningPlatform:
    """Start everything in the running loop; what has started is stopped again if a later part cannot start."""
    async with AsyncExitStack() as stack:
        secrets = _secrets(settings)
        stopping = asyncio.Event()
        parts = await _parts(settings, secrets, stopping=stopping, stack=stack)
        usage_port = await _start_usage(settings, parts.usage, stack)
        management = create_management(parts)
        edge = await _edge(settings, secrets, parts=parts, management=management, stack=stack)
        # Stopped in reverse: the edge drains first, while everything behind it still answers.
        management_port = await _listen(management, settings.management_address, settings=settings, stack=stack)
        edge_port = await _listen(edge, settings.edge_address, settings=settings, stack=stack)
        admin_key = secrets.new_admin_key
        return RunningPlatform(edge_port, management_port, usage_port, admin_key, stopping, stack.pop_all())


def show_admin_key(settings: PlatformSettings, admin_key: str | None) -> None:
    """Hand over a new admin key, this once: to the file that the settings name, else to the console."""
    if admin_key is None:
        return
    if settings.admin_key_out is not None:
        write_private(settings.admin_key_out, f"{admin_key}\n".encode())
        log.info("admin key written", file=str(settings.admin_key_out))
    else:
        # Not a log line, since log lines travel.
        sys.stderr.write(f"admin key, shown this once: {admin_key}\n")
        sys.stderr.flush()


def _secrets(settings: PlatformSettings) -> Secrets:
    try:
        secrets = load_or_make(settings.data_dir)
        show_admin_key(settings, secrets.new_admin_key)
        if settings.jwt_public_key_out is not None:
            write_public(settings.jwt_public_key_out, (settings.data_dir / JWT_PUBLIC).read_bytes())
    except OSError as error:
        raise SettingsError([f"{settings.variable('data_dir')}={settings.data_dir}: {error}"]) from error
    except SecretFileError as error:
        raise SettingsError([str(error)]) from error
    return secrets


async def _parts(
    settings: PlatformSettings, secrets: Secrets, *, stopping: asyncio.Event, stack: AsyncExitStack
) -> ManagementParts:
    engine = await open_database(sqlite_url(settings.data_dir))
    stack.push_async_callback(engine.dispose)
    keys = KeyRepository(engine)
    return ManagementParts(
        tenants=TenantRepository(engine),
        keys=keys,
        usage=UsageRepository(engine),
        authenticator=Authenticator(
            keys.get,
            pepper=secrets.pepper,
            admin_digest=secrets.admin_digest,
            cache_ttl_s=settings.auth_cache_ttl_s,
            size=settings.auth_cache_size,
        ),
        litellm=UpstreamList(settings.litellm_urls, down_s=settings.upstream_down_s),
        kong=UpstreamList(settings.kong_urls, down_s=settings.upstream_down_s),
        llm_gateway=settings.llm_gateway,
        is_serving=lambda: not stopping.is_set(),
    )


async def _edge(
    settings: PlatformSettings, secrets: Secrets, *, parts: ManagementParts, management: ASGIApp, stack: AsyncExitStack
) -> Edge:
    session = open_session(
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        max_connections=settings.max_upstream_connections,
    )
    stack.push_async_callback(session.close)
    return Edge(
        Gateways(parts.litellm, parts.kong, settings.llm_gateway == "kong", management),
        Forwarder(session),
        authenticator=parts.authenticator,
        minter=TokenMinter(secrets.jwt_key, ttl_s=settings.jwt_ttl_s, size=settings.auth_cache_size),
        limits=Limits(settings.max_body_bytes, settings.body_idle_timeout_s),
    )


async def _start_usage(settings: PlatformSettings, repository: UsageRepository, stack: AsyncExitStack) -> int:
    async def build(_settings: PlatformSettings, _health: Health) -> Sequence[Service]:
        return [usage_service(repository)]

    server = await start_grpc(settings, build)
    stack.push_async_callback(server.stop)
    return server.port


async def _listen(app: ASGIApp, address: str, *, settings: PlatformSettings, stack: AsyncExitStack) -> int:
    listener = HttpListener(app, address=address, grace_s=settings.grace_s)
    await listener.start()
    stack.push_async_callback(listener.stop)
    return listener.port
