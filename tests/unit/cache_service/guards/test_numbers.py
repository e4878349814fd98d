"""Numbers that differ, and numbers that are only written otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.numbers import difference, numbers_in

SAME = [
    ("Convert 1,000 dollars", "Convert 1000 dollars"),
    ("Rechne 1.000 Euro um", "Rechne 1000 Euro um"),
    ("A budget of 1,000,000", "A budget of 1 million"),
    ("1.234,56 Euro", "1,234.56 euros"),
    ("within five days", "within 5 days"),
    ("twenty one pages", "twenty-one pages"),
    ("two hundred people", "200 people"),
    ("three thousand five hundred", "3,500"),
    ("What is 5% of it?", "What is 5 percent of it?"),
    ("5 Prozent", "5 %"),
    ("$20 voucher", "20 dollar voucher"),
    ("the 3rd chapter", "the third chapter"),
    ("10k users", "10,000 users"),
    ("a 2.5 million fine", "a 2,500,000 fine"),
    ("How can one reset it?", "How do I reset it?"),
    ("Which one is cheaper?", "Which is cheaper?"),
    ("on 2024-05-01", "on 2024/5/1"),
    ("10:30 pm", "10:30 PM"),
    ("fünf Tage", "5 Tage"),
    ("no numbers here", "none there either"),
    ("5 seconds per request", "5 s per request"),
    ("12 hours", "twelve hours"),
    ("Python 3.11", "python 3.11"),
    ("ten", "10"),
    ("a dozen eggs", "12 eggs"),
    ("2 hrs", "2 hours"),
    ("at 9am", "at 9 a.m."),
    ("the twenty-first century", "the 21st century"),
    ("5 lbs", "5 pounds"),
    ("World War II", "World War 2"),
    ("half a cup", "0.5 cup"),
]
DIFFERENT = [
    ("refund after 30 days", "refund after 60 days"),
    ("1,000 dollars", "1000.5 dollars"),
    ("1.5 litres", "15 litres"),
    ("1,5 Liter", "15 Liter"),
    ("two tickets", "three tickets"),
    ("5 tickets", "five hundred tickets"),
    ("What is 5% of 200?", "What is 5 of 200?"),
    ("5 minus 3", "3 minus 5"),
    ("from 10 to 20", "from 20 to 10"),
    ("Python 3.1", "Python 3.10"),
    ("the second chapter", "the third chapter"),
    ("the 2nd chapter", "2 chapters"),
    ("5 km", "5 miles"),
    ("$20", "€20"),
    ("20 dollars", "20 euros"),
    ("5 days", "5 weeks"),
    ("GPT-4o", "GPT-4"),
    ("HTTP/2", "HTTP/3"),
    ("in 2023", "in 2024"),
    ("9 am", "9 pm"),
    ("a 1.125 inch bolt", "a 1,125 inch bolt"),
    ("one apple", "two apples"),
    ("a million", "3 million"),
    ("10k", "10"),
    ("fünf Tage", "sechs Tage"),
    ("20 °C", "20 °F"),
    ("no number", "number 7"),
    ("a dozen people", "ten people"),
    ("at 9 a.m.", "at 9 p.m."),
    ("half a cup", "a quarter cup"),
    ("World War II", "World War III"),
    ("the twenty first of May", "the twenty second of May"),
    ("5 lbs", "5 kg"),
    ("1.50", "1.05"),
    ("between 5 and 10", "between 5 and 15"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_numbers_pass_however_they_are_written(one: str, other: str) -> None:
    """Separators, words, scales, units and signs do not matter."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_numbers_are_vetoed(one: str, other: str) -> None:
    """Values, units, percents, ordinals and the order matter."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@given(st.text(max_size=80))
def test_a_text_has_the_numbers_of_itself(text: str) -> None:
    """Any text passes beside itself."""
    assert difference(text, text) is None


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_two_integers_pass_only_when_they_are_equal(one: int, other: int) -> None:
    """Grouped and plain digits compare by value."""
    assert (difference(f"give me {one:,} of them", f"give me {other} of them") is None) == (one == other)


@given(st.integers(1, 999), st.integers(1, 99))
def test_a_decimal_point_is_never_lost(whole: int, decimals: int) -> None:
    """1.5 is not 15, with a point or a comma."""
    for mark in ".,":
        assert difference(f"add {whole}{mark}{decimals:02} now", f"add {whole}{decimals:02} now") is not None


def test_numbers_are_found_in_order() -> None:
    """Digits, words and ordinals come in the order of the text."""
    assert [str(number) for number in numbers_in("Take 2 of the first three by 5%")] == ["2", "1.", "3", "5 %"]
