"""Start, health, reflection, drain, workers and metrics of a real server, in process and as a process."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from fakes_serving import NAME, ROLES, Echo, EchoSettings, build_echo, building, call, eventually
from grpc_serving.environment import SettingsError
from grpc_serving.security import Role
from grpc_serving.server import Health, Service, start
from grpc_serving.settings import ServingSettings

TESTS = Path(__file__).parent.parent
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def status(channel: grpc.aio.Channel, service: str = "") -> int:
    """The health of one service."""
    reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return reply.status


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


class Process:
    """The echo service as a process, with its log lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, object]] = []

    async def read(self) -> None:
        """Collects what it logs until it ends."""
        assert self.process.stderr is not None
        async for raw in self.process.stderr:
            text = raw.decode()
            self.lines.append(json.loads(text) if text.startswith("{") else {"event": text})

    def events(self, event: str) -> list[dict[str, object]]:
        """The lines with this event."""
        return [line for line in self.lines if line["event"] == event]


@asynccontextmanager
async def process(**settings: str) -> AsyncIterator[Process]:
    """Runs the echo service as a process for the length of a block."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")}
    env |= {f"PITH_ECHO_{name.upper()}": value for name, value in settings.items()}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        str(TESTS / "serve_echo.py"),
        env=env | {"PYTHONPATH": str(TESTS)},
        stderr=asyncio.subprocess.PIPE,
    )
    served = Process(running)
    reading = asyncio.create_task(served.read())
    try:
        yield served
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()
        await reading


async def port_of(served: Process, *, workers: int = 1) -> int:
    """The port once all workers serve."""
    await eventually(lambda: len(served.events("serving")) == workers, within_s=30)
    return int(str(served.events("serving")[0]["port"]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_the_process(number: signal.Signals) -> None:
    """SIGTERM and SIGINT let the running call end, and the exit code is 0."""
    async with process(grace_s="10") as served:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await port_of(served)}") as channel:
            slow = asyncio.create_task(call(channel, "Echo", "slow"))
            await eventually(lambda: bool(served.events("slow call begun")))
            served.process.send_signal(number)
            assert (await slow).value == "slow"
        assert await served.process.wait() == 0
    assert [len(served.events(event)) for event in ("draining", "stopped")] == [1, 1]


async def test_a_signal_while_models_load_ends_the_process() -> None:
    """SIGTERM before the service is built ends it at once with 0."""
    async with process(greeting="later") as served:
        await eventually(lambda: bool(served.events("loading")), within_s=30)
        served.process.terminate()
        async with asyncio.timeout(10):
            assert await served.process.wait() == 0
    assert not served.events("serving")


async def test_unusable_files_end_workers_with_an_error() -> None:
    """A worker that cannot start says why, and the parent ends with 1."""
    async with process(workers="2", tokens_file="/no/such/file") as served:
        assert await served.process.wait() == 1
    assert "tokens file /no/such/file" in str(served.lines)


async def test_the_process_logs_json_with_request_and_tenant() -> None:
    """Each call is one JSON line with method, code, ms and what the servicer bound, without the text."""
    async with process() as served:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await port_of(served)}") as channel:
            await call(channel, "Echo", "very private")
            await status(channel)
        await eventually(lambda: bool(served.events("call")))
    [line] = served.events("call")
    assert (line["method"], line["code"], line["level"]) == (f"{NAME}/Echo", "OK", "info")
    assert (line["request_id"], line["tenant_id"]) == ("r-1", "t-1")
    assert {"ms", "timestamp", "logger"} <= set(line)
    assert "very private" not in str(served.lines)


async def test_unusable_settings_end_the_process_with_2() -> None:
    """Wrong settings are named on standard error, one a line, without a traceback."""
    async with process(workers="zero", adress="127.0.0.1:1") as served:
        assert await served.process.wait() == 2
    named = [str(line["event"]).split(":")[1].strip() for line in served.lines]
    assert named == ["PITH_ECHO_ADRESS", "PITH_ECHO_WORKERS"]


async def test_workers_share_one_port_and_end_together() -> None:
    """Two workers answer on one port from processes of their own; SIGTERM to the parent ends all with 0."""
    async with process(workers="2", grace_s="2") as served:
        port = await port_of(served, workers=2)
        pids = set()
        for _ in range(40):
            async with grpc.aio.insecure_channel(
                f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]
            ) as channel:
                pids.add((await call(channel, "Echo", "pid")).value)
            if len(pids) == 2:
                break
        assert len(pids) == 2
        assert str(served.process.pid) not in pids
        served.process.terminate()
        assert await served.process.wait() == 0
    assert len(served.events("stopped")) == 2


async def test_the_death_of_a_worker_ends_all_with_an_error() -> None:
    """A worker killed from outside makes the parent stop the other one and exit with 1."""
    async with process(workers="2", grace_s="2") as served:
        port = await port_of(served, workers=2)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            victim = int((await call(channel, "Echo", "pid")).value)
        os.kill(victim, signal.SIGKILL)
        assert await served.process.wait() == 1
    assert len(served.events("stopped")) == 1
    assert served.events("worker ended unexpectedly, stopping the others")


async def test_workers_end_when_their_parent_is_killed() -> None:
    """Nothing is left on the port after the parent got SIGKILL."""
    async with process(workers="2", grace_s="1") as served:
        port = await port_of(served, workers=2)
        served.process.kill()
        await served.process.wait()
        await eventually(lambda: len(served.events("stopped")) == 2, within_s=10)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)


async def test_workers_refuse_a_port_that_others_share() -> None:
    """A group of workers does not join a port that another group serves with SO_REUSEPORT."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        async with process(workers="2", address=f"127.0.0.1:{other.getsockname()[1]}") as served:
            assert await served.process.wait() == 2


async def test_metrics_are_served_over_http_until_the_end() -> None:
    """The metrics port shows the counted calls and closes with the server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics_port = free.getsockname()[1]
    async with process(metrics_port=str(metrics_port)) as served:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await port_of(served)}") as channel:
            await call(channel, "Echo", "hi")
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{metrics_port}/metrics") as reply:
            text = await reply.text()
        served.process.terminate()
        assert await served.process.wait() == 0
    assert (
        f'grpc_server_handled_total{{grpc_code="OK",grpc_method="Echo",grpc_service="{NAME}",grpc_type="unary"}} 1.0'
        in text
    )
    assert "grpc_server_handling_seconds_bucket" in text


async def test_a_busy_metrics_port_ends_the_process_with_2() -> None:
    """A metrics port that is taken is named and nothing is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with process(metrics_port=str(port)) as served:
            assert await served.process.wait() == 2
    assert f"metrics port {port}" in str(served.lines)
