"""Writes what a bench measured: the JSON that others read, and a table."""

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pith_cli.bench.cache_bars import Bar

_VERSIONS_OF = ("pith-gateway", "grpcio", "protobuf", "numpy", "onnxruntime", "litellm")
Scenario = dict[str, Any]


def document(name: str, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Make the report of one bench."""
    return {"name": name, "machine": machine(), "versions": versions(), "scenarios": list(scenarios)}


def machine() -> dict[str, Any]:
    """Describe the machine in the terms that matter for a latency."""
    return {"system": platform.platform(), "cpu": _cpu(), "cores": os.cpu_count() or 0, "memory_gb": _memory_gb()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of what a latency depends on, where installed."""
    found = {"python": platform.python_version()}
    for name in _VERSIONS_OF:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write(path: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON, making its folder where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def table(report: dict[str, Any]) -> Table:
    """Lay the scenarios of a report out as a table."""
    view = Table(title=f"bench {report['name']}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    view.add_column("scenario")
    view.add_column("params")
    for heading in ("n", "errors", "rps", "p50 ms", "p95 ms", "p99 ms"):
        view.add_column(heading, justify="right")
    view.add_column("figures")
    for entry in report["scenarios"]:
        view.add_row(*_cells(entry))
    return view


def bar_table(bars: Sequence[Bar]) -> Table:
    """Lay bars out beside what was measured."""
    view = Table(title="must hold", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("what", "bar", "measured", ""):
        view.add_column(heading)
    for bar in bars:
        view.add_row(bar.what, bar.bar, bar.measured, "met" if bar.met else "[red]not met[/]")
    return view


def _cells(entry: Scenario) -> list[str]:
    latency = entry.get("latency_ms", {})
    timed = [f"{entry['rps']:.0f}" if "rps" in entry else "-"]
    timed += [f"{latency[q]:.2f}" if q in latency else "-" for q in ("p50", "p95", "p99")]
    return [
        entry["name"],
        _pairs(entry["params"]),
        str(entry["n"]),
        str(entry["errors"]),
        *timed,
        _pairs(entry["figures"]),
    ]


def _pairs(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={f'{value:.3g}' if isinstance(value, float) else value}" for name, value in values.items())


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> float:
    if sys.platform == "win32":
        return 0.0
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
