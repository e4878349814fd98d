"""Finding and starting a Redis."""

import socket
from pathlib import Path

import pytest

from pith_cli.redis_server import (
    HOST,
    SCRIPT,
    RedisMissingError,
    process_id,
    server_command,
    start_redis,
    unpacked_folder,
)
from pith_cli.up.probes import redis_is

pytest_plugins = ["fixtures_redis"]


async def test_a_server_is_started_asked_and_stopped(redis_program: str, tmp_path: Path) -> None:
    """It is the one whose process was started, and nobody answers after its end."""
    server = start_redis(redis_program, tmp_path)
    try:
        assert process_id(server.port) == server.process.pid
        assert await redis_is(server.port)()
    finally:
        server.stop()
    assert process_id(server.port) is None
    assert not await redis_is(server.port)()


def test_a_program_that_is_no_server_is_reported(tmp_path: Path) -> None:
    """With the folder of its log."""
    with pytest.raises(RedisMissingError, match=str(tmp_path)):
        start_redis("/bin/false", tmp_path)


def test_somebody_else_on_the_port_is_not_taken_for_it() -> None:
    """A listener that says nothing of a process id is no Redis."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        assert process_id(listener.getsockname()[1]) is None


def test_nothing_is_kept_on_disk(tmp_path: Path) -> None:
    """And only this machine can reach it."""
    command = " ".join(server_command("redis-server", 7, tmp_path))
    assert "--bind 127.0.0.1 --port 7" in command
    assert "--appendonly no" in command


def test_the_script_is_part_of_the_package() -> None:
    """Also where Pith was installed from a wheel."""
    assert SCRIPT.is_file()
    assert unpacked_folder().name == "redis8"
