"""The command `pith eval`."""

import asyncio
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pith_cli.bench import report
from pith_cli.bench.plan import read_numbers
from pith_cli.eval import tables
from pith_cli.eval.distractors import Source
from pith_cli.eval.findings import Finding
from pith_cli.eval.plan import Plan, Prepared
from pith_cli.eval.samples import SampleError
from pith_cli.eval.splits import Split
from pith_cli.terminal import make_console
from pith_cli.up.processes import ChildError

app = typer.Typer(
    name="eval", help="Measure how much of what matters survives, without asking an LLM.", no_args_is_help=True
)
_SHOWN = 5


@app.callback()
def _group() -> None:
    """Measure how much of what matters survives, without asking an LLM."""


@app.command("compressor")
def compressor_command(  # noqa: PLR0913  -- one a flag
    *,
    qa: Annotated[Path, typer.Option(help="The questions, a JSON object a line, plain or packed with gzip.")],
    rates: Annotated[str, typer.Option(help="The shares of the tokens to keep, with commas.")] = ".5,.33,.2",
    distractors: Annotated[int, typer.Option(min=0, help="Other paragraphs beside the one that answers.")] = 5,
    distractor_source: Annotated[Source, typer.Option(help="Articles of the other paragraphs.")] = Source.OTHER,
    no_question: Annotated[bool, typer.Option("--no-question", help="Keep the question from the compressor.")] = False,
    engine: Annotated[str, typer.Option(help="The engine; without it, the service chooses.")] = "",
    split: Annotated[Split | None, typer.Option(help="The part to measure; dev where a file has parts.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure only so many questions, drawn by chance.")] = None,
    tokens: Annotated[
        str, typer.Option(help="Instead see how well rates are met on texts of these sizes, with commas.")
    ] = "",
    address: Annotated[str, typer.Option(help="host:port of a compressor; without it, one is started.")] = "",
    processes: Annotated[int, typer.Option(min=1, help="Processes that measure.")] = 2,
    json: Annotated[Path | None, typer.Option(help="Write the figures here; a plot goes beside them.")] = None,
) -> None:
    """Measure what the compressor keeps of what a question needs, beside simple methods at the same rate."""
    from pith_cli.eval.compressor import scenarios  # noqa: PLC0415  -- numpy takes its time

    console = make_console()
    plan = Plan(
        file=qa,
        rates=read_rates(rates),
        distractors=distractors,
        source=distractor_source if distractors else Source.NONE,
        blind=no_question,
        engine=engine,
        split=split,
        limit=limit,
        address=address,
        processes=processes,
        tokens=read_numbers(tokens, "--tokens"),
    )
    findings, prepared = _measure(plan, console)
    found = report.document("eval-compressor", scenarios(plan, prepared, findings))
    console.print(tables.table(found))
    _complain(findings, console)
    if json:
        _write(json, found, console)
    if findings and all(finding.error for finding in findings):
        raise typer.Exit(1)


def read_rates(text: str) -> tuple[float, ...]:
    """Read rates with commas between them; refuse what is not above 0 and at most 1."""
    try:
        rates = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"not numbers: {text}", param_hint="--rates") from None
    if not all(math.isfinite(rate) and 0 < rate <= 1 for rate in rates):
        raise typer.BadParameter(f"each must be above 0 and at most 1: {text}", param_hint="--rates")
    return tuple(dict.fromkeys(rates))


def _measure(plan: Plan, console: Console) -> tuple[list[Finding], Prepared]:
    from pith_cli.eval.compressor import prepare  # noqa: PLC0415  -- numpy takes its time

    try:
        prepared = prepare(plan)
        return _with_progress(plan, prepared, console), prepared
    except (SampleError, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--qa") from None
    except ChildError as error:
        console.print(f"{error}; its log ends:\n{error.tail}", style="red", markup=False)
        raise typer.Exit(1) from None


def _with_progress(plan: Plan, prepared: Prepared, console: Console) -> list[Finding]:
    from pith_cli.eval.compressor import measure  # noqa: PLC0415  -- numpy takes its time

    total = len(prepared.trials)
    texts = "texts" if plan.tokens else "questions"
    console.print(f"{plan.file}: {total} {texts}, split {prepared.split.value}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(prepared.scenario.value, total=total)
        return asyncio.run(measure(plan, prepared, lambda done: progress.update(task, advance=done)))


def _complain(findings: list[Finding], console: Console) -> None:
    """Show the first errors and violations; the scenarios count them all."""
    broken = [(finding.line, what) for finding in findings for what in (finding.error, *finding.violations) if what]
    for line, what in broken[:_SHOWN]:
        console.print(f"line {line}: {what}", style="red", markup=False)
    if len(broken) > _SHOWN:
        console.print(f"and {len(broken) - _SHOWN} more", style="red")


def _write(path: Path, found: dict[str, Any], console: Console) -> None:
    report.write(path, found)
    written = str(path)
    if any("kept" in entry["figures"] for entry in found["scenarios"]):
        from pith_cli.eval import plots  # noqa: PLC0415  -- matplotlib takes a second to import

        plots.draw(found, path.with_suffix(".png"))
        written += f" and {path.with_suffix('.png')}"
    console.print(f"written to {written}", markup=False)
