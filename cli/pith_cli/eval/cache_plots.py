"""Draws the curve over budgets: hit rate against wrong hits per hit, beside what a cosine alone serves, as PNG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt


def draw(report: dict[str, Any], path: Path) -> bool:
    """Draw one figure of a stream; False when the report has none."""
    named = {
        name: [one for one in report["scenarios"] if one["name"] == name] for name in ("stream", "cosine", "gptcache")
    }
    if not named["stream"]:
        return False
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name, style, label in (("cosine", ".--", "cosine alone"), ("gptcache", "s", "GPTCache")):
        if named[name]:
            axes.plot(*_points(named[name]), style, color="#999999" if name == "cosine" else "#b5651d", label=label)
    points = sorted(named["stream"], key=lambda one: one["params"]["budget"])
    xs, ys = _points(points)
    bars = [[x - one["figures"]["low"] for x, one in zip(xs, points, strict=True)]]
    bars.append([one["figures"]["high"] - x for x, one in zip(xs, points, strict=True)])
    axes.errorbar(xs, ys, xerr=bars, marker="o", color="#3b6ea5", linewidth=2, capsize=3, label="pith, 95 % interval")
    for x, y, one in zip(xs, ys, points, strict=True):
        axes.annotate(f" {one['params']['budget']:g}", (x, y))
    axes.set(xlabel="wrong hits per hit", ylabel="hits per request", title="eval cache: budgets", ylim=(0, None))
    axes.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return True


def _points(entries: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    return [one["figures"]["wrong_per_hit"] for one in entries], [one["figures"]["hit_rate"] for one in entries]
