"""Roles, tokens, tenants, TLS and mTLS against a real server."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.testing import capture_logs

from certificates import Authority, write_server
from fakes_serving import Echo, EchoSettings, building, call
from grpc_serving.environment import SettingsError
from grpc_serving.server import start

HOOK, OPERATOR, BOUND = "hook-token-0123456789", "operator-token-0123456789", "bound-token-0123456789"


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[int]:
    """Serves the echo service for the length of a block and gives its port."""
    server = await start(EchoSettings(grace_s=1, **settings), building(Echo()))
    try:
        yield server.port
    finally:
        await server.stop()


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """A tokens file with one token of each kind."""
    path = tmp_path / "tokens"
    digest = hashlib.sha256(OPERATOR.encode()).hexdigest()
    path.write_text(f"# who may call\nhook {HOOK}\noperator sha256:{digest}\nhook {BOUND} t-1,t-2  # one customer\n")
    return path


async def outcome(channel: grpc.aio.Channel, method: str, value: str = "x", token: str | None = None) -> str:
    """The name of the status with which a call ends."""
    try:
        await call(channel, method, value, token=token)
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"


async def test_roles_decide_what_a_token_may_do(tokens: Path) -> None:
    """A hook may call hook methods, an operator all, a stranger none; health needs no token."""
    async with serving(tokens_file=tokens) as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert await outcome(channel, "Echo", token=HOOK) == "OK"
        assert await outcome(channel, "Manage", token=HOOK) == "PERMISSION_DENIED"
        assert await outcome(channel, "Echo", token=OPERATOR) == "OK"
        assert await outcome(channel, "Manage", token=OPERATOR) == "OK"
        assert await outcome(channel, "Echo") == "UNAUTHENTICATED"
        assert await outcome(channel, "Echo", token="wrong-token-0123456789") == "UNAUTHENTICATED"
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_bound_token_serves_its_tenants_only(tokens: Path) -> None:
    """A token bound to tenants is refused for another tenant; an unbound one is not."""
    async with serving(tokens_file=tokens) as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert await outcome(channel, "Tenant", "t-2", token=BOUND) == "OK"
        assert await outcome(channel, "Tenant", "t-3", token=BOUND) == "PERMISSION_DENIED"
        assert await outcome(channel, "Tenant", "", token=BOUND) == "PERMISSION_DENIED"
        assert await outcome(channel, "Tenant", "t-3", token=HOOK) == "OK"


async def test_without_tokens_everything_is_allowed_on_loopback() -> None:
    """The embedded default asks nobody for anything, and only this machine can ask."""
    async with serving() as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert await outcome(channel, "Manage") == "OK"
        assert await outcome(channel, "Tenant", "any") == "OK"


async def test_a_rotated_token_is_known_without_a_restart(tokens: Path) -> None:
    """Old and new token are valid side by side, then the old one ends; the caller sees no gap."""
    new = "newer-token-0123456789"
    async with serving(tokens_file=tokens) as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        replace(tokens, f"hook {HOOK}\nhook {new}\n")
        assert await ends_as(channel, new, "OK")
        assert await outcome(channel, "Echo", token=HOOK) == "OK"
        replace(tokens, f"hook {new}\n")
        assert await ends_as(channel, HOOK, "UNAUTHENTICATED")
        assert await outcome(channel, "Echo", token=new) == "OK"


def replace(path: Path, text: str) -> None:
    """Replaces a file in one step, as a secret's volume does."""
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text)
    fresh.replace(path)


async def ends_as(channel: grpc.aio.Channel, token: str, wanted: str) -> bool:
    """Whether calls with a token come to end in a certain way within a few seconds."""
    for _ in range(40):
        if await outcome(channel, "Echo", token=token) == wanted:
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
async def test_an_open_address_needs_protection(address: str) -> None:
    """Beyond loopback the start is refused with neither tokens nor mTLS, and says what to set."""
    with pytest.raises(SettingsError, match="PITH_ECHO_ALLOW_INSECURE=true"):
        await start(EchoSettings(address=address), building(Echo()))


async def test_an_open_address_on_purpose_is_loud(tokens: Path) -> None:
    """allow_insecure is logged as a warning and shows as a health name that is absent elsewhere."""
    with capture_logs() as lines:
        async with serving(address="0.0.0.0:0", allow_insecure=True) as port:
            assert await insecure(port) is True
    assert [line["log_level"] for line in lines if line["event"].startswith("INSECURE")] == ["warning"]
    async with serving(address="0.0.0.0:0", allow_insecure=True, tokens_file=tokens) as port:
        assert await insecure(port) is False


async def insecure(port: int) -> bool:
    """Whether health knows the name `insecure`."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service="insecure"), timeout=5
            )
        except grpc.aio.AioRpcError:
            return False
        return True


def secure_channel(port: int, authority: Authority, pair: tuple[bytes, bytes] | None = None) -> grpc.aio.Channel:
    """A TLS channel that trusts one authority and may show a certificate."""
    certificate, key = pair or (None, None)
    credentials = grpc.ssl_channel_credentials(authority.pem, key, certificate)
    return grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, [("grpc.use_local_subchannel_pool", 1)])


async def test_tls_serves_those_who_trust_the_authority(tmp_path: Path) -> None:
    """With a certificate the server speaks TLS to clients that trust it and to nobody else."""
    authority = Authority()
    async with serving(**write_server(tmp_path, authority)) as port:
        async with secure_channel(port, authority) as channel:
            assert await outcome(channel, "Echo") == "OK"
        async with secure_channel(port, Authority("another")) as channel:
            assert await outcome(channel, "Echo") == "UNAVAILABLE"
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            assert await outcome(channel, "Echo") == "UNAVAILABLE"


async def test_replaced_certificates_serve_the_next_connection(tmp_path: Path) -> None:
    """New files are used for new connections, files that do not fit together are not, and nobody restarts."""
    old, new = Authority("old"), Authority("new")
    paths = write_server(tmp_path, old)
    async with serving(**paths) as port:
        async with secure_channel(port, old) as channel:
            assert await outcome(channel, "Echo") == "OK"
            paths["tls_cert_file"].write_bytes(new.sign("half written")[0])
            async with secure_channel(port, old) as second:
                assert await outcome(second, "Echo") == "OK"
            write_server(tmp_path, new)
            async with secure_channel(port, new) as third:
                assert await outcome(third, "Echo") == "OK"
            assert await outcome(channel, "Echo") == "OK"
        async with secure_channel(port, old) as channel:
            assert await outcome(channel, "Echo") == "UNAVAILABLE"


async def test_the_client_certificate_carries_the_role(tmp_path: Path, tokens: Path) -> None:
    """With mTLS a certificate is needed; its common name or a DNS name gives the role, a token goes before it."""
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    files = write_server(tmp_path, authority) | {"tls_client_ca_file": tmp_path / "ca.pem"}
    async with serving(address="127.0.0.1:0", **files) as port:
        async with secure_channel(port, authority, authority.sign("pith-hook-7")) as channel:
            assert await outcome(channel, "Echo") == "OK"
            assert await outcome(channel, "Manage") == "PERMISSION_DENIED"
        async with secure_channel(port, authority, authority.sign("anyone", "pith-operator.default.svc")) as channel:
            assert await outcome(channel, "Manage") == "OK"
        async with secure_channel(port, authority, authority.sign("pith-nobody")) as channel:
            assert await outcome(channel, "Echo") == "UNAUTHENTICATED"
        async with secure_channel(port, authority) as channel:
            assert await outcome(channel, "Echo") == "UNAVAILABLE"
    async with serving(address="0.0.0.0:0", tokens_file=tokens, **files) as port:
        async with secure_channel(port, authority, authority.sign("pith-hook")) as channel:
            assert await outcome(channel, "Manage", token=OPERATOR) == "OK"
            assert await outcome(channel, "Echo", token="wrong-token-0123456789") == "UNAUTHENTICATED"
            assert await outcome(channel, "Echo") == "OK"
        async with secure_channel(port, authority, authority.sign("pith-nobody")) as channel:
            assert await outcome(channel, "Echo") == "UNAUTHENTICATED"
            assert await outcome(channel, "Echo", token=HOOK) == "OK"
