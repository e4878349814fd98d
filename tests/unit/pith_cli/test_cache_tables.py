"""Tests of the tables of `pith cache`."""

import io
from typing import Any

from rich.console import Console

from pith.cache.v1 import cache_pb2
from pith_cli.cache import tables
from pith_cli.cache.plain import plain


def _shown(view: Any) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(view)
    return console.file.getvalue()


def test_a_policy_says_what_it_takes_to_open_further() -> None:
    """And that nothing but exact hits is served where there is no threshold."""
    reply = cache_pb2.GetPolicyResponse(
        policy=cache_pb2.Policy(namespace="acme", max_wrong_hit_rate=0.03, modes=[cache_pb2.LOOKUP_MODE_EXACT]),
        calibration=cache_pb2.Calibration(observations=40, next_threshold=0.92, missing_observations=17),
    )
    shown = _shown(tables.policy(plain(reply)))
    assert "nothing but exact hits" in shown
    assert "17 right answers at 0.920" in shown
    reply.calibration.threshold = 0.9
    assert "from similarity 0.900" in _shown(tables.policy(plain(reply)))


def test_what_a_text_holds_is_not_markup() -> None:
    """A key text may look like a style."""
    entry = cache_pb2.Entry(entry_id="e", key_text="[red]why[/red]", tags=["[b]"])
    assert "[red]why[/red]" in _shown(tables.entries(plain(cache_pb2.ListEntriesResponse(entries=[entry]))))
    page = cache_pb2.ListEntriesResponse(entries=[entry], next_page_token="more")
    assert "--page-token more" in _shown(tables.entries(plain(page)))


def test_a_lookup_shows_vetoes_and_stages() -> None:
    """All that is needed to see why."""
    reply = cache_pb2.LookupResponse(
        outcome=cache_pb2.OUTCOME_MISS,
        near_misses=[cache_pb2.NearMiss(entry_id="e", similarity=0.95, veto=cache_pb2.VETO_NUMBERS)],
        timings=cache_pb2.Timings(total_ms=3.0, stage_ms={"embed": 2.0}),
    )
    shown = _shown(tables.lookup(plain(reply)))
    assert "numbers" in shown
    assert "embed 2.00" in shown


def test_counts_reports_and_samples() -> None:
    """The remaining tables."""
    stats = cache_pb2.GetStatsResponse(lookups=1200, hit_rate=0.5, saved=cache_pb2.Saved(cost_usd=1.5))
    assert "1,200" in _shown(tables.stats(plain(stats)))
    report = cache_pb2.ReportResponse(pair_remembered=True)
    assert "pair remembered  yes" in " ".join(_shown(tables.report(plain(report))).split("\n")).replace("   ", "  ")
    dropped = cache_pb2.InvalidateResponse(matched=2, samples=[cache_pb2.Entry(entry_id="e")])
    assert "2 entries match" in _shown(tables.invalidated(plain(dropped), dry_run=True))
    assert "taken out of service" in _shown(tables.invalidated(plain(dropped), dry_run=False))
    explained = cache_pb2.ExplainResponse(
        guards=[cache_pb2.GuardVerdict(name="numbers", verdict=cache_pb2.VETO_NUMBERS, detail="5 / 7")], reason="No."
    )
    assert "5 / 7" in _shown(tables.explain(plain(explained)))
