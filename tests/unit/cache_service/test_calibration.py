"""Evidence, bounds and what a budget opens."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.calibration import (
    FLOOR,
    Calibration,
    Evidence,
    decode,
    encode,
    no_evidence,
    observed,
    wilson_upper,
)

OBSERVATIONS = st.lists(st.tuples(st.floats(0.5, 1.0), st.booleans(), st.sampled_from((1.0, 20.0))), max_size=60)


def gather(observations: list[tuple[float, bool, float]]) -> Evidence:
    """Add observations up."""
    total = no_evidence()
    for similarity, wrong, weight in observations:
        total += observed(similarity, wrong=wrong, weight=weight)
    return total


def at(similarity: float, right: int, wrong: int) -> Evidence:
    """So many right and wrong observations at one similarity."""
    return gather([(similarity, False, 1.0)] * right + [(similarity, True, 1.0)] * wrong)


def test_without_evidence_nothing_opens() -> None:
    """Strict until it knows better."""
    calibration = Calibration(no_evidence())
    assert calibration.bound(1.0) == 1.0
    assert calibration.threshold(0.5) is None
    assert calibration.expected(0.5) == (0.0, 0.0)


def test_a_budget_opens_where_the_evidence_allows() -> None:
    """Near pairs were right, far ones half wrong: the threshold lies between."""
    evidence = at(0.95, 400, 2) + at(0.85, 200, 200)
    threshold = Calibration(evidence).threshold(0.03)
    assert threshold is not None
    assert 0.85 < threshold <= 0.95
    assert Calibration(evidence).threshold(0.5) == pytest.approx(0.85)


def test_nothing_opens_beyond_the_farthest_pair_that_was_checked() -> None:
    """However sure the near ones are."""
    calibration = Calibration(at(0.95, 1000, 0))
    assert calibration.threshold(0.9) == pytest.approx(0.95)
    assert calibration.bound(0.94) == 1.0


def test_few_right_observations_are_not_enough() -> None:
    """Ten of ten right say little; four hundred of four hundred say a lot."""
    assert Calibration(at(0.95, 19, 0)).bound(0.95) == 1.0
    assert Calibration(at(0.95, 400, 0)).bound(0.95) < 0.01


def test_a_sampled_observation_counts_for_many_but_proves_only_once() -> None:
    """Fifty checks of weight 20 are worth fifty observations, not a thousand."""
    sampled = gather([(0.95, False, 20.0)] * 50)
    assert sampled.observations == pytest.approx(50)
    assert Calibration(sampled).bound(0.95) == pytest.approx(wilson_upper(0, 50))


def test_weights_undo_uneven_sampling() -> None:
    """Below the threshold all are seen, above it one in 20: the share is that of the traffic."""
    evidence = gather([(0.95, False, 20.0)] * 100) + gather([(0.90, True, 1.0)] * 100)
    share, wrong = Calibration(evidence).expected(0.2)
    assert share == pytest.approx(1.0)
    assert wrong == pytest.approx(100 / 2100)


def test_missing_says_what_it_would_take() -> None:
    """As many more right answers as named open the similarity, one fewer does not."""
    evidence = at(0.9, 30, 1)
    missing = Calibration(evidence).missing(0.05, 0.9)
    assert missing is not None
    assert Calibration(evidence + at(0.9, missing, 0)).bound(0.9) <= 0.05
    assert Calibration(evidence + at(0.9, missing - 1, 0)).bound(0.9) > 0.05
    assert Calibration(at(0.95, 1000, 0)).missing(0.05, 0.95) == 0
    assert Calibration(no_evidence()).missing(0.05, 0.5) is None


@given(OBSERVATIONS)
def test_bounds_never_rise_with_similarity(observations: list[tuple[float, bool, float]]) -> None:
    """A nearer entry is never less sure than a farther one, and a bound is a share."""
    calibration = Calibration(gather(observations))
    bounds = [calibration.bound(step / 200) for step in range(201)]
    assert bounds == sorted(bounds, reverse=True)
    assert all(0 <= bound <= 1 for bound in bounds)
    assert all(bound == 1 for step, bound in enumerate(bounds) if step / 200 < FLOOR)


@given(OBSERVATIONS, st.floats(0.01, 0.9))
def test_the_threshold_is_where_the_bound_meets_the_budget(
    observations: list[tuple[float, bool, float]], budget: float
) -> None:
    """At the threshold the bound holds; one step below it does not."""
    calibration = Calibration(gather(observations))
    threshold = calibration.threshold(budget)
    if threshold is None:
        assert calibration.bound(1.0) > budget
    else:
        assert calibration.bound(threshold) <= budget
        assert calibration.bound(threshold - 0.005) > budget or math.isclose(threshold, FLOOR)


@given(OBSERVATIONS)
def test_evidence_comes_back_as_it_was_written(observations: list[tuple[float, bool, float]]) -> None:
    """Bytes hold everything."""
    evidence = gather(observations)
    again = decode(encode(evidence))
    assert (again.weight == evidence.weight).all()
    assert (again.square == evidence.square).all()
    assert (again.wrong == evidence.wrong).all()


@pytest.mark.parametrize("data", [b"", b"PCE1", encode(no_evidence())[:-1], b"XXXX" + encode(no_evidence())[4:]])
def test_other_bytes_are_refused(data: bytes) -> None:
    """Broken evidence opens nothing."""
    with pytest.raises(ValueError, match="evidence"):
        decode(data)


def test_evidence_can_be_made_to_count_for_less() -> None:
    """The shares stay, the certainty goes."""
    old = at(0.95, 950, 50).worth(100)
    assert old.observations == pytest.approx(100)
    assert Calibration(old).expected(0.5)[1] == pytest.approx(0.05)
    assert Calibration(old).bound(0.95) > Calibration(at(0.95, 950, 50)).bound(0.95)
    assert at(0.95, 5, 0).worth(100).observations == pytest.approx(5)


def test_a_weight_of_nothing_is_an_error() -> None:
    """An observation stands for at least something."""
    with pytest.raises(ValueError, match="weight"):
        observed(0.9, wrong=False, weight=0.0)


def test_more_counted_means_a_tighter_bound() -> None:
    """Wilson's upper end falls towards the share."""
    assert wilson_upper(0, 0) == 1.0
    assert wilson_upper(5, 100) > wilson_upper(50, 1000) > 0.05
