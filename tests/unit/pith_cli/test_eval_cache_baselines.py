"""Tests of caches that know a cosine alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.cache_baselines import IDENTICAL, THRESHOLDS, best, embed, scenarios, tallies, walk
from pith_cli.eval.cache_tally import Tally
from pith_cli.eval.streams import Request


def _units(angles: list[float]) -> np.ndarray:
    return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


def test_what_is_served_is_not_stored() -> None:
    """A chain of near texts: the third is near to the second, which a loose threshold has served and not stored."""
    served = walk(_units([0.0, 0.3, 0.6]), [0.9, 0.99])
    assert served.tolist() == [[-1, 0, -1], [-1, -1, -1]]


def test_the_nearest_stored_text_is_served() -> None:
    """Of two that are near enough; the same words are near at any threshold."""
    served = walk(_units([0.0, 0.5, 0.4, 0.5]), [0.85, IDENTICAL])
    assert served[0].tolist() == [-1, 0, 0, 0]
    assert served[1].tolist() == [-1, -1, -1, 1]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=40), st.floats(0.5, 0.999))
def test_all_thresholds_at_once_are_each_alone(angles: list[float], threshold: float) -> None:
    """The walk agrees with the plainest one, entry by entry."""
    vectors = _units(angles)
    stored: list[int] = []
    for index, found in enumerate(walk(vectors, [0.3, threshold, 1.0])[1]):
        near = [float(vectors[index] @ vectors[other]) for other in stored]
        if near and max(near) >= threshold + 1e-3:
            assert found >= 0
            assert near[stored.index(int(found))] >= max(near) - 1e-5
        if found < 0:
            assert not near or max(near) < threshold + 1e-3
            stored.append(index)


def test_a_text_is_embedded_once() -> None:
    """The second time it is remembered."""
    asked: list[str] = []

    def one(texts: object) -> np.ndarray:
        asked.extend(texts)
        return np.ones((1, 2), dtype=np.float32)

    assert embed(["a", "b", "a"], one).shape == (3, 2)
    assert asked == ["a", "b"]


def test_the_best_threshold_serves_most_of_those_that_are_no_more_often_wrong() -> None:
    """Where none is, the strictest."""
    found = [Tally(10, 8, 4), Tally(10, 5, 0), Tally(10, 3, 0)]
    assert best([0.7, 0.8, 0.9], found, wrong_rate=0.1)[0] == 0.8
    assert best([0.7, 0.8], [Tally(10, 8, 4), Tally(10, 7, 3)], wrong_rate=0.1)[0] == 0.8


def test_every_threshold_has_an_entry() -> None:
    """From .70 to .99 and the same words."""
    requests = [Request("a", "1"), Request("b", "1"), Request("c", "2")]
    found = scenarios(tallies(requests, walk(_units([0.0, 0.3, 0.2]), THRESHOLDS)))
    assert [entry["params"]["threshold"] for entry in found] == list(THRESHOLDS)
    assert found[0]["figures"] | {"low": 0, "high": 0} == {
        "hits": 2, "wrong": 1, "hit_rate": 2 / 3, "wrong_per_hit": 0.5, "low": 0, "high": 0,
    }  # fmt: skip
