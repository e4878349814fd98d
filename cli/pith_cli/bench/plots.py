"""Draws what a bench measured: a figure per scenario name, as PNG."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

_QUANTILES = ("p50", "p95")


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Draw one figure for the latencies of a report and return the files."""
    timed = [entry for entry in report["scenarios"] if "latency_ms" in entry]
    by_tokens = [entry for entry in timed if "tokens" in entry["params"]]
    drawn = [_bars(timed, report["name"], folder / f"{report['name']}-latency.png")] if timed else []
    if by_tokens:
        drawn.append(_lines(by_tokens, folder / f"{report['name']}-by-tokens.png"))
    return drawn


def _bars(entries: Sequence[dict[str, Any]], title: str, path: Path) -> Path:
    figure, axes = plt.subplots(figsize=(9, 0.35 * len(entries) + 1.5), layout="constrained")
    names = [_label(entry) for entry in entries]
    axes.barh(names, [entry["latency_ms"]["p95"] for entry in entries], color="#c9d7e8", label="p95")
    axes.barh(names, [entry["latency_ms"]["p50"] for entry in entries], color="#3b6ea5", label="p50", height=0.5)
    axes.invert_yaxis()
    axes.set(xlabel="milliseconds", title=f"bench {title}", xscale="log")
    axes.legend()
    return _save(figure, path)


def _lines(entries: Sequence[dict[str, Any]], path: Path) -> Path:
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for callers in sorted({entry["params"]["callers"] for entry in entries}):
        chosen = sorted((e for e in entries if e["params"]["callers"] == callers), key=lambda e: e["params"]["tokens"])
        for quantile, style in zip(_QUANTILES, ("-", "--"), strict=True):
            points = [entry["latency_ms"][quantile] for entry in chosen]
            axes.plot(
                [e["params"]["tokens"] for e in chosen],
                points,
                style,
                marker="o",
                label=f"{quantile}, callers {callers}",
            )
    axes.set(xlabel="tokens of the prompt", ylabel="milliseconds", xscale="log", yscale="log", title="compress")
    sizes = sorted({entry["params"]["tokens"] for entry in entries})
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.legend()
    return _save(figure, path)


def _label(entry: dict[str, Any]) -> str:
    kept = {name: value for name, value in entry["params"].items() if name in {"tokens", "callers"}}
    return " ".join([entry["name"], *(f"{name}={value}" for name, value in kept.items())])


def _save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path
