"""Denials that differ, and denials that are only worded otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.negation import difference

SAME = [
    ("Why does the build not start?", "Why doesn't the build start?"),
    ("I cannot log in", "I can't log in"),
    ("I can not log in", "I cannot log in"),
    ("It won\u2019t open", "It will not open"),
    ("Cake without sugar", "Cake with no sugar"),
    ("all except Monday", "all excluding Monday"),
    ("unless it rains", "except when it rains"),
    ("What is invoice no. 5?", "What is invoice 5?"),
    ("How do I undo a commit?", "How can I undo a commit?"),
    ("Das geht nicht", "Es geht nicht"),
    ("kein Zucker", "ohne Zucker"),
    ("How do I reset my password?", "How can I reset my password?"),
    ("Is it unsafe?", "Would it be unsafe?"),
    ("I'm unable to log in", "I can't log in"),
    ("I cant log in", "I cannot log in"),
    ("What is it, if you don't mind", "What is it"),
    ("Why was it declined?", "I don't understand why it was declined"),
    ("no, wait, which bus goes there", "which bus goes there"),
    ("the build does not start", "the build doesn't start"),
]
DIFFERENT = [
    ("Can I cancel the order?", "Can I not cancel the order?"),
    ("Which pets are allowed?", "Which pets aren't allowed?"),
    ("a recipe with nuts", "a recipe without nuts"),
    ("every day", "every day except Sunday"),
    ("I pay if it rains", "I pay unless it rains"),
    ("Is it safe to eat?", "Is it unsafe to eat?"),
    ("What is possible here?", "What is impossible here?"),
    ("Who is able to vote?", "Who is unable to vote?"),
    ("Can I return it?", "Can I never return it?"),
    ("tea rather than coffee", "tea and coffee"),
    ("cats but not dogs", "dogs but not cats"),
    ("Is smoking legal?", "Is smoking illegal?"),
    ("Ist das erlaubt?", "Ist das nicht erlaubt?"),
    ("mit Zucker", "ohne Zucker"),
    ("Ist das möglich?", "Ist das unmöglich?"),
    ("I have seen some", "I have seen none"),
    ("the regular case", "the irregular case"),
    ("I am able to log in", "I am unable to log in"),
    ("a refundable ticket", "a non-refundable ticket"),
    ("my card isnt working", "my card is working"),
    ("it is active", "it is no longer active"),
    ("charge me", "stop charging me"),
    ("the payment went through", "the payment failed to go through"),
    ("it rarely works", "it works"),
    ("do not add sugar to the recipe", "add sugar to the recipe without salt"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_denial_passes_however_it_is_worded(one: str, other: str) -> None:
    """Short forms and other negators of the same kind do not matter."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_denial_on_one_side_is_vetoed(one: str, other: str) -> None:
    """Negators, exceptions, negating prefixes and what they apply to matter."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@given(st.text(max_size=80))
def test_a_text_denies_what_it_denies(text: str) -> None:
    """Any text passes beside itself."""
    assert difference(text, text) is None


@given(st.lists(st.sampled_from("the order can be cancelled by mail today please".split()), min_size=2, max_size=10))
def test_adding_not_is_always_vetoed(words: list[str]) -> None:
    """Wherever the word is put, the pair does not pass."""
    for place in range(len(words) + 1):
        assert difference(" ".join(words), " ".join([*words[:place], "not", *words[place:]])) is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_verdict_does_not_depend_on_the_order(one: str, other: str) -> None:
    """Whether a pair passes is the same both ways."""
    assert (difference(one, other) is None) == (difference(other, one) is None)
