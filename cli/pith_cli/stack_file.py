"""Remembers where a running stack listens, so that other commands find it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pith_cli.up.ports import HOST, USUAL_PORTS

DEFAULT_PATH = Path("build/run/stack.json")


@dataclass(frozen=True)
class StackAddresses:
    """Where each part of a stack listens, and the file that holds the admin key."""

    providers: str
    compressor: str
    cache: str
    usage: str
    edge: str
    management: str
    litellm: str
    admin_key_file: str = ""


def addresses_of(ports: Mapping[str, int], *, admin_key_file: str = "") -> StackAddresses:
    """Make the addresses of a stack on this machine: host:port for gRPC, a URL for HTTP."""
    grpc = {name: f"{HOST}:{ports[name]}" for name in ("compressor", "cache", "usage")}
    http = {name: f"http://{HOST}:{ports[name]}" for name in ("providers", "edge", "management", "litellm")}
    return StackAddresses(**grpc, **http, admin_key_file=admin_key_file)


def write(path: Path, addresses: StackAddresses) -> None:
    """Write the addresses of a stack that is up."""
    path.write_text(json.dumps(asdict(addresses), indent=2) + "\n", encoding="utf-8")


def read(path: Path = DEFAULT_PATH) -> StackAddresses:
    """Read the addresses of the stack that was started last; the usual ones when there is no such file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return addresses_of(USUAL_PORTS)
    known = {name: str(found[name]) for name in StackAddresses.__dataclass_fields__ if name in found}
    return StackAddresses(**(asdict(addresses_of(USUAL_PORTS)) | known))
