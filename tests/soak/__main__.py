"""`make soak`: every long check, or those named, each for at most --minutes; run again to go on."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

# Services are started while gRPC's threads run; its fork handlers then crash the child, once in some thirty starts.
# gRPC reads this when it is imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

from soak.catalog import CHECKS
from soak.check import Check
from soak.ledger import Ledger
from soak.runner import run

FIGURES = Path(__file__).parents[2] / "docs" / "figures"


def main() -> int:
    """Run the checks; 0 when all are whole and clean, 1 when one found something, 3 when time ran out before the end."""
    options = _options()
    console = Console()
    ledgers = [_run(CHECKS[name](), options, console) for name in options.check or CHECKS]
    console.print(_table(ledgers))
    if any(ledger.failures for _, ledger in ledgers):
        return 1
    return 0 if all(ledger.done >= check.steps for check, ledger in ledgers) else 3


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="most minutes for each check (default 30)")
    parser.add_argument("--check", action="append", choices=sorted(CHECKS), help="this one only; may be repeated")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="folder of the soak-*.json files")
    parser.add_argument("--list", action="store_true", help="say what each check is, and stop")
    options = parser.parse_args()
    if options.list:
        for name, make in CHECKS.items():
            check = make()
            print(f"{name:20} {check.steps:6} steps  {check.says}")
        sys.exit(0)
    return options


def _run(check: Check, options: argparse.Namespace, console: Console) -> tuple[Check, Ledger]:
    ledger = Ledger(options.figures, check)
    columns = (
        TextColumn(f"{check.name:18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[found]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(check.name, total=check.steps, completed=ledger.done, found="")

        def progress(ledger: Ledger) -> None:
            bar.update(task, completed=ledger.done, found=f"{ledger.checked} checked, {ledger.violations} violations")

        asyncio.run(run(check, ledger, seconds=options.minutes * 60, progress=progress))
    return check, ledger


def _table(ledgers: list[tuple[Check, Ledger]]) -> Table:
    view = Table(title="soak", title_justify="left")
    for heading in ("check", "steps", "checked", "violations", "figures", "file"):
        view.add_column(heading)
    for check, ledger in ledgers:
        figures, against = ledger.judgement()
        wrong = "\n".join([str(ledger.violations + len(against)), *ledger.failures[:3]])
        shown = " ".join(f"{name}={value:.4g}" for name, value in figures.items())
        view.add_row(check.name, f"{ledger.done}/{check.steps}", str(ledger.checked), wrong, shown, ledger.path.name)
    return view


if __name__ == "__main__":
    sys.exit(main())
