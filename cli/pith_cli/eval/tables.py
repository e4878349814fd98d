"""Lays the scenarios of an eval out as a table: a row a rate, a column a method."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table

_BASELINE = "baseline."


def table(report: dict[str, Any]) -> RenderableType:
    """Return the table of what was kept, and below it what holds for the whole run."""
    by_rate = [entry for entry in report["scenarios"] if "kept" in entry["figures"]]
    rest = [entry for entry in report["scenarios"] if "kept" not in entry["figures"]]
    return Group(*([_kept(by_rate)] if by_rate else []), *(_line(entry) for entry in rest))


def _kept(entries: list[dict[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for entry in entries for name in entry["figures"] if name.startswith(_BASELINE)))
    view = Table(title=_title(entries), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    # Only answers have the achieved rate among their figures.
    with_rate = any("rate" in entry["figures"] for entry in entries)
    for heading in ("rate", *(("achieved",) if with_rate else ()), "n", "errors", "kept", "95 %"):
        view.add_column(heading, justify="right", no_wrap=True)
    for name in names:
        view.add_column(name.removeprefix(_BASELINE).replace("_", " "), justify="right")
    for entry in entries:
        figures = entry["figures"]
        head = [f"{entry['params']['rate']:g}", *([f"{figures['rate']:.3f}"] if with_rate else [])]
        counts = [str(entry["n"]), str(entry["errors"])]
        kept = [f"{figures['kept']:.3f}", f"{figures['low']:.3f}-{figures['high']:.3f}"]
        view.add_row(*head, *counts, *kept, *(f"{figures.get(name, 0.0):.3f}" for name in names))
    return view


def _title(entries: list[dict[str, Any]]) -> str:
    params = {name: value for name, value in entries[0]["params"].items() if name != "rate"}
    return " ".join([f"eval compressor: {entries[0]['name']}", *(f"{name}={value}" for name, value in params.items())])


def _line(entry: dict[str, Any]) -> str:
    figures = " ".join(
        f"{name}={f'{value:.4f}' if isinstance(value, float) else value}" for name, value in entry["figures"].items()
    )
    head = " ".join([entry["name"], *(f"{name}={value}" for name, value in entry["params"].items())])
    return f"{head}: {figures}"
