"""Measures other compressors and caches beside Pith's own: `python -m pith_cli.bench.peers`, in an environment with both."""

import asyncio
import importlib.metadata
import tempfile
from collections.abc import Callable, Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pith_cli.bench import report
from pith_cli.checkout import find_checkout
from pith_cli.terminal import make_console
from pith_cli.up.traffic import read_traffic

_PEERS = {"torch": "torch", "transformers": "transformers", "llmlingua": "llmlingua", "gptcache": "gptcache"}
_QUESTIONS = 100
OnStep = Callable[[str], None]


class Part(StrEnum):
    """What to measure."""

    COMPRESSORS = "compressors"
    CACHES = "caches"


def main(
    *,
    json: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("build/bench-peers"),
    only: Annotated[Part | None, typer.Option(help="Measure this part alone.")] = None,
    parity_texts: Annotated[int, typer.Option(min=1, help="Texts compared with the library, option by option.")] = 300,
    rounds: Annotated[int, typer.Option(min=1, help="Timed runs of each competitor.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Threads of a model call, the same for all.")] = 1,
    pairs: Annotated[
        Path | None, typer.Option(help="More probes for the caches: JSON lines with sentence1, sentence2, label, id.")
    ] = None,
) -> None:
    """Measure peers and Pith on the same weights and the same questions."""
    console = make_console()
    missing = [name for name in _PEERS if find_spec(name) is None]
    if missing:
        console.print(
            f"not installed here: {', '.join(missing)}; `make bench-peers` makes the environment", style="red"
        )
        raise typer.Exit(1)
    for part in [only] if only else list(Part):
        if part is Part.COMPRESSORS:
            measured = _with_progress(console, lambda on_step: _compressors(on_step, parity_texts, rounds, threads))
        else:
            measured = _with_progress(console, lambda on_step: _caches(on_step, pairs))
        found = report.document(f"peers-{part}", measured)
        found["versions"] |= {name: importlib.metadata.version(package) for name, package in _PEERS.items()}
        console.print(report.table(found))
        report.write(json / f"{found['name']}.json", found)
    console.print(f"written to {json}")


def _with_progress(console: Console, measure: Callable[[OnStep], Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)
        return list(measure(lambda what: progress.update(task, advance=1, description=what)))


def _compressors(on_step: OnStep, parity_texts: int, rounds: int, threads: int) -> list[dict[str, Any]]:
    from pith_cli.bench.peers_compressors import Plan, measure  # noqa: PLC0415 -- torch takes seconds to import

    plan = Plan(on_step, parity_texts=parity_texts, rounds=rounds, threads=threads)
    with tempfile.TemporaryDirectory(prefix="pith-peers-") as folder:
        return list(measure(plan, Path(folder)))


def _caches(on_step: OnStep, pairs: Path | None) -> list[dict[str, Any]]:
    from pith_cli.bench.peers_caches import measure  # noqa: PLC0415 -- takes seconds to import
    from pith_cli.bench.peers_probes import of_pairs, of_questions, of_samples  # noqa: PLC0415

    samples = of_samples(read_traffic(find_checkout() / "samples" / "traffic.jsonl"))
    sets = [samples, of_questions(_QUESTIONS), *([of_pairs(pairs, _QUESTIONS)] if pairs else [])]
    return asyncio.run(measure(sets, on_step))


if __name__ == "__main__":
    typer.run(main)
