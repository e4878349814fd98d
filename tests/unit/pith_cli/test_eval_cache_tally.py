"""Tests of counting what was served."""

from collections import Counter

import pytest

from pith_cli.cache.client import Allowed
from pith_cli.eval.cache_replay import ERROR, EXACT, MISS, SEMANTIC, Replay, Served
from pith_cli.eval.cache_tally import by_kind, count, scenarios, wrong_hits
from pith_cli.eval.streams import Request

_REQUESTS = [
    Request("a", "1", "first"),
    Request("a", "1", "verbatim"),
    Request("a2", "1/number/1", "number", imitates="1"),
    Request("b", "2", "first"),
    Request("a3", "1", "benign"),
    Request("c", "3", "first"),
]
_SERVED = [
    Served(MISS, took_ms=4.0),
    Served(EXACT, "1", 1.0),
    Served(SEMANTIC, "1", 5.0, similarity=0.97),
    Served(MISS, took_ms=5.0, shadow=True),
    Served(SEMANTIC, "1", 6.0),
    Served(ERROR),
]


def _replay() -> Replay:
    return Replay(0.03, _SERVED, Counter(similarity=2), allowed=Allowed(0.03, 0.9, 0.02, 50.0))


def test_a_hit_is_right_when_it_gives_the_answer_of_the_request() -> None:
    """A near miss that is served what it imitates is wrong."""
    found = count(_REQUESTS, _SERVED)
    assert (found.asked, found.hits, found.exact, found.wrong, found.imitated, found.right) == (6, 3, 1, 1, 1, 2)
    assert found.wrong_rate == pytest.approx(1 / 3)
    assert found.interval[0] < 1 / 3 < found.interval[1]
    assert count([], []).hit_rate == count([], []).wrong_rate == 0.0


def test_kinds_are_counted_alone_near_misses_last() -> None:
    """Their sum is the whole."""
    found = by_kind(_REQUESTS, _SERVED)
    assert list(found) == ["benign", "first", "verbatim", "number"]
    assert sum(tally.hits for tally in found.values()) == 3
    assert found["number"].wrong == 1


def test_a_budget_has_one_entry_and_each_of_its_kinds_another() -> None:
    """With halves, evidence and vetoes."""
    whole, *kinds = scenarios(_REQUESTS, [_replay()])
    figures = whole["figures"]
    assert (whole["name"], whole["params"], whole["n"], whole["errors"]) == ("stream", {"budget": 0.03}, 6, 1)
    assert (figures["hit_rate"], figures["hit_rate_first_half"], figures["hit_rate_second_half"]) == (0.5, 2 / 3, 1 / 3)
    assert (figures["threshold"], figures["shadow_checks"], figures["vetoes"]) == (0.9, 1, {"similarity": 2})
    assert whole["latency_ms"]["max"] == 6.0
    number = next(entry for entry in kinds if entry["params"]["kind"] == "number")
    assert number["figures"] == {"served": 1.0, "wrong": 1.0, "right": 0.0, "imitated": 1.0}


def test_wrong_hits_name_what_was_asked_and_whose_answer_was_served() -> None:
    """Enough to see why."""
    found = list(wrong_hits(_REQUESTS, [_replay()]))
    assert found == [{"budget": 0.03, "kind": "number", "asked": "a2", "answered": "a", "similarity": 0.97}]
