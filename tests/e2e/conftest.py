"""What the end-to-end tests share; a proxy takes ten seconds to start, so there are few and they live long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import pytest

from e2e.stack import Providers, Proxy, provider_bases, start_proxy
from fakes_hooks import FakeServices, Gate, LoopThread, Signer


@dataclass
class Gateway:
    """A LiteLLM proxy with the hooks, in front of small services behind gates."""

    proxy: Proxy
    services: FakeServices
    gates: dict[str, Gate]
    loop: LoopThread
    providers: Providers
    signer: Signer
    clients: list[openai.OpenAI] = field(default_factory=list)

    def client(self, tenant: str = "acme", **claims: Any) -> openai.OpenAI:
        """An OpenAI client with a token of platform-api's; a failed request is not repeated."""
        return self.client_with(self.signer.token(tenant, **claims))

    def client_with(self, credential: str) -> openai.OpenAI:
        """An OpenAI client with any credential; kept until the end, so that its sockets are closed, not collected."""
        client = openai.OpenAI(base_url=f"{self.proxy.url}/v1", api_key=credential, max_retries=0, timeout=30)
        self.clients.append(client)
        return client

    def open_gates(self) -> None:
        """Let everything through again."""
        for gate in self.gates.values():
            self.loop.run(gate.forward())


_STARTED: list[Gateway] = []


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[LoopThread]:
    """The event loop of the small services."""
    loop = LoopThread()
    yield loop
    loop.stop()


@pytest.fixture(scope="session")
def providers() -> Iterator[Providers]:
    """The stand-in providers."""
    running = Providers()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def start_gateway(
    loop_thread: LoopThread, providers: Providers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Gateway]]:
    """Start a proxy with small services of its own; keywords are PITH_HOOKS_ settings."""

    def start(**settings: str) -> Gateway:
        folder = tmp_path_factory.mktemp("gateway")
        services, signer = FakeServices(), Signer()
        loop_thread.run(services.start())
        gates = {name: Gate(services.port) for name in ("cache", "compressor", "usage")}
        for gate in gates.values():
            loop_thread.run(gate.forward())
        environment = provider_bases(providers.port)
        environment["PITH_HOOKS_JWT_PUBLIC_KEY_FILE"] = _written(folder / "jwt.pem", signer.public_pem)
        environment.update(
            {f"PITH_HOOKS_{name.upper()}_ADDRESS": f"127.0.0.1:{gate.port}" for name, gate in gates.items()}
        )
        environment.update({f"PITH_HOOKS_{name.upper()}": value for name, value in settings.items()})
        gateway = Gateway(start_proxy(folder, environment), services, gates, loop_thread, providers, signer)
        _STARTED.append(gateway)
        return gateway

    yield start
    for gateway in _STARTED:
        for client in gateway.clients:
            client.close()
        gateway.proxy.stop()
        for gate in gateway.gates.values():
            loop_thread.run(gate.close())
        loop_thread.run(gateway.services.stop())


@pytest.fixture(scope="session")
def gateway(start_gateway: Callable[..., Gateway]) -> Gateway:
    """A proxy whose deadlines are generous, for everything but deadlines."""
    return start_gateway(lookup_timeout_ms="2000", compress_timeout_ms="2000")


@pytest.fixture(scope="session")
def strict_gateway(start_gateway: Callable[..., Gateway]) -> Gateway:
    """A proxy with the default deadlines, whose breaker closes soon again, and with the mask on."""
    return start_gateway(breaker_cooldown_s="1", mask="true")


@pytest.fixture(autouse=True)
def _show_the_proxys_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print the end of every proxy's log where a test fails."""
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        for gateway in _STARTED:
            print(gateway.proxy.log())


def _written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)
