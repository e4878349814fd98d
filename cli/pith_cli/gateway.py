"""The command `pith gateway`: which gateway carries LLM traffic."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from pith_cli import stack_file
from pith_cli.terminal import make_console
from pith_cli.up.tenants import ManagementClient, ManagementError

app = typer.Typer(no_args_is_help=True, help="Say which gateway carries LLM traffic.")


@app.callback()
def gateway() -> None:
    """Say which gateway carries LLM traffic."""


@app.command()
def show(
    *,
    url: Annotated[str, typer.Option(help="The management API; default: the stack started last.")] = "",
    admin_key_file: Annotated[Path | None, typer.Option(help="File with the admin key; default: that stack's.")] = None,
) -> None:
    """Print what the management API says about the gateway."""
    known = stack_file.read()
    key_file = admin_key_file or Path(known.admin_key_file)
    console = make_console()
    try:
        key = key_file.read_text(encoding="utf-8").strip()
        console.print_json(data=asyncio.run(_show(url or known.management, key)))
    except OSError as error:
        console.print(f"cannot read the admin key: {error}; pass --admin-key-file", style="red", markup=False)
        raise typer.Exit(1) from None
    except (aiohttp.ClientError, ManagementError, TimeoutError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None


async def _show(url: str, key: str) -> Any:
    async with aiohttp.ClientSession() as session:
        return await ManagementClient(session, url, key).request("GET", "/v1/gateway")
