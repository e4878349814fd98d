"""Another form or language of the answer, and words that only name one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.format import difference

SAME = [
    ("List the planets as JSON", "Give me the planets in JSON format"),
    ("Explain DNS step by step", "Explain DNS step-by-step"),
    ("How do I lay a table?", "How should I lay the table?"),
    ("Say hello in French", "How do I say hello in French?"),
    ("What is a German shepherd?", "What are German shepherds?"),
    ("How do I sort a list in Python?", "In Python, how do I sort a list?"),
    ("Where do I go for help?", "Where can I go for help?"),
    ("put milk in my list", "add milk to the list"),
    ("go to the next song", "please go to the next song"),
]
DIFFERENT = [
    ("List the planets", "List the planets as JSON"),
    ("List the planets as JSON", "List the planets as CSV"),
    ("Say hello in French", "Say hello in German"),
    ("Explain DNS", "Explain DNS in one sentence"),
    ("Explain DNS", "Explain DNS like I'm five"),
    ("Compare the plans", "Compare the plans in a table"),
    ("How do I sort a list?", "How do I sort a list in Python?"),
    ("Is it true?", "Is it true? Answer yes or no."),
    ("Antworte auf Deutsch", "Antworte auf Englisch"),
    ("compare the plans", "compare the plans as a list"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_form_passes(one: str, other: str) -> None:
    """However it is asked for."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_form_is_vetoed(one: str, other: str) -> None:
    """Format, language, length, programming language."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@given(st.text(max_size=80))
def test_a_text_asks_for_its_own_form(text: str) -> None:
    """Nothing differs from itself."""
    assert difference(text, text) is None
