"""Tests of the shares of pairs."""

from pith_cli.cache.client import Explained
from pith_cli.eval.cache_pairs import scenarios
from pith_cli.eval.streams import Pair


def test_shares_are_of_same_and_different_pairs_at_each_budget_and_kind() -> None:
    """And of a cosine alone."""
    pairs = [
        Pair("a", "b", same=True, kind="x"),
        Pair("c", "d", same=True, kind="y"),
        Pair("e", "f", same=False, kind="y"),
    ]
    hit, miss = Explained(True, 0.95, "", 0.01), Explained(False, 0.9, "similarity", 0.2)
    found = scenarios(pairs, [0.01, 0.05], [[hit, miss, miss], [hit, hit, hit]])
    whole = [entry for entry in found if entry["name"] == "pairs" and "kind" not in entry["params"]]
    assert [(e["figures"]["same_served"], e["figures"]["different_served"]) for e in whole] == [(0.5, 0.0), (1.0, 1.0)]
    kinds = {
        e["params"]["kind"]: e["figures"] for e in found if e["params"].get("budget") == 0.05 and "kind" in e["params"]
    }
    assert kinds["x"] == {"same": 1, "same_served": 1.0, "different": 0, "different_served": 0.0}
    cosine = {e["params"]["threshold"]: e["figures"]["same_served"] for e in found if e["name"] == "cosine_pairs"}
    assert (cosine[0.9], cosine[0.92], cosine[0.99]) == (1.0, 0.5, 0.0)
