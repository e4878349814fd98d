"""The cache service as real processes: what is stored survives a kill, and all workers see it."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import grpc
import pytest

from fakes_cache import CacheClient, CacheProcess
from grpc_serving.settings import METRICS_PORT_STEP
from pith.cache.v1 import cache_pb2 as pb

QUESTION = "How do I cancel an order?"
LOOKUPS = re.compile(r'grpc_server_handled_total\{.*grpc_method="(?:Lookup|Store)".*\} (\S+)')


def connect(port: int, name: str = "") -> CacheClient:
    """A client on a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.primary_user_agent", name)]
    return CacheClient(grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options))


async def test_a_stored_answer_survives_kill_9(tmp_path: Path) -> None:
    """What Store confirmed is hit by the next process on the same folder, tokens included."""
    with CacheProcess(tmp_path) as process:
        client = connect(process.port)
        stored = await client.learn(QUESTION)
        pending = await client.ask("Another question of mine?")
        process.stop(signal.SIGKILL)
        await client.channel.close()
    with CacheProcess(tmp_path) as process:
        client = connect(process.port)
        hit = await client.ask(QUESTION)
        assert (hit.outcome, hit.entry_id) == (pb.OUTCOME_HIT, stored.entry_id)
        assert (await client.keep(pending.lookup_token)).outcome == pb.STORE_OUTCOME_STORED
        await client.channel.close()


async def test_many_kills_in_the_midst_of_stores_lose_nothing_confirmed(tmp_path: Path) -> None:
    """The file is whole after each."""
    confirmed: list[str] = []
    for round_ in range(3):
        with CacheProcess(tmp_path) as process:
            client = connect(process.port)
            for question in confirmed:
                assert (await client.ask(question)).outcome == pb.OUTCOME_HIT
            for index in range(20):
                question = f"Question {index} of round {round_}?"
                if (await client.learn(question)).outcome == pb.STORE_OUTCOME_STORED:
                    confirmed.append(question)
            process.stop(signal.SIGKILL)
            await client.channel.close()
    assert len(confirmed) == 60


async def test_two_workers_share_one_file_call_by_call(tmp_path: Path) -> None:
    """Stored through one worker, hit in both tiers through the other on the very next call."""
    metrics_port = free_ports()
    with CacheProcess(tmp_path, workers=2, metrics_port=metrics_port, embedder="onnx_minilm") as process:
        one, other = await clients_of_two_workers(process.port, metrics_port)
        for index, (writer, reader) in enumerate([(one, other), (other, one)] * 3):
            missed = await writer.ask(f"How do I cancel order {index} of my shop?")
            assert missed.outcome == pb.OUTCOME_MISS
            await writer.keep(missed.lookup_token)
            exact = await reader.ask(f"How do I cancel order {index} of my shop?")
            near = await reader.ask(f"How can I cancel order {index} of my shop?")
            assert (exact.hit_kind, near.hit_kind) == (pb.HIT_KIND_EXACT, pb.HIT_KIND_SEMANTIC)
        missed = await one.ask(QUESTION)
        assert (await other.keep(missed.lookup_token)).outcome == pb.STORE_OUTCOME_STORED
        await other.stub.Invalidate(pb.InvalidateRequest(scope=pb.Scope(tenant_id="acme"), tenant=True), timeout=10)
        assert (await one.ask(QUESTION)).outcome == pb.OUTCOME_MISS
        for client in (one, other):
            await client.channel.close()
        assert process.stop(signal.SIGTERM) == 0


async def clients_of_two_workers(port: int, metrics_port: int) -> tuple[CacheClient, CacheClient]:
    """One client whose connection is at the first worker, one whose connection is at the second."""
    found: dict[int, CacheClient] = {}
    for attempt in range(64):
        client = connect(port, f"try-{attempt}")
        before = [calls(metrics_port + METRICS_PORT_STEP * worker) for worker in (0, 1)]
        await client.ask(f"Who answers try {attempt}?")
        after = [calls(metrics_port + METRICS_PORT_STEP * worker) for worker in (0, 1)]
        worker = 0 if after[0] > before[0] else 1
        assert sum(after) == sum(before) + 1
        if worker in found:
            await client.channel.close()
        found.setdefault(worker, client)
        if len(found) == 2:
            return found[0], found[1]
    raise AssertionError("64 connections all went to one worker")


def calls(metrics_port: int) -> float:
    """How many lookups and stores a worker has answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as page:
        return sum(float(value) for value in LOOKUPS.findall(page.read().decode()))


def free_ports() -> int:
    """A port that is free, as is that of the second worker."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + METRICS_PORT_STEP))
            except (OSError, OverflowError):
                continue
            return port


def test_a_file_of_a_newer_release_refuses_to_start(tmp_path: Path) -> None:
    """The process says which versions do not fit, and leaves the file as it is."""
    with CacheProcess(tmp_path):
        pass
    change = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    statement = "UPDATE meta SET value = 99 WHERE name = 'schema_version'"
    subprocess.run([sys.executable, "-c", change, str(tmp_path / "cache.sqlite3"), statement], check=True, timeout=30)
    with (
        pytest.raises(AssertionError, match="has schema version 99; this release knows only 2"),
        CacheProcess(tmp_path),
    ):
        pass


def test_sigterm_ends_it_with_0_and_its_log_is_json(tmp_path: Path) -> None:
    """Every line can be read by a machine."""
    with CacheProcess(tmp_path) as process:
        assert process.stop(signal.SIGTERM) == 0
        assert all(isinstance(json.loads(line), dict) for line in process.log)
