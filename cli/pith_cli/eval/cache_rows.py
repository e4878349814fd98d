"""The rows that must hold, each with its bar and what was measured; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pith_cli.bench.percentiles import median
from pith_cli.eval import cache_baselines, cache_peers, cache_tally
from pith_cli.eval.cache_tally import Tally, entry
from pith_cli.eval.streams import NEAR_MISSES

if TYPE_CHECKING:
    from pith_cli.eval.cache_stream import Measured

MIX, BANKING = "mix", "banking77"
_BUDGET = 0.03
_MOST_UPPER = 0.045
_TIMES_COSINE = 2.0
_MOST_NEAR_MISSES = 0.03
_BANKING_BARS = ((0.02, 0.15), (0.03, 0.33), (0.05, 0.50))
_SLACK = 0.005
_LESS_WRONG = 8
_QUICKER = 3


@dataclass(frozen=True)
class Row:
    """One bar, what was measured, and whether it is met."""

    what: str
    bar: str
    measured: str
    met: bool

    def scenario(self) -> dict[str, Any]:
        """Make the report's entry."""
        return entry("bar", {"what": self.what, "bar": self.bar}, 1, {"measured": self.measured, "met": self.met})


def rows(measured: "Measured", stream_name: str) -> list[Row]:
    """Return every row that this stream can say something about."""
    found: list[Row] = []
    if stream_name == BANKING:
        found += _banking(measured)
    ours = measured.tally(_BUDGET)
    if ours is None:
        return found
    if stream_name == MIX:
        found += [*_mix(measured, ours), *_near_misses(measured)]
    return found + list(_peers(measured, ours))


def _mix(measured: "Measured", ours: Tally) -> Iterator[Row]:
    yield _most("wrong per hit, budget .03", ours.wrong_rate, _BUDGET)
    yield _most("upper 95 % of wrong per hit, budget .03", ours.interval[1], _MOST_UPPER)
    threshold, cosine = cache_baselines.best(cache_baselines.THRESHOLDS, measured.cosine, wrong_rate=ours.wrong_rate)
    least = _TIMES_COSINE * cosine.hit_rate
    yield Row(
        f"hit rate, budget .03, beside cosine {threshold:.2f} (hit rate {cosine.hit_rate:.3f})",
        f">= {_TIMES_COSINE:g} x {cosine.hit_rate:.3f} = {least:.3f}",
        f"{ours.hit_rate:.3f} = {ours.hit_rate / max(1e-9, cosine.hit_rate):.2f} x",
        ours.hit_rate >= least,
    )


def _near_misses(measured: "Measured") -> Iterator[Row]:
    run = next(run for run in measured.runs if abs(run.budget - _BUDGET) < 1e-9)
    for kind, tally in cache_tally.by_kind(measured.requests, run.served).items():
        if kind in NEAR_MISSES:
            yield _most(f"near misses served, {kind}, budget .03", tally.wrong / tally.asked, _MOST_NEAR_MISSES)


def _banking(measured: "Measured") -> Iterator[Row]:
    for budget, hits in _BANKING_BARS:
        tally = measured.tally(budget)
        if tally:
            yield _most(f"wrong per hit, budget {budget:g}", tally.wrong_rate, budget + _SLACK)
            met = tally.hit_rate >= hits
            yield Row(f"hit rate, budget {budget:g}", f">= {hits:.2f}", f"{tally.hit_rate:.3f}", met)


def _peers(measured: "Measured", ours: Tally) -> Iterator[Row]:
    if not measured.peers:
        return
    default = cache_peers.of_default(measured.rule)
    most = default.wrong / _LESS_WRONG
    bar = f"<= {default.wrong} / {_LESS_WRONG} = {most:.1f}"
    yield Row("wrong hits, budget .03, beside GPTCache's default", bar, str(ours.wrong), ours.wrong <= most)
    threshold, rule = cache_baselines.best(cache_peers.THRESHOLDS, measured.rule, wrong_rate=ours.wrong_rate)
    no_more = "no more often wrong" if rule.wrong_rate <= ours.wrong_rate else "its strictest: none is as seldom wrong"
    what = f"right hits, budget .03, beside GPTCache at {threshold:g} ({no_more})"
    yield Row(what, f">= {rule.right}", str(ours.right), ours.right >= rule.right)
    theirs = min(median(run.took_ms) or 0.0 for run in measured.peers)
    bar = f"<= {theirs:.1f} / {_QUICKER} = {theirs / _QUICKER:.1f} ms"
    met = measured.p50_ms <= theirs / _QUICKER
    yield Row("p50 of a lookup, beside GPTCache", bar, f"{measured.p50_ms:.1f} ms", met)


def _most(what: str, value: float, bar: float) -> Row:
    return Row(what, f"<= {bar:g}", f"{value:.4f}", value <= bar)
