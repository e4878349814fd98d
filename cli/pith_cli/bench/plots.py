"""Draws what a bench measured: a figure per scenario name, as PNG."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

_QUANTILES = ("p50", "p95")
_NAMED = ("store", "entries", "index", "tokens", "callers", "mode", "engine", "budget_ms")
Entry = dict[str, Any]


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Draw the latencies of a report, and for scenarios of several sizes how they and the rate grow."""
    name = report["name"]
    timed = [entry for entry in report["scenarios"] if "latency_ms" in entry]
    by_tokens = [entry for entry in timed if "tokens" in entry["params"]]
    drawn = [_bars(timed, name, folder / f"{name}-latency.png")] if timed else []
    if by_tokens:
        least = min(entry["params"]["callers"] for entry in by_tokens)
        alone = [entry for entry in by_tokens if entry["params"]["callers"] == least]
        drawn.append(_latencies(alone, folder / f"{name}-by-tokens.png"))
        drawn.append(_rates(by_tokens, folder / f"{name}-rate.png"))
    return drawn


def _bars(entries: Sequence[Entry], title: str, path: Path) -> Path:
    figure, axes = plt.subplots(figsize=(9, 0.35 * len(entries) + 1.5), layout="constrained")
    names = [_label(entry) for entry in entries]
    axes.barh(names, [entry["latency_ms"]["p95"] for entry in entries], color="#c9d7e8", label="p95")
    axes.barh(names, [entry["latency_ms"]["p50"] for entry in entries], color="#3b6ea5", label="p50", height=0.5)
    axes.invert_yaxis()
    axes.set(xlabel="milliseconds", title=f"bench {title}", xscale="log")
    axes.legend()
    return _save(figure, path)


def _latencies(entries: Sequence[Entry], path: Path) -> Path:
    callers = entries[0]["params"]["callers"]
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for number, (label, chosen) in enumerate(_grouped(entries, _method).items()):
        for quantile, style in zip(_QUANTILES, ("-", "--"), strict=True):
            points = [entry["latency_ms"][quantile] for entry in chosen]
            axes.plot(_sizes(chosen), points, style, marker="o", color=f"C{number}", label=f"{label}, {quantile}")
    axes.set(ylabel="milliseconds", title=f"compress, callers {callers}")
    return _by_size(figure, axes, entries, path)


def _rates(entries: Sequence[Entry], path: Path) -> Path:
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    first = _method(entries[0])
    for callers, chosen in _grouped(
        [entry for entry in entries if _method(entry) == first], lambda entry: str(entry["params"]["callers"])
    ).items():
        axes.plot(_sizes(chosen), [entry["rps"] for entry in chosen], marker="o", label=f"callers {callers}")
    axes.set(ylabel="requests a second", title=f"compress, {first}")
    return _by_size(figure, axes, entries, path)


def _by_size(figure: Any, axes: Any, entries: Sequence[Entry], path: Path) -> Path:
    sizes = sorted(set(_sizes(entries)))
    axes.set(xlabel="tokens of the prompt", xscale="log", yscale="log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.legend(fontsize="small")
    return _save(figure, path)


def _grouped(entries: Sequence[Entry], key: Callable[[Entry], str]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: int(one["params"]["tokens"])):
        groups.setdefault(key(entry), []).append(entry)
    return groups


def _method(entry: Entry) -> str:
    return " ".join(str(entry["params"][name]) for name in ("engine", "mode") if name in entry["params"])


def _sizes(entries: Sequence[Entry]) -> list[int]:
    return [entry["params"]["tokens"] for entry in entries]


def _label(entry: Entry) -> str:
    named = [f"{name}={entry['params'][name]}" for name in _NAMED if name in entry["params"]]
    return " ".join([entry["name"], *named])


def _save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path
