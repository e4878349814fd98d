"""Tests of the rows that must hold."""

from collections import Counter

from pith_cli.cache.client import Allowed
from pith_cli.eval.cache_baselines import THRESHOLDS
from pith_cli.eval.cache_peers import THRESHOLDS as PEER_THRESHOLDS
from pith_cli.eval.cache_peers import PeerRun
from pith_cli.eval.cache_replay import MISS, SEMANTIC, Replay, Served
from pith_cli.eval.cache_rows import BANKING, MIX, rows
from pith_cli.eval.cache_stream import Measured
from pith_cli.eval.cache_tally import Tally
from pith_cli.eval.streams import Request


def _measured(budget: float = 0.03, *, hits: int = 50, wrong: int = 1, peers: bool = False) -> Measured:
    requests = [Request(f"q{n}", str(n), "number" if n < 10 else "first", imitates="x" * (n < 10)) for n in range(100)]
    served = [Served(MISS, took_ms=9.0) for _ in range(100 - hits)] + [
        Served(SEMANTIC, "wrong" if n < wrong else str(100 - hits + n), 2.0) for n in range(hits)
    ]
    runs = [Replay(budget, served, Counter(), allowed=Allowed(budget, 0.9, 0.02, 9.0))]
    cosine = [Tally(100, 60, 20)] * (len(THRESHOLDS) - 1) + [Tally(100, 20, 0)]
    rule = [Tally(100, 70, 30)] * (len(PEER_THRESHOLDS) - 1) + [Tally(100, 30, 0)]
    found = [PeerRun(0.8, Tally(100, 70, 30), [40.0], 1.0)] if peers else []
    return Measured(requests, runs, cosine, rule, peers=found)


def test_the_mix_is_held_against_budget_cosine_and_near_misses() -> None:
    """Each with its bar beside it."""
    found = {row.what.split(",")[0]: row for row in rows(_measured(), MIX)}
    assert found["wrong per hit"].met
    assert not found["upper 95 % of wrong per hit"].met
    assert found["hit rate"].bar == ">= 2 x 0.200 = 0.400"
    assert found["hit rate"].met
    assert found["near misses served"].met
    assert found["hit rate"].scenario()["figures"]["met"] is True


def test_too_many_wrong_hits_are_not_met() -> None:
    """A row can fail."""
    found = rows(_measured(wrong=5), MIX)
    assert not found[0].met
    assert found[0].measured == "0.1000"


def test_banking_is_held_against_the_bars_of_the_budgets_that_were_measured() -> None:
    """Of three budgets one was."""
    found = rows(_measured(0.05, hits=49), BANKING)
    assert [(row.bar, row.met) for row in found] == [("<= 0.055", True), (">= 0.50", False)]


def test_peers_are_compared_where_they_ran() -> None:
    """Wrong hits of the default, right hits at the threshold that is no more often wrong, and the time."""
    found = rows(_measured(peers=True), "")
    assert [(row.bar, row.met) for row in found] == [
        ("<= 30 / 8 = 3.8", True),
        (">= 30", True),
        ("<= 40.0 / 3 = 13.3 ms", True),
    ]
    assert rows(_measured(), "") == []
