"""Which sentences lose words, and in which order everything is chosen."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.fitting import Draft, Fit, Fitter
from compressor_service.hybrid import draft_words, make_plan, mix, refine
from compressor_service.pacing import StageClock
from compressor_service.relevance import score_units
from compressor_service.structure import ContentType, parse
from compressor_service.units import build_units
from compressor_service.word_units import find_divisible
from fakes_compressor import COUNTER, long_text, wild_texts
from fakes_words import SurfaceScorer

QUESTION = "Which lamp did the lighthouse get in the end?"


def draft(text: str, question: str = QUESTION) -> Draft:
    """Score a text."""
    units = build_units(text, parse(text), count=COUNTER.count)
    return Draft(text, units, score_units(text, units, question))


def fitter(budget: int) -> Fitter:
    """Return a fitter with all the time in the world."""
    return Fitter(budget, COUNTER.count, StageClock(60_000.0))


def planned(one: Draft, budget: int, *, share: float = 0.5) -> tuple[Fit, set[int], set[int]] | None:
    """Fit sentences alone and plan; return the fit, and what stays whole and what loses words."""
    fit = fitter(budget).fit([one])
    plan = make_plan([one], fit, budget=budget, share=share)
    return plan and (fit, {index for _, index in plan.whole}, {index for _, index in plan.pool})


def test_the_best_sentences_stay_whole_and_the_next_ones_lose_words() -> None:
    """Nothing in the pool is better than what stays whole, and whole sentences take their share at most."""
    one = draft(long_text(3))
    budget = COUNTER.count(one.text) // 2
    made = planned(one, budget)
    assert made is not None
    _, whole, pool = made
    assert whole
    assert pool
    assert min(one.scores[index] for index in whole) >= max(one.scores[index] for index in pool)
    assert sum(one.units[index].tokens for index in whole) <= 0.5 * budget


def test_with_no_share_every_kept_sentence_may_lose_words() -> None:
    """What may not be cut stays whole all the same."""
    one = draft(long_text(2) + "\n\nBring this:\n\n- a rope\n- a lamp\n")
    made = planned(one, COUNTER.count(one.text) - 20, share=0.0)
    assert made is not None
    assert not made[1] & find_divisible(one.units)
    assert made[2]


def test_a_large_budget_that_sentences_meet_needs_no_words() -> None:
    """Then nothing is planned, and the word scorer is not asked."""
    one = draft(long_text(60))
    budget = COUNTER.count(one.text) // 2
    fit = fitter(budget).fit([one])
    scorer = SurfaceScorer()
    drafts, found = refine([one], fit, fitter(budget), query=QUESTION, words=scorer)
    assert (drafts[0], found) == (one, fit)
    assert scorer.words_scored == 0


def test_a_large_budget_that_sentences_miss_is_filled_with_words() -> None:
    """All kept sentences stay whole; only unkept ones are cut to fill the rest."""
    one = draft(long_text(60))
    fit = fitter(600).fit([one])
    missed = Fit(fit.kept, fit.spent - 100)
    plan = make_plan([one], missed, budget=600, share=0.5)
    assert plan is not None
    assert {index for _, index in plan.pool}.isdisjoint(fit.kept[0])
    assert {index for _, index in plan.whole} == {index for index in fit.kept[0] if one.units[index].selectable}


def test_everything_is_chosen_in_the_order_of_the_plan() -> None:
    """Whole sentences come before the words of the pool, and these before what is left; every score is a plain one."""
    one = draft(long_text(3))
    budget = COUNTER.count(one.text) // 3
    plan = make_plan([one], fitter(budget).fit([one]), budget=budget, share=0.5)
    assert plan is not None
    mixed = mix([one], plan, QUESTION, words=SurfaceScorer(), count=COUNTER.count)[0]
    assert mixed.tiers.count(0) > len(plan.pool)
    assert mixed.tiers.count(1) == len(plan.whole)
    assert all(0 <= score <= 1.5 for score in mixed.scores)
    ranked = fitter(budget).fit([mixed]).kept[0]
    assert {index for index, tier in enumerate(mixed.tiers) if tier == 1} <= ranked


def test_words_come_from_the_scorer_where_the_question_says_nothing() -> None:
    """A question without a word in common leaves the choice to the word scorer."""
    one = draft(long_text(3), "")
    budget = COUNTER.count(one.text) // 3
    scorer = SurfaceScorer()
    refine([one], fitter(budget).fit([one]), fitter(budget), query="Combien?", words=scorer)
    assert scorer.words_scored > 0


def test_without_a_question_all_sentences_become_words_and_lines_stay() -> None:
    """A log line is weighed as a whole, an alarm before the others; repeated units stay excluded."""
    text = "2024-01-02 10:00:00 INFO all is well\n2024-01-02 10:00:01 ERROR disk is full\n"
    units = build_units(text, parse(text, ContentType.LOG), count=COUNTER.count)
    lines = draft_words(Draft(text, units, [0.0] * len(units)), SurfaceScorer(), count=COUNTER.count)
    assert lines.units == units
    assert lines.scores[1] > lines.scores[0]
    prose = draft(long_text(2))
    words = draft_words(
        Draft(prose.text, prose.units, prose.scores, frozenset({1})), SurfaceScorer(), count=COUNTER.count
    )
    assert len(words.units) > 3 * len(prose.units)
    (left_out,) = words.excluded
    assert words.units[left_out] == prose.units[1]


@given(wild_texts(), st.integers(0, 400), st.sampled_from([QUESTION, "", "fox dogs"]))
def test_a_plan_parts_sentences_and_the_budget_holds(text: str, budget: int, question: str) -> None:
    """Nothing is both whole and cut, only divisible sentences are cut, and the fit is within the budget or keeps nothing."""
    one = draft(text, question)
    if not one.units:
        return
    fit = fitter(budget).fit([one])
    plan = make_plan([one], fit, budget=budget, share=0.5)
    if plan is not None:
        assert plan.whole.isdisjoint(plan.pool)
        assert {index for _, index in plan.pool} <= find_divisible(one.units)
    drafts, found = refine([one], fit, fitter(budget), query=question, words=SurfaceScorer())
    assert found.spent <= max(budget, fit.spent)
    assert len(drafts[0].scores) == len(drafts[0].units)
