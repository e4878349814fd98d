"""Builds, starts and stops the gRPC server of one service."""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TypeVar

import grpc
import structlog
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpc_serving.addresses import check_free
from grpc_serving.environment import SettingsError
from grpc_serving.health import Health
from grpc_serving.interceptor import CallInterceptor
from grpc_serving.observe import configure_logging, start_metrics
from grpc_serving.security import Guard, Role, TokenFile, check_exposure
from grpc_serving.settings import ServingSettings, load_settings
from grpc_serving.tls import server_credentials
from grpc_serving.workers import run_workers

__all__ = ["Build", "Health", "Role", "RunningServer", "Service", "main", "run", "start"]

S = TypeVar("S", bound=ServingSettings)

# The health name that exists only where a service is reachable from elsewhere without tokens or mTLS.
INSECURE = "insecure"
UNUSABLE_SETTINGS = 2

log = structlog.get_logger("grpc_serving.server")


@dataclass(frozen=True)
class Service:
    """One gRPC service: its full name, how it is added to a server, the role of every method, how it is closed."""

    name: str
    register: Callable[[grpc.aio.Server], None]
    roles: Mapping[str, Role]
    close: Callable[[], Awaitable[None]]


Build = Callable[[S, Health], Awaitable[Sequence[Service]]]


class RunningServer:
    """A server that accepts calls until it is stopped; its port is 0 on a unix socket."""

    def __init__(self, *, port: int, health: Health, stopping: AsyncExitStack) -> None:
        self._stopping = stopping
        self.port = port
        self.health = health

    async def stop(self) -> None:
        """Says NOT_SERVING, refuses new calls, lets running ones end within the grace time, closes the services."""
        self.health.stop()
        await self._stopping.aclose()


async def start(settings: S, build: Build[S]) -> RunningServer:
    """Builds the services and serves them; everything belongs to the running loop."""
    insecure = check_exposure(settings)
    if settings.workers == 1:  # of several workers the parent holds the port
        check_free(settings.address)
    credentials = server_credentials(settings)
    tokens = None if settings.tokens_file is None else TokenFile(settings.tokens_file)
    guard = Guard(tokens=tokens, mutual_tls=settings.tls_client_ca_file is not None)
    health = Health()
    async with AsyncExitStack() as undo:
        services = await build(settings, health)
        for service in services:
            undo.push_async_callback(service.close)
        interceptor = CallInterceptor(_roles(services), guard, max_concurrent_calls=settings.max_concurrent_calls)
        server = grpc.aio.server(interceptors=[interceptor], options=_options(settings))
        _register(server, health, services)
        port = _bind(server, settings.address, credentials)
        await server.start()
        undo.push_async_callback(_drain, server, interceptor, settings.grace_s)
        health.start([service.name for service in services] + ([INSECURE] if insecure else []))
        _warn(settings, insecure=insecure)
        return RunningServer(port=port, health=health, stopping=undo.pop_all())


def run(settings: S, build: Build[S]) -> int:
    """Serves until SIGTERM or SIGINT and drains; the exit code is 0, 1 after a failure, 2 for unusable settings."""
    try:
        check_exposure(settings)
        configure_logging(settings)
        if settings.workers > 1:
            return run_workers(settings, _work, build)
        asyncio.run(_serve(settings, build))
    except SettingsError as error:
        return _refuse(error)
    return 0


def main(cls: type[S], build: Build[S]) -> int:
    """Reads the settings of a service from the environment and runs it; what `__main__` of a service calls."""
    try:
        settings = load_settings(cls)
    except SettingsError as error:
        return _refuse(error)
    return run(settings, build)


def _work(settings: S, index: int, build: Build[S]) -> None:
    configure_logging(settings)
    own = {"metrics_port": settings.worker_metrics_port(index)}
    try:
        asyncio.run(_serve(settings.model_copy(update=own), build))
    except SettingsError as error:
        sys.exit(_refuse(error))


async def _serve(settings: S, build: Build[S]) -> None:
    stop = _stop_event()
    with start_metrics(settings.metrics_port, settings.host or "127.0.0.1"):
        starting = asyncio.create_task(start(settings, build))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return
        running = await starting
        log.info("serving", address=settings.address, port=running.port)
        await asked
        log.info("draining", grace_s=settings.grace_s)
        await running.stop()
        log.info("stopped")


def _warn(settings: ServingSettings, *, insecure: bool) -> None:
    if insecure:
        log.warning("INSECURE: reachable from elsewhere with neither tokens nor mTLS", address=settings.address)
    elif settings.tls_cert_file is None and not settings.is_loopback:
        log.warning("bearer tokens travel in clear text, no TLS is set", address=settings.address)


def _stop_event() -> asyncio.Event:
    """Set by SIGTERM, by SIGINT, and in a worker by the end of the process that spawned it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = parent_process()
    if parent is not None:
        loop.add_reader(parent.sentinel, stop.set)
    return stop


def _register(server: grpc.aio.Server, health: Health, services: Sequence[Service]) -> None:
    for service in services:
        service.register(server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    standard = (health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME)
    reflection.enable_server_reflection([service.name for service in services] + list(standard), server)


def _roles(services: Sequence[Service]) -> dict[str, Role]:
    for service in services:
        _check_roles(service)
    return {f"/{service.name}/{method}": role for service in services for method, role in service.roles.items()}


def _check_roles(service: Service) -> None:
    """Refuses a service whose roles miss a method or name one that does not exist, where its proto is known."""
    try:
        methods = {m.name for m in descriptor_pool.Default().FindServiceByName(service.name).methods}
    except KeyError:
        return
    if methods != set(service.roles):
        odd = ", ".join(sorted(methods ^ set(service.roles)))
        raise ValueError(f"{service.name}: roles must name every method once; missing or unknown: {odd}")


def _bind(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials | None) -> int:
    try:
        if credentials is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise SettingsError([f"address {address}: {error}"]) from error
    return 0 if address.startswith("unix:") else int(port)


async def _drain(server: grpc.aio.Server, interceptor: CallInterceptor, grace_s: float) -> None:
    """Lets calls end before gRPC stops, for gRPC itself answers CANCELLED to calls that come while it does."""
    until = time.monotonic() + grace_s
    await interceptor.drain(grace_s)
    await server.stop(max(0.0, until - time.monotonic()))


def _options(settings: ServingSettings) -> list[tuple[str, int]]:
    options = [
        ("grpc.so_reuseport", int(settings.workers > 1)),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]
    if settings.max_connection_age_s:
        options.append(("grpc.max_connection_age_ms", round(settings.max_connection_age_s * 1000)))
        options.append(("grpc.max_connection_age_grace_ms", round(settings.grace_s * 1000)))
    return options


def _refuse(error: SettingsError) -> int:
    for line in error.lines:
        print(f"cannot start: {line}", file=sys.stderr)  # noqa: T201
    return UNUSABLE_SETTINGS
