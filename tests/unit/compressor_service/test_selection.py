"""Selection under a budget, and the spans it makes."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.selection import kept_text as rough_text
from compressor_service.selection import lay_out, make_room, rank, select, take, with_parents
from compressor_service.spans import Reason, Span, covers, join_kept
from compressor_service.structure import Kind, parse
from compressor_service.units import Unit, build_units
from fakes_compressor import COUNTER, RECIPES, wild_texts


def unit(tokens: int, *, parents: tuple[int, ...] = (), selectable: bool = True, lock: Reason | None = None) -> Unit:
    """Make a unit where only its price matters."""
    return Unit(0, 1, tokens, 0, Kind.PROSE, parents, selectable, lock)


def kept_text(text: str, kept: set[int], units: list[Unit]) -> str:
    """Return what a text becomes when these units are kept."""
    fates = [Span(one.start, one.end, number in kept) for number, one in enumerate(units)]
    spans = lay_out(text, units, fates)
    assert covers(spans, len(text)) or not text
    return join_kept(text, spans)


def units_of(text: str) -> list[Unit]:
    """Cut a text into units."""
    return build_units(text, parse(text), count=COUNTER.count)


def test_the_best_that_fit_are_kept_and_small_ones_fill_the_rest() -> None:
    """One that does not fit is passed over, not the end."""
    units = [unit(10), unit(50), unit(5), unit(20)]
    assert select(units, [0.9, 0.8, 0.1, 0.5], 35) == {0, 2, 3}


def test_parents_come_along_and_are_paid_once() -> None:
    """A heading costs its tokens with the first sentence below it."""
    units = [unit(10, selectable=False), unit(10, parents=(0,)), unit(10, parents=(0,)), unit(10)]
    assert select(units, [0, 0.9, 0.8, 0.1], 20) == {0, 1}
    assert select(units, [0, 0.9, 0.8, 0.1], 30) == {0, 1, 2}
    assert with_parents(units, 1, {0}) == {1}


def test_locked_units_are_kept_for_nothing_and_excluded_ones_never() -> None:
    """What is locked does not use up the budget; a repetition is not chosen however well it scores."""
    units = [unit(100, lock=Reason.STRUCTURE), unit(10), unit(10)]
    assert select(units, [0, 0.9, 0.5], 10, excluded={1}) == {0, 2}
    assert select(units, [0, 0.9, 0.5], 0) == {0}


def test_ties_go_by_place() -> None:
    """Of equals the earlier one is kept."""
    assert select([unit(10), unit(10), unit(10)], [0.5, 0.5, 0.5], 20) == {0, 1}


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1)), max_size=30), st.integers(0, 300))
def test_the_budget_holds_and_is_used_up_to_one_unit(priced: list[tuple[int, float]], budget: int) -> None:
    """Never more than the budget; what is left is smaller than anything dropped."""
    units = [unit(tokens) for tokens, _ in priced]
    kept = select(units, [score for _, score in priced], budget)
    spent = sum(units[index].tokens for index in kept)
    assert spent <= budget
    assert all(one.tokens > budget - spent for index, one in enumerate(units) if index not in kept)


def test_taking_tells_its_steps_and_what_was_kept_out() -> None:
    """One unit for every set of parents that did not fit is named, the best of them."""
    units = [unit(4), unit(20, selectable=False), unit(1, parents=(1,)), unit(1, parents=(1,)), unit(3)]
    taken = take(units, rank(units, [0.9, 0, 0.5, 0.8, 0.1]), 10)
    assert (taken.kept, taken.spent) == ({0, 4}, 7)
    assert taken.steps == [(0, 4), (4, 3)]
    assert taken.blocked == [3]


def test_room_is_made_by_words_only() -> None:
    """What waits goes before the words that leave it no room; a sentence makes room for nothing."""
    units = [unit(40), unit(2), unit(2), unit(2), unit(5, selectable=False), unit(1, parents=(4,))]
    ranked = rank(units, [0.9, 0.8, 0.7, 0.6, 0, 0.1])
    taken = take(units, ranked, 48)
    assert make_room(units, ranked, taken, 48 - taken.spent) == [0, 1, 5, 2, 3]
    assert make_room(units, ranked, taken, 0) == [0, 5, 1, 2, 3]
    assert make_room(units[:1], [0], take(units[:1], [0], 48), 8) is None
    dear = [unit(40), unit(9, selectable=False), unit(1, parents=(1,))]
    assert make_room(dear, [0, 2], take(dear, [0, 2], 45), 5) is None


def test_sentences_go_with_the_space_behind_them() -> None:
    """No double space stays where a sentence was."""
    text = "One is here. Two is here. Three is here."
    units = units_of(text)
    assert kept_text(text, {0, 2}, units) == "One is here. Three is here."
    assert kept_text(text, {0}, units) == "One is here."
    assert kept_text(text, {1}, units) == "Two is here."


def test_the_larger_gap_between_blocks_stays() -> None:
    """A paragraph does not slip into the list before it."""
    text = "- one thing\n- two things\n\nA paragraph follows."
    units = units_of(text)
    last = len(units) - 1
    assert kept_text(text, {0, 1, last}, units) == "- one thing\n\nA paragraph follows."


def test_runs_of_blank_lines_are_clipped_outside_questions() -> None:
    """One blank line is enough; indentation after it stays, and a question's own lines are left alone."""
    text = "One is here.\n\n\n\n\nTwo is here."
    units = units_of(text)
    assert kept_text(text, {0, 1}, units) == "One is here.\n\nTwo is here."
    fates = [Span(one.start, one.end, kept=True, reason=Reason.FORCED) for one in units]
    assert join_kept(text, lay_out(text, units, fates)) == text


def test_keeping_every_unit_keeps_the_text() -> None:
    """Without repeated blank lines nothing is lost."""
    units = units_of(RECIPES)
    assert kept_text(RECIPES, set(range(len(units))), units) == RECIPES


@given(wild_texts(), st.sets(st.integers(0, 60)))
def test_any_choice_gives_covering_spans_that_hold_the_kept_units(text: str, chosen: set[int]) -> None:
    """Spans cover the text, and every kept unit is in the result, in order."""
    units = units_of(text)
    kept = {index for index in chosen if index < len(units)}
    result = kept_text(text, kept, units)
    position = 0
    for index in sorted(kept):
        piece = text[units[index].start : units[index].end]
        position = result.index(piece, position) + len(piece)


@given(wild_texts(), st.sets(st.integers(0, 60)))
def test_the_rough_text_differs_by_blank_lines_only(text: str, chosen: set[int]) -> None:
    """It is what the spans join to before runs of blank lines are clipped."""
    units = units_of(text)
    kept = {index for index in chosen if index < len(units)}
    assert rough_text(text, units, kept).split() == kept_text(text, kept, units).split()
