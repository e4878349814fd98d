"""What looks like a collision of vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.collision import difference


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("How do I reset my password", "Transfer large funds abroad quickly", 0.95),
        ("reset my p\u0430ssword please", "reset my password please", 0.99),
        ("reset\u200b my password", "reset my password", 0.99),
        ("reset my password \u202eoff", "reset my password off", 0.99),
    ],
)
def test_a_collision_is_told(one: str, other: str, similarity: float) -> None:
    """On either side."""
    assert difference(one, other, similarity) is not None
    assert difference(other, one, similarity) is not None


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("How do I reset my password", "How can I reset the password", 0.95),
        ("How do I reset my password", "Transfer large funds abroad quickly", 0.6),
        ("How old are you", "What is your age", 0.95),
        ("cancelling my booking", "cancel the bookings", 0.95),
        ("Wie kündige ich den Vertrag", "Kann ich den Vertrag kündigen", 0.95),
        ("如何取消我的订单", "怎么取消订单", 0.95),
        ("Как отменить заказ", "Отменить заказ", 0.95),
        ("Кириллица и latin", "Кириллица и latin слова", 0.95),
        ("same\u200b", "same\u200b", 1.0),
    ],
)
def test_rewordings_pass(one: str, other: str, similarity: float) -> None:
    """In other scripts too."""
    assert difference(one, other, similarity) is None


@given(st.text(max_size=60), st.text(max_size=60), st.floats(-1, 1))
def test_no_text_breaks_it(one: str, other: str, similarity: float) -> None:
    """And a text never collides with itself."""
    difference(one, other, similarity)
    assert difference(one, one, similarity) is None
