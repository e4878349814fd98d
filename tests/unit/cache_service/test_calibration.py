"""Evidence, bounds and what a budget opens."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.calibration import (
    FLOOR,
    STEP,
    SUPPORTS,
    Calibration,
    Evidence,
    Support,
    decode,
    encode,
    no_evidence,
    observed,
    seen,
    wilson_upper,
)

OBSERVATIONS = st.lists(st.tuples(st.floats(0.5, 1.0), st.booleans(), st.sampled_from(SUPPORTS)), max_size=60)
ALONE, AGREED, DISPUTED = SUPPORTS


def gather(observations: list[tuple[float, bool, Support]]) -> Evidence:
    """Add observations up."""
    total = no_evidence()
    for similarity, wrong, support in observations:
        total += observed(similarity, wrong=wrong, support=support)
    return total


def at(similarity: float, right: int, wrong: int, *, support: Support = ALONE, came: int = 0) -> Evidence:
    """So many right and wrong observations at one similarity, among so many that came."""
    one, place = no_evidence(), (SUPPORTS.index(support), round(similarity / STEP))
    one.checked[place], one.wrong[place], one.seen[place] = right + wrong, wrong, max(came, right + wrong)
    return one


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


def test_what_the_neighbours_say_is_kept_apart() -> None:
    """As near, but one kind is right and the other is not."""
    evidence = at(0.85, 500, 2, support=AGREED) + at(0.85, 150, 150, support=DISPUTED)
    calibration = Calibration(evidence)
    assert calibration.bound(0.85, AGREED) < 0.02
    assert calibration.bound(0.85, DISPUTED) > 0.1
    assert calibration.bound(0.85, ALONE) == 1.0
    assert calibration.bound(0.85) == calibration.bound(0.85, AGREED)


def test_rates_are_weighed_by_what_came_and_not_by_what_was_checked() -> None:
    """Below the threshold all are checked, above it one in 20: the share is that of the traffic."""
    evidence = at(0.95, 100, 0, came=2000) + at(0.90, 0, 100)
    share, wrong = Calibration(evidence).expected(0.2)
    assert share == pytest.approx(1.0)
    assert wrong == pytest.approx(100 / 2100)


def test_a_sample_proves_no_more_than_its_size() -> None:
    """Fifty checks among a thousand that came are fifty checks."""
    assert Calibration(at(0.95, 50, 0, came=1000)).bound(0.95) == pytest.approx(wilson_upper(0, 50))


def test_a_nearer_one_that_did_worse_by_chance_is_pooled_with_the_farther() -> None:
    """The rate is made to fall with similarity."""
    evidence = at(0.90, 300, 0) + at(0.95, 97, 3)
    calibration = Calibration(evidence)
    assert calibration.bound(0.95) == calibration.bound(0.90)
    assert calibration.bound(0.95) == pytest.approx(wilson_upper(3, 400), rel=0.01)


def test_missing_says_what_it_would_take() -> None:
    """As many more right answers as named open the similarity, one fewer does not."""
    evidence = at(0.9, 30, 1)
    missing = Calibration(evidence).missing(0.05, 0.9)
    assert missing is not None
    assert Calibration(evidence + at(0.9, missing, 0)).bound(0.9) <= 0.05
    assert Calibration(evidence + at(0.9, missing - 1, 0)).bound(0.9) > 0.05
    assert Calibration(at(0.95, 1000, 0)).missing(0.05, 0.95) == 0
    assert Calibration(no_evidence()).missing(0.05, 0.5) is None


def test_what_was_counted_at_least_this_near() -> None:
    """Of all kinds together."""
    calibration = Calibration(at(0.95, 9, 1) + at(0.9, 5, 5, support=AGREED))
    assert calibration.counted(0.95) == (10, 1)
    assert calibration.counted(0.9) == (20, 6)


@given(OBSERVATIONS)
def test_bounds_never_rise_with_similarity(observations: list[tuple[float, bool, Support]]) -> None:
    """A nearer entry of the same kind is never less sure than a farther one, and a bound is a share."""
    calibration = Calibration(gather(observations))
    for support in SUPPORTS:
        bounds = [calibration.bound(step / 100, support) for step in range(101)]
        assert bounds == sorted(bounds, reverse=True)
        assert all(0 <= bound <= 1 for bound in bounds)
        assert all(bound == 1 for step, bound in enumerate(bounds) if step / 100 < FLOOR)


@given(OBSERVATIONS, st.floats(0.01, 0.9))
def test_the_threshold_is_where_the_bound_meets_the_budget(
    observations: list[tuple[float, bool, Support]], budget: float
) -> None:
    """At the threshold the bound holds; one step below it does not."""
    calibration = Calibration(gather(observations))
    threshold = calibration.threshold(budget)
    if threshold is None:
        assert calibration.bound(1.0) > budget
    else:
        assert calibration.bound(threshold) <= budget
        assert calibration.bound(threshold - STEP) > budget or math.isclose(threshold, FLOOR)


@given(OBSERVATIONS, st.sampled_from(SUPPORTS), st.floats(0.71, 1.0))
def test_a_wrong_one_more_never_lowers_the_bound_where_it_was_seen(
    observations: list[tuple[float, bool, Support]], support: Support, similarity: float
) -> None:
    """Bad news are bad news."""
    evidence = gather(observations)
    before = Calibration(evidence + observed(similarity, wrong=False, support=support)).bound(similarity, support)
    after = Calibration(evidence + observed(similarity, wrong=True, support=support)).bound(similarity, support)
    assert after >= before - 1e-9


@given(OBSERVATIONS)
def test_evidence_comes_back_as_it_was_written(observations: list[tuple[float, bool, Support]]) -> None:
    """Bytes hold everything."""
    evidence = gather(observations) + seen(0.9, support=Support.AGREED)
    again = decode(encode(evidence))
    for mine, theirs in ((again.seen, evidence.seen), (again.checked, evidence.checked), (again.wrong, evidence.wrong)):
        assert (mine == theirs).all()


@pytest.mark.parametrize("data", [b"", b"PCE2", encode(no_evidence())[:-1], b"XXXX" + encode(no_evidence())[4:]])
def test_other_bytes_are_refused(data: bytes) -> None:
    """Broken evidence opens nothing."""
    with pytest.raises(ValueError, match="evidence"):
        decode(data)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_evidence_that_cannot_be_is_refused(value: float) -> None:
    """Fewer than none, or more wrong ones than were checked."""
    for rows in ((value, 1.0, 0.0), (1.0, 1.0, 2.0)):
        evidence = Evidence(*(np.full((3, 101), row) for row in rows))
        with pytest.raises(ValueError, match="out of range"):
            decode(encode(evidence))


def test_evidence_can_be_made_to_count_for_less() -> None:
    """The rates and the shares of the traffic stay, the certainty goes."""
    old = (at(0.95, 950, 50, came=3000) + at(0.8, 5, 5, came=1000)).worth(100)
    assert old.observations == pytest.approx(110)
    assert old.wrong.sum() == pytest.approx(10)
    assert old.seen[0, 95] / old.seen[0, 80] == pytest.approx(3)
    assert Calibration(old).bound(0.95) > Calibration(at(0.95, 950, 50)).bound(0.95)
    assert no_evidence().worth(100).observations == 0


def test_more_counted_means_a_tighter_bound() -> None:
    """Wilson's upper end falls towards the share."""
    assert wilson_upper(0, 0) == 1.0
    assert wilson_upper(5, 100) > wilson_upper(50, 1000) > 0.05
