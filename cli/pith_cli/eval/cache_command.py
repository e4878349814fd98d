"""The command `pith eval cache`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pith_cli.bench import report
from pith_cli.eval.cache_plan import CachePlan
from pith_cli.eval.command import read_rates
from pith_cli.eval.streams import Pair, Request, StreamError, read_pairs, read_stream, write_lines, write_stream
from pith_cli.terminal import make_console
from pith_cli.up.processes import ChildError

_PEERS = Path(".venv-peers/bin/python")
_BUDGETS = {"banking77": ".02,.03,.05", "mix": ".01,.03,.05", "": ".01,.03,.05"}


class StreamName(StrEnum):
    """A stream that is generated."""

    MIX = "mix"
    BANKING77 = "banking77"


def cache_command(  # noqa: PLR0913  -- one a flag
    *,
    stream: Annotated[
        Path | None, typer.Option(help="Requests: a JSON object a line with text, answer_id, kind.")
    ] = None,
    pairs: Annotated[Path | None, typer.Option(help="Pairs: a JSON object a line with a, b, same, kind.")] = None,
    generated: Annotated[Path | None, typer.Option(help="Generate a stream from the data sets in this folder.")] = None,
    stream_name: Annotated[StreamName, typer.Option(help="Which stream to generate.")] = StreamName.MIX,
    budgets: Annotated[str, typer.Option(help="Error budgets, with commas; wrong hits per hit.")] = "",
    address: Annotated[str, typer.Option(help="host:port of a cache; without it, one is started.")] = "",
    weights: Annotated[Path | None, typer.Option(help="The embedder's artefact; without it, the shipped one.")] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Run GPTCache on the same stream (takes minutes).")] = False,
    peer_requests: Annotated[
        int, typer.Option(min=0, help="With --peers: how many of the first requests GPTCache is asked itself; 0: all.")
    ] = 1500,
    out_stream: Annotated[Path | None, typer.Option(help="Write the generated stream here.")] = None,
    wrong: Annotated[Path | None, typer.Option(help="Write every wrong hit here, a JSON object a line.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many of the first lines.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures here; a plot goes beside them.")] = None,
) -> None:
    """Measure hits and wrong hits of the cache at error budgets, beside a cosine alone on the same embedder."""
    if sum(source is not None for source in (stream, pairs, generated)) != 1:
        raise typer.BadParameter("name exactly one of --stream, --pairs and --generated")
    console = make_console()
    chosen = str(stream_name) if generated else ""
    plan = CachePlan(read_rates(budgets or _BUDGETS[chosen]), address, weights)
    plan = replace(plan, peers=_peers(console) if peers else None, peer_requests=peer_requests)
    try:
        if pairs:
            found = _pairs(read_pairs(pairs)[:limit], plan, console)
        else:
            requests = read_stream(stream) if stream else _generate(generated or Path(), stream_name)
            if out_stream:
                write_stream(out_stream, requests)
            found, wrong_hits = _stream(requests[:limit], plan, chosen, console)
            if wrong:
                write_lines(wrong, wrong_hits)
    except StreamError as error:
        raise typer.BadParameter(str(error)) from None
    if json:
        _write(json, found, console)


def _generate(folder: Path, name: StreamName) -> list[Request]:
    from pith_cli.eval import stream_mix  # noqa: PLC0415  -- only where a stream is generated

    return stream_mix.mix(folder) if name is StreamName.MIX else stream_mix.banking77(folder)


def _stream(requests: list[Request], plan: CachePlan, name: str, console: Console) -> tuple[dict[str, Any], list[Any]]:
    from pith_cli.eval import cache_rows, cache_stream, cache_tables, cache_tally  # noqa: PLC0415  -- numpy takes its time

    measured = _with_progress(plan, len(requests), console, lambda own: cache_stream.measure(requests, own))
    entries, rows = cache_stream.scenarios(measured), cache_rows.rows(measured, name)
    console.print(cache_tables.table(entries, rows))
    wrong_hits = list(cache_tally.wrong_hits(requests, measured.runs))
    return report.document("eval-cache", [*entries, *(row.scenario() for row in rows)]), wrong_hits


def _pairs(pairs: list[Pair], plan: CachePlan, console: Console) -> dict[str, Any]:
    from pith_cli.eval import cache_pairs, cache_tables  # noqa: PLC0415  -- numpy takes its time
    from pith_cli.eval.cache_stream import running  # noqa: PLC0415

    async def ask(own: CachePlan) -> Any:
        async with running(own) as client:
            return await cache_pairs.ask(client, pairs, own.budgets, own.on_step)

    found = _with_progress(plan, len(pairs), console, ask)
    entries = cache_pairs.scenarios(pairs, plan.budgets, found)
    console.print(cache_tables.table(entries, []))
    return report.document("eval-cache", entries)


def _with_progress(plan: CachePlan, total: int, console: Console, measure: Callable[[CachePlan], Any]) -> Any:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    budgets = ", ".join(f"{budget:g}" for budget in plan.budgets)
    try:
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
            task = progress.add_task(f"budgets {budgets}", total=total)
            return asyncio.run(measure(replace(plan, on_step=lambda: progress.update(task, advance=1))))
    except ChildError as error:
        console.print(f"{error}; its log ends:\n{error.tail}", style="red", markup=False)
    except grpc.aio.AioRpcError as error:
        where = plan.address or "the cache that was started"
        console.print(f"{where}: {error.code().name}: {error.details()}", style="red", markup=False)
    except RuntimeError as error:
        console.print(str(error), style="red", markup=False)
    raise typer.Exit(1)


def _peers(console: Console) -> Path | None:
    from pith_cli.eval.cache_peers import HOW_TO_MAKE  # noqa: PLC0415  -- numpy takes its time

    if _PEERS.is_file():
        return _PEERS
    console.print(HOW_TO_MAKE.format(_PEERS), style="yellow", markup=False)
    return None


def _write(path: Path, found: dict[str, Any], console: Console) -> None:
    from pith_cli.eval import cache_plots  # noqa: PLC0415  -- matplotlib takes a second to import

    report.write(path, found)
    picture = path.with_suffix(".png")
    drawn = cache_plots.draw(found, picture)
    console.print(f"written to {path}{f' and {picture}' if drawn else ''}", markup=False)
