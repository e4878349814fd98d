"""Timing in turns."""

from pith_cli.bench.peers_timing import faster, in_turns, timed


def test_competitors_take_turns() -> None:
    """Each is called once a round, in their order."""
    calls: list[str] = []
    taken = in_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert calls == ["a", "b"] * 3
    assert {name: len(times) for name, times in taken.items()} == {"a": 3, "b": 3}


def test_the_time_ends_the_rounds() -> None:
    """One round is run in any case."""
    assert len(in_turns({"a": lambda: None}, rounds=1000, budget_s=0.0)["a"]) == 1


def test_the_best_runs_are_compared() -> None:
    """A slow run says more about the machine than about the call."""
    assert faster([30.0, 20.0], [10.0, 99.0]) == 2.0


def test_an_entry_has_times_and_figures() -> None:
    """As in every other bench."""
    entry = timed("score", {"engine": "x"}, [10.0, 20.0], times_faster=2.0)
    assert entry["n"] == 2
    assert entry["latency_ms"]["p50"] == 10.0
    assert entry["figures"] == {"times_faster": 2.0}
