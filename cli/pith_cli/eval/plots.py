"""Draws what an eval measured: what was kept by rate, beside the simple methods, as PNG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

_BASELINE = "baseline."


def draw(report: dict[str, Any], path: Path) -> None:
    """Draw one figure of all scenarios that have a rate."""
    entries = sorted((e for e in report["scenarios"] if "kept" in e["figures"]), key=lambda e: e["params"]["rate"])
    rates = [entry["params"]["rate"] for entry in entries]
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    lows, kept, highs = ([entry["figures"][name] for entry in entries] for name in ("low", "kept", "high"))
    axes.fill_between(rates, lows, highs, color="#3b6ea5", alpha=0.2, label="95 % interval")
    axes.plot(rates, kept, marker="o", color="#3b6ea5", linewidth=2, label="pith")
    for name in dict.fromkeys(n for entry in entries for n in entry["figures"] if n.startswith(_BASELINE)):
        values = [entry["figures"][name] for entry in entries]
        axes.plot(rates, values, marker=".", linestyle="--", linewidth=1, label=name.removeprefix(_BASELINE))
    axes.set(xlabel="rate asked for", ylabel="share kept", title=entries[0]["name"], ylim=(0, 1.02))
    axes.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
