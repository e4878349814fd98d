"""Costs, tiers and budgets."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.pacing import LOSSLESS, SENTENCES, OutOfTimeError, Pacer, StageClock


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def measured(clock: Clock | None = None) -> Pacer:
    """Return a pacer that knows both tiers well: its deviations have died down."""
    pacer = Pacer(clock or Clock())
    for _ in range(40):
        pacer.observe(SENTENCES, 1_000, 10.0)
        pacer.observe(LOSSLESS, 1_000, 4.0)
    return pacer


def test_the_highest_tier_that_fits_is_chosen() -> None:
    """With less time comes a lower tier, with none comes none."""
    pacer, ladder = measured(), (SENTENCES, LOSSLESS)
    assert pacer.choose(ladder, 1_000, 10.1) == SENTENCES
    assert pacer.choose(ladder, 1_000, 9.9) == LOSSLESS
    assert pacer.choose(ladder, 1_000, 3.9) == ""
    assert pacer.choose((LOSSLESS,), 1_000, 100.0) == LOSSLESS
    assert pacer.choose(ladder, 4_000, 39.0) == LOSSLESS


def test_an_unmeasured_tier_needs_any_time_at_all() -> None:
    """Before the first measurement only an overdrawn budget refuses."""
    assert Pacer().fits(SENTENCES, 10_000, 0.1)
    assert not Pacer().fits(SENTENCES, 10_000, 0.0)
    assert Pacer().cost(SENTENCES) == 0.0


def test_an_uneven_tier_is_expected_to_cost_more() -> None:
    """What varies is trusted less, as timeouts of TCP are; the mean stays what it is."""
    steady, uneven = Pacer(), Pacer()
    for number in range(200):
        steady.observe(SENTENCES, 1_000, 10.0)
        uneven.observe(SENTENCES, 1_000, 15.0 if number % 2 else 5.0)
    assert steady.expect_ms(SENTENCES, 1_000) == pytest.approx(10.0, rel=0.01)
    assert uneven.expect_ms(SENTENCES, 1_000) > 12.0
    assert uneven.typical_ms(SENTENCES, 1_000) == pytest.approx(10.0, rel=0.1)


def test_every_size_class_has_a_cost_of_its_own() -> None:
    """A text of another size is judged by the nearest class, a short one is not taken for a share of a long one."""
    pacer = Pacer()
    pacer.observe(SENTENCES, 100, 5.0)
    pacer.observe(SENTENCES, 10_000, 50.0)
    assert pacer.typical_ms(SENTENCES, 100) == pytest.approx(5.0)
    assert pacer.typical_ms(SENTENCES, 12_000) == pytest.approx(60.0)
    assert pacer.typical_ms(SENTENCES, 20_000) == pytest.approx(100.0)


def test_a_cost_out_of_reach_is_tried_again_after_a_while() -> None:
    """One bad moment does not shut a tier out for good, but hopeless tries are not made."""
    clock = Clock()
    pacer = measured(clock)
    assert not pacer.fits(SENTENCES, 1_000, 5.0)
    clock.now = 11.0
    assert not pacer.fits(SENTENCES, 1_000, 1.0)
    assert pacer.fits(SENTENCES, 1_000, 5.0)
    assert not pacer.fits(SENTENCES, 1_000, 5.0)


def test_a_busy_machine_stretches_what_is_expected_and_leaves_no_trace() -> None:
    """Four times as long while it is busy; seconds later the costs are those of before."""
    clock = Clock()
    pacer = measured(clock)
    for _ in range(60):
        pacer.feel(40.0, 10.0)
        pacer.observe(SENTENCES, 1_000, 40.0)
    assert pacer.stretch == pytest.approx(4.0, rel=0.01)
    assert pacer.typical_ms(SENTENCES, 1_000) == pytest.approx(40.0, rel=0.15)
    clock.now = 5.0
    assert pacer.stretch == pytest.approx(1.0, abs=0.01)
    assert pacer.typical_ms(SENTENCES, 1_000) == pytest.approx(10.0, rel=0.15)
    pacer.feel(100.0, 0.1)
    assert pacer.stretch == pytest.approx(1.0, abs=0.01)


@given(st.lists(st.tuples(st.integers(0, 100_000), st.floats(0, 10_000)), min_size=1), st.integers(0, 10**6))
def test_what_is_expected_is_never_less_than_the_mean(runs: list[tuple[int, float]], tokens: int) -> None:
    """Caution only adds."""
    pacer = Pacer()
    for size, took_ms in runs:
        pacer.observe(SENTENCES, size, took_ms)
    assert pacer.expect_ms(SENTENCES, tokens) >= pacer.typical_ms(SENTENCES, tokens) >= 0


def test_the_clock_adds_up_stages_and_begins_none_after_the_budget() -> None:
    """A stage entered twice is counted twice; when the budget is over none begins, but some things are done all the same."""
    clock = StageClock(30.0)
    for _ in range(2):
        with clock.stage("wait"):
            time.sleep(0.004)
    assert clock.stage_ms["wait"] >= 8.0
    assert clock.elapsed_ms >= clock.stage_ms["wait"]
    overdrawn = StageClock(-1.0)
    with pytest.raises(OutOfTimeError, match="wait"), overdrawn.stage("wait"):
        pytest.fail("the stage began")
    with overdrawn.timed("memo"):
        pass
    assert overdrawn.remaining_ms < 0
    assert list(overdrawn.stage_ms) == ["memo"]


def test_a_stage_that_cannot_end_in_time_is_not_begun() -> None:
    """The clock knows from the pacer what the stage costs for a text of this size, and teaches it what it cost."""
    pacer = Pacer()
    pacer.observe("relevance", 1_000, 50.0)
    clock = StageClock(40.0, pacer)
    clock.work_on(100)
    with clock.stage("relevance"):
        pass
    clock.work_on(1_000)
    with pytest.raises(OutOfTimeError), clock.stage("relevance"):
        pytest.fail("the stage began")
