"""Words that mean the same, and words that only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.reading import stem
from cache_service.guards.synonyms import mistyped, same_meaning


@pytest.mark.parametrize(
    ("one", "other"), [("buy", "purchase"), ("deleting", "remove"), ("apply", "applying"), ("movie", "films")]
)
def test_synonyms_and_forms_mean_the_same(one: str, other: str) -> None:
    """Whatever their ending."""
    assert same_meaning(stem(one), stem(other))
    assert same_meaning(stem(other), stem(one))


@pytest.mark.parametrize(("one", "other"), [("buy", "sell"), ("card", "cash"), ("rome", "oslo"), ("son", "daughter")])
def test_other_words_do_not(one: str, other: str) -> None:
    """Opposites and names of one kind are no synonyms."""
    assert not same_meaning(stem(one), stem(other))


@pytest.mark.parametrize(
    ("one", "other"), [("money", "mnoey"), ("money", "mony"), ("money", "monney"), ("money", "momey")]
)
def test_one_keystroke_is_a_typing_error(one: str, other: str) -> None:
    """Letters exchanged, left out, doubled, or hit beside."""
    assert mistyped(one, other)
    assert mistyped(other, one)


@pytest.mark.parametrize(("one", "other"), [("cat", "car"), ("money", "honey"), ("lock", "unlock"), ("money", "month")])
def test_more_than_that_is_another_word(one: str, other: str) -> None:
    """Short words, another beginning, two letters."""
    assert not mistyped(one, other)
    assert not mistyped(other, one)


@given(st.text(max_size=12), st.text(max_size=12))
def test_it_works_both_ways(one: str, other: str) -> None:
    """Neither look-up has a direction."""
    assert mistyped(one, other) == mistyped(other, one)
    assert same_meaning(one, other) == same_meaning(other, one)
