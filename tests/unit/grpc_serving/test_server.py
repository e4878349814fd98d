"""What a server is made with."""

import asyncio

import pytest

from fakes_serving import Echo, EchoSettings, build_echo
from grpc_serving.server import Health, Role, Service, main, run, start


async def test_start_and_stop_close_the_services_in_reverse() -> None:
    """What was built last is closed first."""
    closed: list[str] = []

    def service(name: str) -> Service:
        async def close() -> None:
            closed.append(name)

        return Service(name, lambda _server: None, {}, close)

    async def build(_settings: EchoSettings, _health: Health) -> list[Service]:
        return [service("test.A"), service("test.B")]

    server = await start(EchoSettings(), build)
    assert server.port > 0
    await server.stop()
    assert closed == ["test.B", "test.A"]


async def test_a_failed_start_closes_what_was_built() -> None:
    """A role for a method that does not exist stops the start, and the services do not stay open."""
    echo = Echo()

    async def build(_settings: EchoSettings, _health: Health) -> list[Service]:
        roles = {"Check": Role.HOOK, "Watch": Role.HOOK, "List": Role.HOOK, "Chek": Role.HOOK}
        return [Service("grpc.health.v1.Health", lambda _server: None, roles, echo.close)]

    with pytest.raises(ValueError, match="Chek"):
        await start(EchoSettings(), build)
    assert echo.closed


def test_unusable_settings_are_told_and_give_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`main` names each wrong variable on standard error and returns 2."""
    monkeypatch.setenv("PITH_ECHO_WORKERS", "none")
    assert main(EchoSettings, build_echo) == 2
    assert "cannot start: PITH_ECHO_WORKERS" in capfd.readouterr().err


def test_an_exposed_address_is_refused_before_anything_starts(capfd: pytest.CaptureFixture[str]) -> None:
    """`run` returns 2 and says what to set, without building."""
    built = asyncio.Event()

    async def build(_settings: EchoSettings, _health: Health) -> list[Service]:
        built.set()
        return []

    assert run(EchoSettings(address="0.0.0.0:0"), build) == 2
    assert "PITH_ECHO_TOKENS_FILE" in capfd.readouterr().err
    assert not built.is_set()
