"""What the subcommands of `pith cache` share: their options, one call, and how its reply is shown."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.console import Console, RenderableType

from pith_cli import stack_file
from pith_cli.cache.errors import describe
from pith_cli.cache.operator import APIS, Access, Body, OperatorClient, Reply
from pith_cli.terminal import make_console

Address = Annotated[str, typer.Option(help="host:port of the cache; default: the stack started last.")]
Tenant = Annotated[str, typer.Option(envvar="PITH_TENANT", help="The tenant, or a pool as pool:NAME.")]
Token = Annotated[str, typer.Option(envvar="PITH_TOKEN", help="An operator's token, where the cache wants one.")]
TlsCa = Annotated[Path | None, typer.Option(help="File of the authority that signed the cache's certificate.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reply as JSON.")]
Model = Annotated[str, typer.Option(help="The model group of the request.")]
ApiName = Annotated[str, typer.Option(help=f"The API of the request: {', '.join(APIS)}.")]
Call = Callable[[OperatorClient], Awaitable[Reply]]


def access(address: str, tenant: str, token: str, tls_ca: Path | None) -> Access:
    """Say which cache is meant; refuse to guess a tenant."""
    if not tenant:
        raise typer.BadParameter("name the tenant, here or in PITH_TENANT", param_hint="--tenant")
    try:
        return Access(address or stack_file.read().cache, tenant, token, tls_ca.read_bytes() if tls_ca else None)
    except OSError as error:
        raise typer.BadParameter(str(error), param_hint="--tls-ca") from None


def ask(where: Access, call: Call) -> Reply:
    """Make one call; end the command with what to do where it fails."""
    try:
        return asyncio.run(_ask(where, call))
    except grpc.aio.AioRpcError as error:
        Console(stderr=True).print(describe(where.address, error), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None


def show(reply: Reply, view: Callable[[Reply], RenderableType], *, as_json: bool) -> None:
    """Print a reply."""
    if as_json:
        sys.stdout.write(json.dumps(reply, indent=2, ensure_ascii=False) + "\n")
    else:
        make_console().print(view(reply))


def read_request(text_or_file: str, *, api: str, model: str) -> Body:
    """Take a file with a request as it is; make of a text the request that asks it."""
    if api not in APIS:
        raise typer.BadParameter(f"must be one of {', '.join(APIS)}", param_hint="--api")
    path = Path(text_or_file)
    try:
        if path.is_file():
            return Body(path.read_bytes(), api, model)
    except OSError:  # a text that is too long for the name of a file
        pass
    return Body(json.dumps(_request(text_or_file, api, model)).encode(), api, model)


def _request(text: str, api: str, model: str) -> Reply:
    if api == "text":
        return {"model": model, "prompt": text}
    if api == "responses":
        return {"model": model, "input": text}
    messages = {"model": model, "messages": [{"role": "user", "content": text}]}
    return messages | ({"max_tokens": 1024} if api == "messages" else {})


async def _ask(where: Access, call: Call) -> Reply:
    async with OperatorClient(where) as client:
        return await call(client)
