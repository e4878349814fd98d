"""Chooses the ports of a stack: the usual ones, and free ones where those are taken."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType

HOST = "127.0.0.1"
USUAL_PORTS: Mapping[str, int] = MappingProxyType(
    {
        "providers": 9090,
        "compressor": 50051,
        "compressor-metrics": 9101,
        "cache": 50052,
        "cache-metrics": 9102,
        "edge": 8080,
        "management": 8082,
        "usage": 50053,
        "litellm": 4000,
    }
)


@dataclass(frozen=True)
class PortChoice:
    """The port of each listener, and the usual ports that were taken."""

    ports: Mapping[str, int]
    replaced: Mapping[str, int]


def choose_ports(usual: Mapping[str, int], *, only_free: bool = False) -> PortChoice:
    """Take each usual port that is free (none of them with only_free), and any free port for the rest."""
    taken = {name: port for name, port in usual.items() if only_free or not is_free(port)}
    ports = {name: port for name, port in usual.items() if name not in taken}
    avoid = frozenset(usual.values())
    with ExitStack() as held:
        for name in taken:
            ports[name] = _free_port(held, avoid)
    return PortChoice(ports, {} if only_free else taken)


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port of this machine's loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port(held: ExitStack, avoid: frozenset[int]) -> int:
    """Hold the port until all are chosen, so that none is handed out twice."""
    while True:
        probe = held.enter_context(socket.socket())
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
        if port not in avoid:
            return port
