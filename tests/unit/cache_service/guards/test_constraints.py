"""What narrows one question only, and what narrows neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.constraints import difference

SAME = [
    ("How do I cancel my order?", "How can I cancel my order, please?"),
    ("Is delivery free?", "Is the delivery free of charge?"),
    ("How do I reset my password?", "How do I reset my password again?"),
    ("What is the weather like?", "What is the weather like there?"),
    ("rooms for at most two", "rooms for no more than two"),
    ("how do i open an account", "hey, how would i open an account please"),
    ("what is my balance", "what is my balance right now"),
    ("report my bent card", "i need to report my bent card"),
    ("what is the rate today", "what is todays rate"),
    ("lights on in detroit", "lights on in detrot"),
]
DIFFERENT = [
    ("Which books are there?", "Which books are there only in print?"),
    ("Show the hotels", "Show only the hotels"),
    ("How do I cancel my order?", "How do I cancel my order in the app?"),
    ("How do I open an account?", "How do I open an account for a child?"),
    ("rooms for two", "rooms for at least two"),
    ("Can I travel?", "Can I travel while pregnant?"),
    ("software for tax returns", "free software for tax returns"),
    ("how do i get a card", "how do i get a card if i'm under 18"),
    ("open an account", "open a joint account"),
    ("can i use my card", "can i use my card abroad"),
    ("top up", "top up by cheque"),
    ("flights to rome", "flights to rome under 200 dollars"),
    ("show me restaurants", "show me restaurants that are open"),
    ("show me restaurants", "show me vegan restaurants"),
    ("cake recipe", "sugar-free cake recipe"),
    ("what's the weather", "what's the weather in paris"),
    ("why was my card declined yesterday", "tell me why my card got declined"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equally_narrow_questions_pass(one: str, other: str) -> None:
    """Politeness and other words for the same bound do not matter."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_narrower_question_is_vetoed(one: str, other: str) -> None:
    """In both directions: a narrow answer does not serve the wide question either."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@given(st.text(max_size=80))
def test_a_text_is_as_narrow_as_itself(text: str) -> None:
    """Nothing differs from itself."""
    assert difference(text, text) is None
