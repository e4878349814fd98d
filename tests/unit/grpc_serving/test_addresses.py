"""Reading, judging and holding addresses."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpc_serving.addresses import check_free, is_loopback, reserved_port, split_address
from grpc_serving.environment import SettingsError


@pytest.mark.parametrize(
    ("address", "host", "port", "loopback"),
    [
        ("127.0.0.1:50051", "127.0.0.1", 50051, True),
        ("127.8.9.1:1", "127.8.9.1", 1, True),
        ("localhost:0", "localhost", 0, True),
        ("[::1]:7", "::1", 7, True),
        ("unix:/run/x.sock", "", 0, True),
        ("0.0.0.0:50051", "0.0.0.0", 50051, False),
        ("[::]:50051", "::", 50051, False),
        ("10.0.0.1:1", "10.0.0.1", 1, False),
        ("pith-cache:50052", "pith-cache", 50052, False),
    ],
)
def test_an_address_is_read_and_judged(address: str, host: str, port: int, *, loopback: bool) -> None:
    """Host and port are told apart, and whether only this machine can reach them."""
    assert split_address(address) == (host, port)
    assert is_loopback(address) is loopback


@given(host=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), port=st.integers(0, 65535))
def test_every_host_and_port_survives(host: str, port: int) -> None:
    """Writing an address and reading it again changes nothing."""
    assert split_address(f"{host}:{port}") == (host, port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_port_0_becomes_a_real_port_that_is_held(host: str) -> None:
    """Workers get an address they can all bind with SO_REUSEPORT, and nobody else can bind it without."""
    with reserved_port(f"{host}:0") as address:
        assert address.startswith(f"{host}:")
        port = int(address.rpartition(":")[2])
        assert port > 0
        with pytest.raises(SettingsError), reserved_port(address):
            pass
        bare, family = host.strip("[]"), socket.AF_INET6 if "[" in host else socket.AF_INET
        with socket.socket(family) as worker:
            worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            worker.bind((bare, port))
    with reserved_port(address) as again:
        assert again == address


def test_a_taken_port_is_named() -> None:
    """The complaint has the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=address), reserved_port(address):
            pass
        with pytest.raises(SettingsError, match=address):
            check_free(address)


def test_a_host_that_is_not_ours_is_named() -> None:
    """An address that does not belong to this machine, or to nobody, is refused with its name."""
    for address in ("192.0.2.1:0", "no-such-host.invalid:0"):
        with pytest.raises(SettingsError, match=address):
            check_free(address)


def test_a_unix_socket_is_left_to_grpc() -> None:
    """No port is tried for a unix socket."""
    check_free("unix:/nowhere/at/all.sock")
