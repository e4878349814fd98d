"""Finds or unpacks a Redis 8, and starts private servers that keep nothing on disk."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pith_cli.checkout import CheckoutError, find_checkout

OLDEST = 8
SCRIPT = Path(__file__).with_name("redis8.sh")
HOST = "127.0.0.1"
_UNPACK_TIMEOUT_S = 50
_START_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 1.0
_TRIES = 5


class RedisMissingError(Exception):
    """No Redis of the version needed can be had here."""


@dataclass
class RedisProcess:
    """A server of our own."""

    url: str
    process: subprocess.Popen[bytes]

    def pause(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def stop(self) -> None:
        """Kill it; what it held is gone."""
        self.process.kill()
        self.process.wait()


def find_redis_server() -> str:
    """Return the path of a redis-server that is new enough, unpacking one where none is; RedisMissingError."""
    found = shutil.which("redis-server")
    if found and _version(found) >= OLDEST:
        return found
    folder = unpacked_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".redis8-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several runs may start at once
        try:
            unpack = ["/bin/sh", str(SCRIPT), str(folder)]
            subprocess.run(unpack, check=True, capture_output=True, timeout=_UNPACK_TIMEOUT_S)  # noqa: S603
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", None) or b""
            raise RedisMissingError(
                f"no redis-server {OLDEST} is on PATH, and {SCRIPT.name} failed: {error}"
                f" {said.decode(errors='replace')[-500:]}"
            ) from error
    return str(folder / "redis-server")


def unpacked_folder() -> Path:
    """Where a Redis is unpacked: in the checkout's build folder, else in the user's cache."""
    try:
        return find_checkout() / "build" / "redis8"
    except CheckoutError:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "pith" / "redis8"


def server_command(program: str, port: int, folder: Path, *options: str) -> Sequence[str]:
    """The command of a server on this machine that keeps nothing on disk."""
    fixed = ["--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    return [program, *fixed, *options]


def start_redis(program: str, folder: Path, *options: str, on_port: int = 0) -> RedisProcess:
    """Start a server on this port, or on a free one; RedisMissingError when it does not come up."""
    for _ in range(_TRIES):
        port = on_port or _free_port()
        with (folder / f"redis-{port}.log").open("wb") as log:
            command = server_command(program, port, folder, *options)
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603
        server = RedisProcess(f"redis://{HOST}:{port}/0", process)
        if _is_up(server, port):
            return server
        server.stop()  # another process took the port first
    raise RedisMissingError(f"{program} did not start; its log is in {folder}")


def process_id(port: int) -> int | None:
    """Return the process id that a server on this machine gives; None while nobody answers."""
    try:
        with socket.create_connection((HOST, port), timeout=_ANSWER_TIMEOUT_S) as connection:
            connection.sendall(b"INFO server\r\n")
            said = b""
            while (found := re.search(rb"process_id:(\d+)\r", said)) is None:
                more = connection.recv(4096)
                if not more or said.startswith(b"-"):
                    return None
                said += more
            return int(found[1])
    except OSError:
        return None


def _is_up(server: RedisProcess, port: int) -> bool:
    """Wait until it is up and is the one asked: its process id says so."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.process.poll() is None:
        told = process_id(port)
        if told is not None:
            return told == server.process.pid
        time.sleep(0.01)
    return False


def _version(program: str) -> int:
    ask = [program, "--version"]
    said = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=10).stdout  # noqa: S603
    found = re.search(r"v=(\d+)", said)
    return int(found[1]) if found else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
