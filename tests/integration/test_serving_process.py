"""A service as a process: signals, workers, exit codes, logs, the metrics port."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import grpc
import pytest
from grpc_health.v1 import health_pb2

from fakes_serving import NAME, call, eventually, status

TESTS = Path(__file__).parent.parent
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


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
