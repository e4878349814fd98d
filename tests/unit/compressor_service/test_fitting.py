"""Drafts fitted to a budget by exact counts."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.fitting import Draft, Fitter, tie
from compressor_service.pacing import StageClock
from compressor_service.selection import kept_text
from compressor_service.structure import Kind, parse
from compressor_service.units import Unit, build_units
from compressor_service.word_units import explode, find_divisible
from fakes_compressor import COUNTER, long_text


def fitter(budget: int) -> Fitter:
    """Return a fitter with all the time in the world."""
    return Fitter(budget, COUNTER.count, StageClock(60_000.0))


def draft(text: str, *, words: bool = False, first: int = -1) -> Draft:
    """Make a draft whose later units are worth more."""
    units = build_units(text, parse(text), count=COUNTER.count)
    if words:
        units = explode(text, units, find_divisible(units), count=COUNTER.count).units
    return Draft(text, units, [float(index) for index in range(len(units))], first=first)


@given(st.integers(1, 12), st.floats(0.05, 1.0), st.booleans())
def test_the_exact_count_is_within_the_budget_and_close_with_words(paragraphs: int, rate: float, words: bool) -> None:
    """Never more than the budget; words fill it to a few tokens."""
    one = draft(long_text(paragraphs), words=words)
    budget = int(rate * COUNTER.count(one.text))
    fit = fitter(budget).fit([one])
    exact = COUNTER.count(kept_text(one.text, one.units, fit.kept[0])) if fit.kept[0] else 0
    assert exact == fit.spent <= budget
    if words and budget > 60:
        assert budget - exact <= max(4, 0.03 * COUNTER.count(one.text))


def test_several_drafts_share_and_each_keeps_its_first() -> None:
    """The best unit of every text comes before all others."""
    several = [draft(long_text(4), first=2), draft(long_text(2), first=0)]
    fit = fitter(90).fit(several)
    assert 2 in fit.kept[0]
    assert 0 in fit.kept[1]
    assert fit.spent <= 90


def test_locked_text_is_not_paid_for_and_excluded_units_are_not_chosen() -> None:
    """Both are told by the draft."""
    text = long_text(2)
    one = draft(text)
    free = Draft(text, one.units, one.scores, excluded=frozenset({0}), locked=10)
    fit = fitter(COUNTER.count(text)).fit([free])
    assert 0 not in fit.kept[0]
    assert fit.spent == COUNTER.count(kept_text(text, one.units, fit.kept[0])) - 10


def test_room_is_made_for_a_sentence_whose_musts_did_not_fit() -> None:
    """Words of the first sentence go, so that the second with its long number comes in and the budget is used."""
    text = "a b c d e f g h 1234567890123456789012345678901234567890123456 i j k l m n o p"
    words = [Unit(start, start + 1, 1, 0, Kind.PROSE) for start in range(0, 16, 2)]
    number = Unit(16, 62, 16, 0, Kind.PROSE)
    others = [Unit(start, start + 1, 1, 0, Kind.PROSE, (8,)) for start in range(63, 79, 2)]
    units = [*words, number, *others]
    scores = [*[1.0] * 8, 0.0, *[0.5] * 8]
    one = Draft(text, units, scores)
    fit = fitter(21).fit([one])
    assert 8 in fit.kept[0]
    assert 18 <= fit.spent <= 21


def test_tied_units_come_together() -> None:
    """What was put back and its kept neighbour are each other's parents; a neighbour that was not kept is left alone."""
    one = draft(long_text(2))
    tied = tie(one, {1, 2, 5}, {2})
    assert tied.units[1].parents == (2,)
    assert tied.units[2].parents == (1,)
    assert tied.units[3] == one.units[3]
