"""The command `pith doctor`: what is reachable, in which version, and what it can do."""

import asyncio
import os
from dataclasses import asdict, dataclass
from typing import Annotated

import grpc
import typer
from rich.table import Table

from pith_cli import stack_file
from pith_cli.bench.report import versions
from pith_cli.clients import Channel, CompressorClient
from pith_cli.stack_file import StackAddresses
from pith_cli.terminal import make_console
from pith_cli.up.environment import found_keys
from pith_cli.up.probes import http_ok

_TIMEOUT_S = 2.0
_SERVICES = {
    "compressor": "pith.compressor.v1.CompressorService",
    "cache": "pith.cache.v1.CacheService",
    "usage": "pith.usage.v1.UsageService",
}
_HEALTH_PATHS = {"management": "/readyz", "litellm": "/health/liveliness", "providers": "/health"}
# A stack with real providers has no stand-ins.
_OPTIONAL = frozenset({"providers"})


@dataclass(frozen=True)
class Finding:
    """What was found at one address."""

    part: str
    address: str
    ok: bool
    detail: str


def doctor(
    *,
    compressor: Annotated[str, typer.Option(help="host:port; default: the stack started last.")] = "",
    cache: Annotated[str, typer.Option(help="host:port; default: the stack started last.")] = "",
    management: Annotated[str, typer.Option(help="URL; default: the stack started last.")] = "",
    litellm: Annotated[str, typer.Option(help="URL; default: the stack started last.")] = "",
) -> None:
    """Say what is reachable, in which version, and what it can do; exit code 1 when a part is missing."""
    chosen = {"compressor": compressor, "cache": cache, "management": management, "litellm": litellm}
    known = asdict(stack_file.read()) | {name: value for name, value in chosen.items() if value}
    found = asyncio.run(examine(StackAddresses(**known)))
    console = make_console()
    console.print(findings_table(found))
    console.print("versions: " + ", ".join(f"{name} {version}" for name, version in versions().items()))
    console.print(f"provider keys: {', '.join(found_keys(os.environ).values()) or 'none'}")
    raise typer.Exit(0 if all(finding.ok for finding in found if finding.part not in _OPTIONAL) else 1)


async def examine(addresses: StackAddresses) -> list[Finding]:
    """Ask every part of a stack how it is."""
    grpc_parts = [_examine_grpc(part, getattr(addresses, part), service) for part, service in _SERVICES.items()]
    http_parts = [_examine_http(part, getattr(addresses, part), path) for part, path in _HEALTH_PATHS.items()]
    return list(await asyncio.gather(*grpc_parts, *http_parts))


async def _examine_grpc(part: str, address: str, service: str) -> Finding:
    async with Channel(address, timeout_s=_TIMEOUT_S) as channel:
        status = await channel.health(service)
    if status == "SERVING" and part == "compressor":
        return Finding(part, address, ok=True, detail=await _engines(address))
    return Finding(part, address, ok=status == "SERVING", detail=status)


async def _engines(address: str) -> str:
    async with CompressorClient(address, timeout_s=_TIMEOUT_S) as client:
        try:
            engines = await client.engines()
        except grpc.aio.AioRpcError as error:
            return f"SERVING; capabilities: {error.code().name}"
    shown = [f"{e.name} {e.fingerprint} ({e.ms_per_1k_tokens:.2f} ms per 1,000 tokens)" for e in engines]
    return f"SERVING; {', '.join(shown)}"


async def _examine_http(part: str, url: str, path: str) -> Finding:
    ok = await http_ok(url + path)()
    return Finding(part, url, ok=ok, detail="up" if ok else "not reachable")


def findings_table(found: list[Finding]) -> Table:
    """Return the table of what was found."""
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "address", "", "detail"):
        table.add_column(heading)
    for finding in found:
        mark = "[green]ok[/]" if finding.ok else "[red]no[/]"
        table.add_row(finding.part, finding.address, mark, finding.detail)
    return table
