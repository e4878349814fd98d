"""Tests of choosing ports."""

import socket

from pith_cli.up.ports import HOST, choose_ports, is_free


def test_free_ports_are_taken_as_they_are() -> None:
    """Nothing is replaced where nobody listens."""
    port = _free_port()
    choice = choose_ports({"cache": port})
    assert choice.ports == {"cache": port}
    assert choice.replaced == {}


def test_a_port_that_is_taken_is_replaced_and_named() -> None:
    """A listener of somebody else moves ours, and the caller learns which."""
    with socket.create_server((HOST, 0)) as taken:
        busy, free = taken.getsockname()[1], _free_port()
        choice = choose_ports({"cache": busy, "edge": free})
    assert choice.replaced == {"cache": busy}
    assert choice.ports["edge"] == free
    assert choice.ports["cache"] not in {busy, free}


def test_a_port_shared_by_other_processes_counts_as_taken() -> None:
    """A gRPC server that would let others share its port is not joined by accident."""
    with socket.socket() as shared:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((HOST, 0))
        shared.listen()
        assert not is_free(shared.getsockname()[1])


def test_only_free_ports_are_all_different_and_none_is_usual() -> None:
    """Several stacks can be up at once."""
    usual = {f"part-{number}": 20000 + number for number in range(20)}
    choice = choose_ports(usual, only_free=True)
    assert len(set(choice.ports.values())) == len(usual)
    assert not set(choice.ports.values()) & set(usual.values())
    assert choice.replaced == {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
