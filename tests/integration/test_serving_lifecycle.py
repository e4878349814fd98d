"""Start, health, reflection, drain, workers and metrics of a real server, in process and as a process."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from fakes_serving import NAME, ROLES, Echo, EchoSettings, build_echo, building, call, eventually, status
from grpc_serving.environment import SettingsError
from grpc_serving.security import Role
from grpc_serving.server import Health, Service, start
from grpc_serving.settings import ServingSettings

TESTS = Path(__file__).parent.parent
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_health_answers_for_every_service_and_follows_its_components() -> None:
    """Health is SERVING under "" and each name, and NOT_SERVING everywhere as soon as one component is not well."""
    owned: list[Health] = []

    async def build(_settings: ServingSettings, health: Health) -> Sequence[Service]:
        owned.append(health)
        echo = Echo()
        return [Service(NAME, echo.register, ROLES, echo.close)]

    server = await start(EchoSettings(), build)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        assert [await status(channel, name) for name in ("", NAME)] == [SERVING, SERVING]
        owned[0].set_serving("model", ok=False)
        assert [await status(channel, name) for name in ("", NAME)] == [NOT_SERVING, NOT_SERVING]
        owned[0].set_serving("store", ok=True)
        assert await status(channel) == NOT_SERVING
        owned[0].set_serving("model", ok=True)
        assert await status(channel) == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await status(channel, "nobody")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    await server.stop()


async def test_a_watcher_is_told_of_changes_after_another_has_left() -> None:
    """Watching goes on for those who stay, from whichever thread the change comes."""
    server = await start(EchoSettings(), build_echo)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        leaves, stays = (stub.Watch(health_pb2.HealthCheckRequest(service=NAME), timeout=20) for _ in range(2))
        assert [(await leaves.read()).status, (await stays.read()).status] == [SERVING, SERVING]
        unknown = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=20)
        assert (await unknown.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        unknown.cancel()
        leaves.cancel()
        await asyncio.to_thread(server.health.set_serving, "model", False)
        assert (await stays.read()).status == NOT_SERVING
        stays.cancel()
    await server.stop()


async def test_stop_lets_running_calls_end_and_refuses_new_ones() -> None:
    """During the drain a running call gets its answer, a watcher hears NOT_SERVING, new calls fail, services close."""
    echo = Echo()
    server = await start(EchoSettings(grace_s=10), building(echo))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=20)
        assert (await watch.read()).status == SERVING
        hanging = asyncio.create_task(call(channel, "Echo", "hang"))
        await eventually(lambda: echo.hanging == 1)
        stopping = asyncio.create_task(server.stop())
        assert (await watch.read()).status == NOT_SERVING
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel, "Echo", "new")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert not echo.closed
        echo.release.set()
        assert (await hanging).value == "hang"
        async with asyncio.timeout(2):  # far below the grace time: nothing but the hanging call held the drain up
            await stopping
    assert echo.closed


async def test_a_busy_server_stops_without_breaking_calls() -> None:
    """Callers that never pause get answers and then UNAVAILABLE, which they may retry elsewhere, and nothing else."""
    server = await start(EchoSettings(grace_s=5), build_echo)
    answered = asyncio.Event()

    async def call_on_and_on() -> grpc.StatusCode:
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options) as channel:
            while True:
                try:
                    await call(channel, "Echo", "brief")
                except grpc.aio.AioRpcError as error:
                    return error.code()
                answered.set()

    callers = [asyncio.create_task(call_on_and_on()) for _ in range(20)]
    await answered.wait()
    await asyncio.sleep(0.1)
    await server.stop()
    assert set(await asyncio.gather(*callers)) == {grpc.StatusCode.UNAVAILABLE}


async def test_stop_cuts_calls_off_after_the_grace_time() -> None:
    """A call that outlasts the grace time is cancelled, and only then the service is closed."""
    echo = Echo()
    server = await start(EchoSettings(grace_s=0.1), building(echo))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        hanging = asyncio.create_task(call(channel, "Echo", "hang"))
        await eventually(lambda: echo.hanging == 1)
        await server.stop()
        with pytest.raises(grpc.aio.AioRpcError):
            await hanging
    assert (echo.dropped, echo.closed) == (1, True)


async def test_reflection_lists_the_services() -> None:
    """A tool without our protos can ask which services there are."""
    server = await start(EchoSettings(), build_echo)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        async for reply in stub.ServerReflectionInfo(iter([asked]), timeout=5):
            names = {service.name for service in reply.list_services_response.service}
    await server.stop()
    assert {NAME, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} <= names


async def test_a_unix_socket_serves_too(tmp_path: Path) -> None:
    """An address of the form unix:path needs no port."""
    address = f"unix:{tmp_path}/echo.sock"
    server = await start(EchoSettings(address=address), build_echo)
    async with grpc.aio.insecure_channel(address) as channel:
        assert (await call(channel, "Echo", "hi")).value == "hi"
    await server.stop()
    assert server.port == 0


async def test_a_connection_is_closed_gently_at_its_age() -> None:
    """max_connection_age_s ends connections, and callers do not notice."""
    server = await start(EchoSettings(max_connection_age_s=0.3), build_echo)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        await call(channel, "Echo", "first")
        async with asyncio.timeout(5):
            await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        assert (await call(channel, "Echo", "second")).value == "second"
    await server.stop()


async def test_a_port_that_is_taken_is_named() -> None:
    """A busy address ends the start with an error that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=address):
            await start(EchoSettings(address=address), build_echo)


async def test_two_services_never_share_a_port_by_accident() -> None:
    """A second server with one worker on the same port is refused, although gRPC alone would share it."""
    first = await start(EchoSettings(), build_echo)
    with pytest.raises(SettingsError):
        await start(EchoSettings(address=f"127.0.0.1:{first.port}"), build_echo)
    await first.stop()


async def test_a_method_without_a_role_stops_the_start() -> None:
    """A service whose roles forget a method is not served, for that method would be open to all."""

    async def build(_settings: ServingSettings, _health: Health) -> Sequence[Service]:
        echo = Echo()
        return [Service("grpc.health.v1.Health", echo.register, {"Check": Role.HOOK}, echo.close)]

    with pytest.raises(ValueError, match=r"missing or unknown: .*Watch"):
        await start(EchoSettings(), build)
