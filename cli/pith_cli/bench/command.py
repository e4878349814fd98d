"""The command `pith bench`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pith_cli.bench import cache, cache_bars, compressor, report
from pith_cli.bench.cache_grid import STORES
from pith_cli.bench.plan import ENTRIES, Plan, read_numbers
from pith_cli.terminal import make_console
from pith_cli.up.processes import ChildError


@dataclass(frozen=True)
class Bench:
    """How a service is measured, and how long a scenario takes by default."""

    measure: Callable[[Plan], Awaitable[list[dict[str, Any]]]]
    seconds: float


_BENCHES = {"compressor": Bench(compressor.measure, 2.5), "cache": Bench(cache.measure, 5.0)}


class Target(StrEnum):
    """What to measure."""

    COMPRESSOR = "compressor"
    CACHE = "cache"
    ALL = "all"


class Only(StrEnum):
    """A scenario that can be measured by itself."""

    PACING = "pacing"


class Mode(StrEnum):
    """Whether the compressor knows a question."""

    QUESTION = "question"
    BLIND = "blind"


def bench_command(  # noqa: PLR0913  -- one a flag
    target: Annotated[Target, typer.Argument(help="What to measure.")],
    *,
    json: Annotated[
        Path | None, typer.Option(help="Write the figures here, with plots: a file, or for `all` a folder.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.05, help="The longest a scenario may take.")] = None,
    entries: Annotated[int, typer.Option(min=10, help="Entries in the cache.")] = ENTRIES,
    callers: Annotated[str, typer.Option(help="Only so many callers at once, with commas.")] = "",
    tokens: Annotated[str, typer.Option(help="Compressor: only these sizes, with commas.")] = "",
    mode: Annotated[Mode | None, typer.Option(help="Compressor: only with or only without a question.")] = None,
    engine: Annotated[str, typer.Option(help="Compressor: only this engine.")] = "",
    only: Annotated[Only | None, typer.Option(help="Compressor: only this scenario, for all its budgets.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes of the service.")] = 1,
    store: Annotated[str, typer.Option(help=f"Cache: only these stores, with commas: {', '.join(STORES)}.")] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Every combination, and more requests where it matters.")
    ] = False,
) -> None:
    """Measure the services, each started for this on a free port, beside an empty call in the same run."""
    console = make_console()
    plan = Plan(
        seconds=seconds or 0.0,
        callers=read_numbers(callers, "--callers"),
        tokens=read_numbers(tokens, "--tokens"),
        modes=(mode.value,) if mode else (),
        engine=engine,
        only=only.value if only else "",
        workers=workers,
        full=full,
        entries=entries,
        stores=read_stores(store),
    )
    names = list(_BENCHES) if target is Target.ALL else [target.value]
    try:
        reports = [_measure(name, console, plan) for name in names]
    except ChildError as error:
        console.print(f"{error}; its log ends:\n{error.tail}", style="red", markup=False)
        raise typer.Exit(1) from None
    for found in reports:
        console.print(report.table(found))
        if bars := cache_bars.bars(found["scenarios"]):
            console.print(report.bar_table(bars))
    if json:
        _write(reports, json, console, folder=target is Target.ALL)


def read_stores(text: str) -> tuple[str, ...]:
    """Read names of stores with commas between them; refuse what is none."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in names:
        if name not in STORES:
            raise typer.BadParameter(f"{name} is not one of {', '.join(STORES)}", param_hint="--store")
    return names


def _measure(name: str, console: Console, plan: Plan) -> dict[str, Any]:
    bench = _BENCHES[name]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name}: starting", total=None)

        def on_step(what: str) -> None:
            progress.update(task, advance=1, description=f"{name}: {what}")

        def on_note(what: str) -> None:
            progress.update(task, description=f"{name}: {what}")

        def on_total(total: int) -> None:
            progress.update(task, total=total)

        own = replace(plan, seconds=plan.seconds or bench.seconds, on_step=on_step, on_total=on_total, on_note=on_note)
        return report.document(name, asyncio.run(bench.measure(own)))  # type: ignore[arg-type]


def _write(reports: list[dict[str, Any]], path: Path, console: Console, *, folder: bool) -> None:
    from pith_cli.bench import plots  # noqa: PLC0415  -- matplotlib takes a second to import

    for found in reports:
        report.write(path / f"{found['name']}.json" if folder else path, found)
        plots.draw(found, path if folder else path.parent)
    console.print(f"written to {path}")
