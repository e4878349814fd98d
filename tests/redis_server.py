"""Finds or unpacks a Redis 8, and starts private servers for tests."""

import fcntl
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

ROOT = Path(__file__).parent.parent
UNPACKED = ROOT / "build" / "redis8"
OLDEST = 8
_UNPACK_TIMEOUT_S = 50
_START_TIMEOUT_S = 10.0
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

    def stop(self) -> None:
        """Kill it; what it held is gone."""
        self.process.kill()
        self.process.wait()


def find_redis_server() -> str:
    """Return the path of a redis-server that is new enough, unpacking one where none is; RedisMissingError."""
    found = shutil.which("redis-server")
    if found and _version(found) >= OLDEST:
        return found
    UNPACKED.parent.mkdir(exist_ok=True)
    with (UNPACKED.parent / ".redis8-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test runs may start at once
        try:
            subprocess.run(
                [ROOT / "tests" / "redis8.sh", UNPACKED], check=True, capture_output=True, timeout=_UNPACK_TIMEOUT_S
            )
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", None) or b""
            raise RedisMissingError(
                f"tests/redis8.sh failed: {error} {said.decode(errors='replace')[-500:]}"
            ) from error
    return str(UNPACKED / "redis-server")


def start_redis(program: str, folder: Path, *options: str) -> RedisProcess:
    """Start a server that keeps nothing on disk, on a free port of this machine."""
    for _ in range(_TRIES):
        port = _free_port()
        fixed = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        with (folder / f"redis-{port}.log").open("wb") as log:
            process = subprocess.Popen([program, *fixed, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        server = RedisProcess(f"redis://127.0.0.1:{port}/0", process)
        if _answers(server):
            return server
        server.stop()  # another process took the port first
    raise RedisMissingError(f"{program} did not start; its log is in {folder}")


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
    found = re.search(r"v=(\d+)", said)
    return int(found[1]) if found else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: RedisProcess) -> bool:
    """Wait until it is up and is the one asked: its process id says so."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    with redis.Redis.from_url(server.url, socket_timeout=1.0, protocol=2) as client:
        while time.monotonic() < deadline and server.process.poll() is None:
            try:
                return int(client.info("server")["process_id"]) == server.process.pid
            except redis.RedisError:
                time.sleep(0.01)
    return False
