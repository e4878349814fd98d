"""The command `pith up`."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import aiohttp
import grpc
import typer
from rich.console import Console

from pith_cli.checkout import CheckoutError
from pith_cli.redis_server import RedisMissingError
from pith_cli.terminal import make_console
from pith_cli.up.environment import PROVIDER_KEYS, found_keys
from pith_cli.up.models import UnknownPriceError
from pith_cli.up.processes import ChildError
from pith_cli.up.run import DeclinedError, Options, up
from pith_cli.up.run_folder import FolderInUseError
from pith_cli.up.signals import run_until_signal
from pith_cli.up.stack import RenderError
from pith_cli.up.tenants import ManagementError
from pith_cli.up.traffic import TrafficError

_USAGE = 2
_FAILURES = (
    CheckoutError,
    RedisMissingError,
    FolderInUseError,
    RenderError,
    TrafficError,
    ManagementError,
    UnknownPriceError,
    DeclinedError,
    aiohttp.ClientError,
)


class Store(StrEnum):
    """Where the cache keeps its entries."""

    SQLITE = "sqlite"
    REDIS = "redis"


def up_command(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the table instead of staying up.")] = False,
    real: Annotated[
        bool, typer.Option("--real", help="Send to real providers; needs their keys and costs money.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --real: do not ask before spending.")] = False,
    store: Annotated[
        Store,
        typer.Option(help="Where the cache keeps its entries; redis is that of PITH_REDIS_URL, or a private Redis 8."),
    ] = Store.SQLITE,
    out: Annotated[Path, typer.Option(help="Folder for run.json, and for data and logs in run/.")] = Path("build"),
    free_ports: Annotated[
        bool, typer.Option("--free-ports", help="Use free ports only, none of the usual ones.")
    ] = False,
) -> None:
    """Start the whole stack, send the sample traffic and show what happened."""
    console = make_console()
    if real and not _has_keys():
        names = ", ".join(names[0] for names in PROVIDER_KEYS.values())
        console.print(f"--real needs a provider key in the environment: one or more of {names}", style="red")
        raise typer.Exit(_USAGE)
    options = Options(out=out, once=once, real=real, yes=yes, only_free_ports=free_ports, redis=store is Store.REDIS)
    raise typer.Exit(_run(options, console))


def _has_keys() -> bool:
    return bool(found_keys(os.environ))


def _run(options: Options, console: Console) -> int:
    try:
        return run_until_signal(up(options, console))
    except ChildError as error:
        explain(error, console)
    except grpc.aio.AioRpcError as error:
        console.print(f"a service answered {error.code().name}: {error.details()}", style="red", markup=False)
    except _FAILURES as error:
        console.print(str(error), style="red", markup=False)
    return 1


def explain(error: ChildError, console: Console) -> None:
    """Show the end of the log of the process that failed, and what to do next."""
    console.print(f"\n{error}; the end of {error.log}:\n", style="bold red", markup=False)
    console.print(error.tail or "(nothing was logged)", markup=False, soft_wrap=True)
    console.print(f"\n{advice(error)}", style="bold", markup=False)


def advice(error: ChildError) -> str:
    """Say what to do next, by how a process ended and what it said last."""
    tail = error.tail
    if "ModuleNotFoundError" in tail or "ImportError" in tail:
        return "A package is missing: run `make setup`, then try again."
    if "ddress already in use" in tail:
        return "Somebody took the port meanwhile: try again, or pass --free-ports."
    if "no such setting" in tail or "unknown setting" in tail:
        return "Unset the variable that is named above, then try again."
    if "SIGKILL" in error.what:
        return "Something killed it: most often the machine is out of memory."
    return "If the log does not say what to do, please report it with these lines."
