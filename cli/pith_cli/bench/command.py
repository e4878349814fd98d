"""The command `pith bench`."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pith_cli.bench import cache, compressor, report
from pith_cli.bench.plan import ENTRIES, Plan
from pith_cli.terminal import make_console
from pith_cli.up.processes import ChildError

Measure = Callable[[Plan], Awaitable[list[dict[str, Any]]]]
_BENCHES: dict[str, tuple[Measure, Callable[[Plan], int]]] = {
    "compressor": (compressor.measure, compressor.steps),
    "cache": (cache.measure, cache.steps),
}


class Target(StrEnum):
    """What to measure."""

    COMPRESSOR = "compressor"
    CACHE = "cache"
    ALL = "all"


def bench_command(
    target: Annotated[Target, typer.Argument(help="What to measure.")],
    *,
    json: Annotated[
        Path | None, typer.Option(help="Write the figures here: a file, or for `all` a folder, with plots.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.05, help="The longest a scenario may take.")] = 5.0,
    entries: Annotated[int, typer.Option(min=10, help="Entries in the cache.")] = ENTRIES,
) -> None:
    """Measure the services, each started for this on a free port, beside an empty call in the same run."""
    console = make_console()
    names = list(_BENCHES) if target is Target.ALL else [target.value]
    try:
        reports = [_measure(name, console, seconds=seconds, entries=entries) for name in names]
    except ChildError as error:
        console.print(f"{error}; its log ends:\n{error.tail}", style="red", markup=False)
        raise typer.Exit(1) from None
    for found in reports:
        console.print(report.table(found))
    if json:
        _write(reports, json, console, folder=target is Target.ALL)


def _measure(name: str, console: Console, *, seconds: float, entries: int) -> dict[str, Any]:
    measure, steps = _BENCHES[name]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name}: starting", total=None)

        def on_step(what: str) -> None:
            progress.update(task, advance=1, description=f"{name}: {what}")

        plan = Plan(seconds=seconds, entries=entries, on_step=on_step)
        progress.update(task, total=steps(plan))
        return report.document(name, asyncio.run(measure(plan)))  # type: ignore[arg-type]


def _write(reports: list[dict[str, Any]], path: Path, console: Console, *, folder: bool) -> None:
    if not folder:
        report.write(path, reports[0])
        console.print(f"written to {path}")
        return
    from pith_cli.bench import plots  # noqa: PLC0415  -- matplotlib takes a second to import

    for found in reports:
        report.write(path / f"{found['name']}.json", found)
        plots.draw(found, path)
    console.print(f"written to {path}")
