"""Lays a run out for reading: a line per request, and the summary."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from pith_cli.up.results import Row, Summary

_CACHE_STYLES = {"hit-exact": "green", "hit-semantic": "cyan", "miss": "", "bypass": "dim"}
_NUMBERS = ("tokens", "ratio", "ms")


def rows_table(rows: Iterable[Row]) -> Table:
    """Return the table with one line per request."""
    table = Table(title="Sample traffic", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    # On a narrow terminal the name of the request is folded first.
    table.add_column("request", overflow="fold")
    for heading in ("tenant", "model", "", "cache", "tokens", "ratio", "ms", "answer"):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row), style="bold red" if row.missed else "")
    return table


def summary_table(summary: Summary) -> Table:
    """Return the table with the figures of a run."""
    table = Table(title="Summary", title_justify="left", show_header=False, box=SIMPLE_HEAD, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in summary_lines(summary):
        table.add_row(name, value)
    return table


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """Return the figures of a run, each with its name."""
    saved = 1 - summary.cost_with_usd / summary.cost_without_usd if summary.cost_without_usd else 0.0
    hits = f"{summary.exact_hits} exact + {summary.semantic_hits} semantic of {summary.requests}"
    return [
        ("hit rate", f"{summary.hit_rate:.0%} ({hits})"),
        ("wrong hits", str(summary.wrong_hits)),
        ("near misses refused", str(summary.near_misses_refused)),
        ("answers that hold their fact", f"{summary.answers_kept} of {summary.answers_expected}"),
        ("compression of eligible tokens", _times(summary.ratio_eligible)),
        ("compression of all tokens", _times(summary.ratio_all)),
        ("lookup, p50", _ms(summary.lookup_ms)),
        ("compression, p50", _ms(summary.compress_ms)),
        ("hit end to end, p50", _ms(summary.hit_e2e_ms)),
        ("request to a provider end to end, p50", _ms(summary.miss_e2e_ms)),
        ("cost at list prices without Pith", f"${summary.cost_without_usd:.4f}"),
        ("cost at list prices with Pith", f"${summary.cost_with_usd:.4f} (saves {saved:.0%})"),
    ]


def _cells(row: Row) -> list[str | Text]:
    cache = Text(row.cache, style="" if row.missed else _CACHE_STYLES.get(row.cache, ""))
    if row.similarity is not None and row.cache == "hit-semantic":
        cache.append(f" {row.similarity:.3f}")
    answer = {True: "kept", False: "LOST", None: "-"}[row.answer_kept]
    tokens = f"{row.tokens_before} -> {0 if row.is_hit else row.tokens_after}"
    ratio = _times(row.ratio) if row.compression == "applied" else "-"
    return [
        row.id,
        row.tenant,
        row.model,
        "stream" if row.stream else "",
        cache,
        tokens,
        ratio,
        f"{row.ms:.0f}",
        answer,
    ]


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}x"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
