"""Tests of what counts as surviving."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.survival import Survival, words_in
from pith_cli.eval.trials import Trial, words


def _answers(text: str, *answers: str) -> Survival:
    return Survival(Trial(1, text, "?", (), answers=answers), words(text))


@pytest.mark.parametrize(
    ("output", "share"),
    [
        ("so New  York\nit is", 1.0),
        ("NEW YORK.", 1.0),
        ("New and York", 0.0),
        ("New Yorkers", 0.0),
        ("(New York)", 1.0),
        ("", 0.0),
    ],
)
def test_an_answer_survives_as_a_run_of_words(output: str, share: float) -> None:
    """Case and white space do not matter, the ends of words do."""
    assert _answers("It is New York.", "New York").share([], output) == share


def test_any_answer_will_do() -> None:
    """Data sets give several forms of one answer."""
    assert _answers("It is 4, or four.", "4", "four").share([], "four") == 1.0


def test_an_answer_that_is_part_of_a_word_may_stay_one() -> None:
    """The text itself has it so."""
    assert _answers("In the 1960s.", "1960").share([], "the 1960s") == 1.0
    assert _answers("In the 1960s and in 1960.", "1960").share([], "the 1960s") == 0.0


def test_an_answer_may_begin_with_a_sign() -> None:
    """What is no letter has no word's end to keep."""
    assert _answers("It costs $5 (net).", "$5 (net)").share([], "costs $5 (net).") == 1.0


TEXT = "One is red. Two is blue. Three."
WORDS = words(TEXT)


def test_all_of_several_sentences_must_be_whole() -> None:
    """One word less is a loss."""
    survival = Survival(Trial(1, TEXT, "?", (), whole=((0, 11), (25, 31))), WORDS)
    flags = [True, True, True, False, False, False, True]
    assert survival.share(flags, "") == 1.0
    assert survival.share([False, *flags[1:]], "") == 0.0


def test_of_wanted_words_the_share_counts() -> None:
    """Over all wanted stretches together."""
    survival = Survival(Trial(1, TEXT, "?", (), wanted=((0, 11), (25, 31))), WORDS)
    assert survival.share([True, False, False, True, True, True, True], "") == 0.5


def test_a_text_without_anything_that_must_survive_says_so() -> None:
    """Its share would be a division by nothing."""
    assert Survival(Trial(1, TEXT, "?", ()), WORDS).nothing_to_lose
    assert Survival(Trial(1, TEXT, "?", (), wanted=((3, 3),)), WORDS).nothing_to_lose
    assert not _answers(TEXT, "red").nothing_to_lose


@given(st.text(alphabet="ab \n", max_size=40))
def test_a_whole_text_keeps_its_answers(text: str) -> None:
    """Any word of a text is found in it."""
    for answer in text.split():
        assert _answers(text, answer).share([], text) == 1.0


@given(st.text(alphabet="ab ", max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_words_lie_in_one_range_at_most(text: str, cuts: list[int]) -> None:
    """Disjoint ranges share no word that does not cross their border."""
    ends = sorted(set(cuts))
    groups = words_in(list(pairwise(ends)), words(text))
    found = [index for group in groups for index in group]
    assert found == sorted(found)
