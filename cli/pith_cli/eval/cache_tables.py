"""Lays what `pith eval cache` measured out as tables."""

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table

from pith_cli.eval.cache_rows import Row

Entry = dict[str, Any]
_SHOWN_THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.95, 0.97, 0.99, 1.0)


def table(entries: Sequence[Entry], rows: Sequence[Row]) -> RenderableType:
    """Return all tables of a report."""
    named = {name: [one for one in entries if one["name"] == name] for name in {one["name"] for one in entries}}
    parts: list[RenderableType] = []
    if "stream" in named:
        parts += [_budgets(named["stream"]), _learning(named["stream"])]
        parts += [
            f"vetoes at {one['params']['budget']:g}: {_counts(one['figures']['vetoes'])}" for one in named["stream"]
        ]
    if "kind" in named:
        parts.append(_kinds(named["kind"]))
    if "pairs" in named:
        parts.append(_pairs(named["pairs"], "pairs"))
    parts += [_thresholds(named[name], name) for name in ("cosine", "gptcache_rule", "gptcache") if name in named]
    if "cosine_pairs" in named:
        parts.append(_pairs(_shown(named["cosine_pairs"]), "pairs by cosine alone"))
    return Group(*parts, *([_rows(rows)] if rows else []))


def _budgets(entries: Sequence[Entry]) -> Table:
    names = ("hit_rate", "hit_rate_exact", "hit_rate_semantic", "wrong_per_hit")
    view = _table("stream", "budget", "n", "errors", "hit rate", "exact", "semantic", "wrong / hit", "95 %", "p50 ms")
    for one in entries:
        f = one["figures"]
        head = [f"{one['params']['budget']:g}", str(one["n"]), str(one["errors"])]
        rates = [f"{f[name]:.3f}" for name in names]
        view.add_row(*head, *rates, f"{f['low']:.3f}-{f['high']:.3f}", f"{one['latency_ms'].get('p50', 0.0):.1f}")
    return view


def _learning(entries: Sequence[Entry]) -> Table:
    """How it went in each half, and what the evidence allows in the end."""
    halves = ("first", "second")
    view = _table("halves: hit rate (wrong / hit)", "budget", *halves, "threshold", "bound", "observations", "checks")
    for one in entries:
        f = one["figures"]
        parts = [f"{f[f'hit_rate_{half}_half']:.3f} ({f[f'wrong_per_hit_{half}_half']:.3f})" for half in halves]
        threshold = "none" if f["threshold"] is None else f"{f['threshold']:.3f}"
        counts = [f"{f['bound']:.4f}", f"{f['observations']:.0f}", str(f["shadow_checks"])]
        view.add_row(f"{one['params']['budget']:g}", *parts, threshold, *counts)
    return view


def _kinds(entries: Sequence[Entry]) -> Table:
    budgets = list(dict.fromkeys(one["params"]["budget"] for one in entries))
    view = _table(
        "by kind: share served (share served wrongly)", "kind", "n", *(f"at {budget:g}" for budget in budgets)
    )
    for kind in dict.fromkeys(one["params"]["kind"] for one in entries):
        chosen = [one for one in entries if one["params"]["kind"] == kind]
        cells = [f"{one['figures']['served']:.3f} ({one['figures']['wrong']:.3f})" for one in chosen]
        view.add_row(kind, str(chosen[0]["n"]), *cells)
    return view


def _thresholds(entries: Sequence[Entry], name: str) -> Table:
    titles = {"cosine": "cosine alone", "gptcache_rule": "GPTCache's rule", "gptcache": "GPTCache itself"}
    view = _table(titles[name], "threshold", "hit rate", "hits", "wrong", "wrong / hit", "p50 ms", "as the rule")
    for one in _shown(entries) if name != "gptcache" else entries:
        f = one["figures"]
        view.add_row(
            f"{one['params']['threshold']:.2f}", f"{f['hit_rate']:.3f}", str(f["hits"]), str(f["wrong"]),
            f"{f['wrong_per_hit']:.3f}", f"{one['latency_ms']['p50']:.1f}" if "latency_ms" in one else "-",
            f"{f['decided_as_rule']:.4f}" if "decided_as_rule" in f else "-",
        )  # fmt: skip
    return view


def _pairs(entries: Sequence[Entry], title: str) -> Table:
    view = _table(title, "at", "kind", "same", "served", "different", "served")
    for one in entries:
        f, params = one["figures"], one["params"]
        at = f"budget {params['budget']:g}" if "budget" in params else f"cosine {params['threshold']:.2f}"
        same, different = f"{f['same_served']:.3f}", f"{f['different_served']:.3f}"
        view.add_row(at, params.get("kind", "all"), str(f["same"]), same, str(f["different"]), different)
    return view


def _rows(rows: Sequence[Row]) -> Table:
    view = _table("must hold", "what", "bar", "measured", "")
    for row in rows:
        view.add_row(row.what, row.bar, row.measured, "met" if row.met else "[red]not met[/]")
    return view


def _shown(entries: Sequence[Entry]) -> list[Entry]:
    """A threshold in five or so; the report has them all."""
    return [
        one for one in entries if any(abs(one["params"]["threshold"] - shown) < 1e-9 for shown in _SHOWN_THRESHOLDS)
    ]


def _table(title: str, *headings: str) -> Table:
    view = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        view.add_column(heading, justify="left" if number == 0 else "right")
    return view


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items(), key=lambda one: -one[1])) or "none"
