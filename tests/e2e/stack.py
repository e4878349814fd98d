"""Starts what the end-to-end tests talk to: the real LiteLLM proxy and the stand-in providers, each on a free port."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from pith_cli.providers.app import create_app

ROOT = Path(__file__).parents[2]
MASTER_KEY = "sk-test-0f3b7d92c4e84a61b5d8f7a1e9c26d40"  # LiteLLM refuses to start with a weak one
START_TIMEOUT_S = 90
_DROPPED = (
    "OPENAI_",
    "ANTHROPIC_",
    "GOOGLE_",
    "GEMINI_",
    "GROQ_",
    "LANGFUSE_",
    "REDIS_",
    "DATABASE_",
    "PITH_",
    "LITELLM_",
)


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Proxy:
    """A LiteLLM proxy process."""

    process: subprocess.Popen[bytes]
    port: int
    log_file: Path
    metrics_port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        """The end of what it wrote, for a failure report."""
        return self.log_file.read_text(errors="replace")[-8000:]

    def counters(self) -> dict[str, float]:
        """The hooks' counters now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as response:
            lines = response.read().decode().splitlines()
        return {
            name: float(value)
            for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
        }

    def stop(self) -> None:
        """End the process and wait for it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def provider_bases(port: int) -> dict[str, str]:
    """The settings that point LiteLLM at stand-in providers on this port."""
    url = f"http://127.0.0.1:{port}"
    return {
        "PITH_LITELLM_OPENAI_BASE": f"{url}/openai/v1",
        "PITH_LITELLM_ANTHROPIC_BASE": f"{url}/anthropic",
        "PITH_LITELLM_GEMINI_BASE": f"{url}/gemini/v1beta",
        "PITH_LITELLM_GROQ_BASE": f"{url}/groq/openai/v1",
    }


def proxy_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without provider keys or settings of ours, with what LiteLLM needs offline."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MASTER_KEY": MASTER_KEY,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **extra,
    }


def start_proxy(folder: Path, env: Mapping[str, str]) -> Proxy:
    """Render the configuration, start LiteLLM, and wait until it answers; env holds PITH_HOOKS_* and PITH_LITELLM_*."""
    metrics_port = free_port()
    environment = proxy_environment({"PITH_HOOKS_METRICS_PORT": str(metrics_port), **env})
    config = folder / "litellm.yaml"
    render = [sys.executable, str(ROOT / "deploy/litellm/render_config.py"), "--out", str(config)]
    subprocess.run(render, env=environment, check=True)
    port, log_file = free_port(), folder / "litellm.log"
    litellm = Path(sys.executable).with_name("litellm")
    command = [
        str(litellm),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--telemetry",
        "False",
    ]
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    proxy = Proxy(process, port, log_file, metrics_port)
    _wait(proxy)
    return proxy


def _wait(proxy: Proxy) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and proxy.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{proxy.url}/health/liveliness", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    proxy.stop()
    raise RuntimeError(f"LiteLLM did not start:\n{proxy.log()}")


@dataclass
class Providers:
    """The stand-in providers in a thread of this process."""

    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        settings = uvicorn.Config(
            create_app(), host="127.0.0.1", port=self.port, log_level="critical", access_log=False
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, name="providers", daemon=True)

    @property
    def url(self) -> str:
        """Where they listen."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until they answer."""
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._server.should_exit = True
        self._thread.join(10)
