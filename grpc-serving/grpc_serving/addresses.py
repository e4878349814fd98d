"""What an address says, and whether it can be had."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from grpc_serving.environment import SettingsError


def split_address(address: str) -> tuple[str, int]:
    """Host and port of an address; ("", 0) for a unix socket, ValueError for anything unreadable."""
    if re.fullmatch(r"unix:.+", address):
        return "", 0
    match = re.fullmatch(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})", address)
    if match is None or int(match["port"]) > 65535:
        raise ValueError("must read host:port, [v6]:port or unix:path, with a port up to 65535")
    return match["v6"] or match["host"], int(match["port"])


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address."""
    host = split_address(address)[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def reserved_port(address: str) -> Iterator[str]:
    """The address with a real port that this process holds; those who set SO_REUSEPORT can listen on it meanwhile.

    gRPC alone would let a second service share the port of the first without a word; here that is refused.
    """
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe, socket.socket(family) as held:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            probe.bind((host, port))  # without SO_REUSEPORT, so it fails where anybody listens
            probe.close()
            held.bind((host, port))
        except OSError as error:
            raise SettingsError([f"address {address}: {error.strerror or error}"]) from error
        yield f"{address.rpartition(':')[0]}:{held.getsockname()[1]}"


def check_free(address: str) -> None:
    """Raises SettingsError when somebody listens on the address or it is not ours; unix sockets are left to gRPC."""
    if not address.startswith("unix:"):
        with reserved_port(address):
            pass
