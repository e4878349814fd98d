"""Tiers and budgets."""

import time

from compressor_service.pacing import LOSSLESS, SENTENCES, Pacer, StageClock


def measured() -> Pacer:
    """Return a pacer that knows both tiers."""
    pacer = Pacer()
    pacer.observe(SENTENCES, 1_000, 10.0)
    pacer.observe(LOSSLESS, 1_000, 4.0)
    return pacer


def test_the_highest_tier_that_fits_is_chosen() -> None:
    """With less time comes a lower tier, with none comes none."""
    pacer = measured()
    assert pacer.choose(SENTENCES, 1_000, 15.0) == SENTENCES
    assert pacer.choose(SENTENCES, 1_000, 14.9) == LOSSLESS
    assert pacer.choose(SENTENCES, 1_000, 5.9) == ""
    assert pacer.choose(LOSSLESS, 1_000, 100.0) == LOSSLESS
    assert pacer.choose(SENTENCES, 4_000, 59.0) == LOSSLESS


def test_an_unmeasured_tier_needs_any_time_at_all() -> None:
    """Before the first measurement only an overdrawn budget refuses."""
    assert Pacer().choose(SENTENCES, 10_000, 0.1) == SENTENCES
    assert Pacer().choose(SENTENCES, 10_000, 0.0) == ""


def test_costs_are_averages_over_texts_long_enough_to_measure() -> None:
    """Later runs move the average a little; short texts say nothing."""
    pacer = measured()
    pacer.observe(SENTENCES, 10, 99.0)
    assert pacer.cost(SENTENCES) == 10.0
    pacer.observe(SENTENCES, 2_000, 40.0)
    assert pacer.cost(SENTENCES) == 11.0


def test_the_clock_adds_up_stages_and_knows_what_is_left() -> None:
    """A stage entered twice is counted twice; the budget runs out."""
    clock = StageClock(5.0)
    for _ in range(2):
        with clock.stage("wait"):
            time.sleep(0.004)
    assert clock.stage_ms["wait"] >= 8.0
    assert clock.elapsed_ms >= clock.stage_ms["wait"]
    assert clock.remaining_ms < 0
