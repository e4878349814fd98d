"""Tests of the command's entry."""

# ruff: noqa: ASYNC110  (another process is waited for)

import asyncio
import socket
import subprocess
import sys

import aiohttp
from typer.testing import CliRunner

from pith_cli.main import app
from pith_cli.up.probes import http_ok


def test_the_help_names_every_command() -> None:
    """What works is listed, and nothing else."""
    ended = CliRunner().invoke(app, ["--help"])
    for name in ("up", "compress", "bench", "doctor", "providers", "gateway"):
        assert name in ended.output


def test_runs_as_a_module() -> None:
    """`python -m pith_cli` is the same command."""
    ended = subprocess.run([sys.executable, "-m", "pith_cli", "--help"], capture_output=True, text=True, check=True)
    assert "Usage: pith" in ended.stdout


async def test_providers_serves_until_it_is_ended() -> None:
    """The stand-ins start on the port that is asked for, and end at SIGTERM."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "pith_cli", "providers", "--port", str(port))
    try:
        async with asyncio.timeout(20):
            while not await http_ok(f"http://127.0.0.1:{port}/health")():
                await asyncio.sleep(0.05)
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "It is blue.\n\nWhat is blue?"}]}
        url = f"http://127.0.0.1:{port}/openai/v1/chat/completions"
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
            assert reply.status == 200
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) in {0, -15}
